"""The key E: a moment goes into a reel from where it is watched, without leaving the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_reels import look
from tests.browser.visiting import sign_in
from tests.web.search.world import Cast
from videosearch.reels.models import Bookmark, Reel

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_into_a_reel_by_key(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    sign_in(context, match, live_server.url)
    page.goto("/search/?q=number+10+in+red")
    hits, keys = page.locator("[data-hit]"), page.keyboard
    keys.press("Tab")
    hits.first.locator(".hit-link").focus()
    keys.press("e")
    title = hits.first.get_by_label("Title of a new one")
    expect(hits.first.get_by_label("Reel", exact=True)).to_be_focused()
    keys.press("Tab")
    keys.type("Tuesday")
    work()
    expect(page.get_by_text("all checked")).to_be_visible()  # verdicts leave what is being written alone
    expect(title).to_have_value("Tuesday")
    look(page, "hit-to-reel")
    title.focus()
    keys.press("Enter")
    expect(hits.first.get_by_role("link", name="Tuesday")).to_be_focused()
    reel = Reel.objects.get(title="Tuesday")
    assert [(one.start, one.end) for one in reel.items.all()] == [(20, 26)]

    # The next moment, into the same reel; a form may also go again, and the focus with it.
    keys.press("ArrowDown")
    keys.press("e")
    again = hits.nth(1).get_by_label("Reel", exact=True)
    expect(again).to_be_focused()  # the page moves the focus once; what comes before that would lose it
    expect(again).to_have_value(str(reel.pk))
    hits.nth(1).get_by_role("link", name="Cancel").press("Enter")
    expect(hits.nth(1).locator("[data-export]")).to_be_focused()
    keys.press("e")
    expect(again).to_be_focused()
    hits.nth(1).get_by_role("button", name="Add", exact=True).press("Enter")
    expect(hits.nth(1).get_by_role("link", name="Tuesday")).to_be_visible()
    assert reel.items.count() == 2

    # In the grid there is room for it too.
    page.get_by_role("link", name="Grid").click()
    expect(page.locator('.hits[data-view="grid"]')).to_be_visible()
    hits.first.locator("[data-export]").click()
    expect(hits.first.get_by_label("Reel", exact=True)).to_be_visible()
    look(page, "hit-to-reel-grid")
    hits.first.get_by_role("link", name="Cancel").click()

    # A bookmark does the same on its own page.
    hits.first.locator(".bookmark summary").click()
    hits.first.get_by_role("button", name="Bookmark").click()
    expect(page.locator(".bookmark-done")).to_have_count(1)
    page.goto(f"/bookmarks/?play={Bookmark.objects.get().pk}")
    keys.press("e")
    row = page.locator(".moment")
    expect(row.get_by_label("Reel", exact=True)).to_be_focused()
    look(page, "bookmark-to-reel")
    row.get_by_role("button", name="Add", exact=True).press("Enter")
    expect(row.get_by_role("link", name="Tuesday")).to_be_focused()
    assert reel.items.count() == 3
    assert complaints == []
