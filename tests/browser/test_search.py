"""The search page as a coach uses it: ask, watch, step on, keep; and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.visiting import sign_in
from tests.web.search.world import Cast
from videosearch.reels.models import Bookmark

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def drawn(page: Page) -> dict[str, Any]:
    return page.evaluate("document.querySelector('vs-player').lastDrawn")  # type: ignore[no-any-return]


def test_ask_watch_step_keep(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    sign_in(context, match, live_server.url)
    page.goto("/search/")
    page.locator("#q").fill("number 10 in red")
    page.keyboard.press("Enter")

    # Candidates at once, verdicts as they are made.
    hits = page.locator("[data-hit]")
    expect(hits).to_have_count(3)
    expect(page.get_by_text("0 of 3 checked")).to_be_visible()
    expect(page).to_have_url(f"{live_server.url}/search/?q=number+10+in+red")
    hits.nth(1).locator(".bookmark summary").click()
    page.locator(".bookmark[open] input[name=note]").fill("half a note")
    work()
    expect(page.get_by_text("all checked")).to_be_visible()
    expect(hits.first).to_contain_text("Confirmed")
    expect(hits.last).to_contain_text("Does not fit")
    expect(page.locator(".bookmark[open] input[name=note]")).to_have_value("half a note")

    # A click plays the clip, with the box where it was stored.
    hits.first.locator(".hit-link").click()
    expect(hits.first.locator(".hit-link")).to_have_attribute("aria-current", "true")
    page.wait_for_timeout(1500)
    shown = drawn(page)
    assert 20.0 <= shown["time"] < 26.0
    left = 100 + 4 * (shown["time"] - 20)
    assert shown["boxes"][0]["box"] == pytest.approx([left, 200, left + 40, 300], abs=1.5)

    # Keys go on to the next moment, and round.
    page.keyboard.press("ArrowDown")
    expect(hits.nth(1).locator(".hit-link")).to_have_attribute("aria-current", "true")
    expect(page.locator("[data-stage=place]")).to_have_text("2")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(hits.last.locator(".hit-link")).to_have_attribute("aria-current", "true")

    # A click on the strip plays there.
    strip = page.locator(".heat-track svg")
    box = strip.bounding_box()
    assert box is not None
    strip.click(position={"x": box["width"] * 0.25, "y": 5})
    page.wait_for_timeout(700)
    assert 9.5 < page.evaluate("document.querySelector('video').currentTime") < 12.5

    # Keep it.
    page.locator(".bookmark[open] input[name=note]").fill("Look at his run")
    page.locator(".bookmark[open] .bookmark-form button").click()
    expect(page.locator(".bookmark-done")).to_be_visible()
    assert Bookmark.objects.get().note == "Look at his run"
    page.goto("/bookmarks/")
    expect(page.get_by_text("Look at his run")).to_be_visible()
    assert [one for one in complaints if "422" not in one] == []


def test_a_question_that_cannot_be_asked(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any
) -> None:
    sign_in(context, match, live_server.url)
    page.goto("/search/")
    page.locator("#q").fill("x" * 600)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("at most 500")
    expect(page.locator(".toast")).to_have_count(0)


def test_without_javascript(match: Cast, work: Callable[[], None], chromium: Browser, live_server: Any) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(context, match, live_server.url)
    page = context.new_page()
    page.goto("/search/")
    page.locator("#q").fill("number 10 in red")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/search/?q=*")
    assert page.locator("[data-hit]").count() == 3
    work()
    page.locator("noscript a", has_text="Show the verdicts").click()
    page.wait_for_selector("text=Confirmed")
    page.locator(".hit-link").nth(1).click()
    page.wait_for_url("**play=*")
    assert page.locator('.hit-link[aria-current="true"]').count() == 1
    assert page.locator("video").get_attribute("src")
    page.locator(".bookmark summary").first.click()
    page.locator(".bookmark[open] input[name=note]").fill("by hand")
    page.locator(".bookmark[open] .bookmark-form button").click()
    page.wait_for_selector("text=Bookmarked.")
    assert Bookmark.objects.get().note == "by hand"
    context.close()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_overflows(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any, width: int
) -> None:
    sign_in(context, match, live_server.url)
    page.set_viewport_size({"width": width, "height": 740})
    for address in ("/search/", "/search/?q=number+10+in+red", "/bookmarks/", "/api/tokens/", "/api/docs/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
