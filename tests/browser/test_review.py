"""A reviewer's session by keyboard alone: ask, narrow, look at ten moments, correct one, keep one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import RED_TEN
from tests.browser.visiting import sign_in, until
from tests.web.search.world import Cast, make_track
from videosearch.reels.models import Bookmark
from videosearch.search.models import Feedback

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_ten_moments_by_keyboard_alone(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    video = match.library.videos.get()
    for place in range(11):
        kit = {"shirt_colour": "red", "number": "10"}
        make_track(video, match.version, RED_TEN, start=3 * place, end=3 * place + 3, attributes=kit)
    sign_in(context, match, live_server.url)
    keys = page.keyboard
    page.goto("/search/")

    keys.type("number 10 in red shi")  # the box has the focus
    expect(page.get_by_role("option", name="shirt:")).to_be_visible()
    for key in ("ArrowDown", "Enter"):
        keys.press(key)
    keys.type("red")
    keys.press("Enter")
    expect(page.locator("#chips")).to_contain_text("shirtred")
    expect(page.locator("[data-hit]").first).to_be_visible()
    work()
    expect(page.get_by_text("all checked")).to_be_visible()
    until(page, "() => document.querySelector('video')?.readyState >= 2")

    keys.press("Tab")  # out of the box
    for place in range(10):
        hit = page.locator("[data-hit]").nth(place)
        expect(hit.locator(".hit-link")).to_have_attribute("aria-current", "true")
        keys.press("x" if place % 3 == 2 else "y")
        expect(hit.locator('[aria-pressed="true"]')).to_have_count(1)
        if place < 9:
            keys.press("ArrowDown")
    assert Feedback.objects.filter(withdrawn_at=None, judgement="right").count() == 7
    assert Feedback.objects.filter(withdrawn_at=None, judgement="wrong").count() == 3

    keys.press("c")
    end = page.locator("form.correct [name=end]")
    expect(page.locator("form.correct [name=start]")).to_be_focused()
    keys.press("Tab")
    expect(end).to_be_focused()
    wanted = float(end.input_value()) - 0.5
    keys.press("Control+a")
    keys.type(f"{wanted:.2f}")
    keys.press("Enter")
    expect(page.get_by_role("link", name="Corrected")).to_be_focused()
    assert Feedback.objects.get(judgement="corrected").corrected_end == pytest.approx(wanted)

    keys.press("b")
    keys.type("Look at this")
    keys.press("Enter")
    expect(page.locator(".bookmark-done")).to_have_count(1)
    assert Bookmark.objects.get().note == "Look at this"
    assert complaints == []
