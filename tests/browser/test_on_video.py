"""A video's own page: from moment to moment and from bookmark to bookmark, by keys and on the strip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_reels import look
from tests.browser.visiting import sign_in, until
from tests.web.reels.made import make_bookmark
from tests.web.search.world import Cast

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_from_the_search_to_the_video(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    video, keys = match.library.videos.get(), page.keyboard
    for start, note in ((13, "Corner"), (33, "Goal")):
        make_bookmark(match.alice, video, start, start + 2, note=note)
    sign_in(context, match, live_server.url)
    page.goto("/search/?q=number+10+in+red")
    work()
    expect(page.get_by_text("all checked")).to_be_visible()
    page.locator('[data-stage="video"]').click()

    moments = page.locator("[data-hit]")
    expect(moments).to_have_count(5)  # at 4, 13, 20, 30 and 33 seconds
    expect(page.locator(".heat-mark")).to_have_count(3)
    until(page, "() => VS.player()?.video.readyState >= 2 && VS.player().time >= 20")
    look(page, "video-moments")
    page.evaluate("() => { VS.Player.prototype.play = () => {}; }")  # a slow machine must not fall behind the film

    def stands(place: int, seconds: float) -> None:
        expect(moments.nth(place).locator(".hit-link")).to_have_attribute("aria-current", "true")
        until(page, "t => VS.player().start === t && Math.abs(VS.player().time - t) < 0.2", seconds)

    for key, place, seconds in (
        ("ArrowDown", 3, 30), ("n", 4, 33), ("n", 1, 13), ("ArrowUp", 0, 4), ("ArrowDown", 2, 20), ("p", 1, 13),
    ):  # fmt: skip
        keys.press(key)
        stands(place, seconds)

    # The video goes on after the moment, with everybody in it; who has moved on is taken to what comes next.
    page.evaluate("() => { VS.player().video.pause(); VS.player().seek(27); }")
    until(page, "() => Math.abs(VS.player().time - 27) < 0.2")
    keys.press("ArrowDown")
    stands(3, 30)
    until(page, "() => VS.player().lastDrawn.boxes.length === 1")

    # Marks and strip of the search do what they do there.
    page.locator(".heat-mark").first.click()
    expect(page.locator(".heat-mark[data-on]")).to_have_count(1)
    strip = page.locator(".heat-track svg")
    box = strip.bounding_box()
    assert box is not None
    strip.click(position={"x": box["width"] * 0.25, "y": 5})
    until(page, "() => Math.abs(VS.player().time - 10) < 2")
    expect(page.locator(".hit-link[aria-current]")).to_have_count(0)

    page.goto(f"/library/videos/{video.pk}/")  # not from a search: the bookmarks alone, by both pairs of keys
    expect(moments).to_have_count(2)
    page.evaluate("() => { VS.Player.prototype.play = () => {}; }")
    expect(page.locator(".heat-mark")).to_have_count(0)
    keys.press("ArrowDown")
    stands(0, 13)
    page.get_by_role("button", name="Next bookmark").click()
    stands(1, 33)
    assert complaints == []
