"""Why a moment was found: opened and closed in the list by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_reels import look
from tests.browser.visiting import sign_in
from tests.web.search.world import Cast

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_the_reasons_open_below_the_hit(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    sign_in(context, match, live_server.url)
    page.goto("/search/?q=number+10+in+red")
    work()
    expect(page.get_by_text("all checked")).to_be_visible()
    hit = page.locator("[data-hit]").first
    hit.locator("[data-why]").press("Enter")
    expect(hit.get_by_role("img", name="number 10: held in 6 of 6 seconds")).to_be_visible()
    expect(hit.get_by_role("img", name="red shirt: held in 6 of 6 seconds")).to_be_visible()
    look(page, "why")
    hit.get_by_role("link", name="Close").press("Enter")
    expect(hit.locator(".why")).to_have_count(0)
    expect(hit.locator("[data-why]")).to_be_focused()
    assert complaints == []
