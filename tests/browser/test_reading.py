"""The chips of the reading: what was not meant is taken away by keyboard, comes back, and fits a small screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.visiting import sign_in
from tests.web.search.world import Cast

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONG = "number 10 in red or the keeper in yellow, not running, then standing with sparkling bubbles"


def parts(page: Page) -> list[str]:
    texts = page.get_by_role("list", name="How your words were understood").get_by_role("listitem").all_inner_texts()
    return [" ".join(text.split()).removesuffix("×").strip() for text in texts]


def test_a_part_is_taken_away_and_comes_back(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    sign_in(context, match, live_server.url)
    page.goto("/search/?q=number+10+in+red")
    assert parts(page) == ["number 10", "shirt red"]
    remove = page.get_by_role("link", name="Ask without number 10")
    remove.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/search/?q=number+10+in+red&f=ignore%3Anumber+10")
    assert parts(page) == ["shirt red"]
    work()
    expect(page.get_by_role("list", name="Filters").get_by_role("listitem")).to_have_text(["ignorenumber 10×"])

    page.go_back()
    expect(page.get_by_role("link", name="Ask without number 10")).to_be_visible()
    page.go_forward()
    page.get_by_role("link", name="Remove the filter ignore number 10").click()
    expect(page.get_by_role("link", name="Ask without number 10")).to_be_visible()
    assert parts(page) == ["number 10", "shirt red"]

    # What was ignored belongs to the reading of these words; other words are read afresh.
    page.get_by_role("link", name="Ask without shirt red").click()
    expect(page).to_have_url(re.compile("f=ignore%3Ashirt\\+red$"))
    box = page.get_by_role("combobox", name="What are you looking for?")
    box.fill("red 10 sprinting")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Ask without moving sprinting")).to_be_visible()
    expect(page.locator("#chips li")).to_have_count(0)
    assert parts(page) == ["shirt red", "number 10", "moving sprinting"]
    assert complaints == []


@pytest.mark.parametrize("width", [1280, 360])
def test_a_long_reading_fits(match: Cast, context: BrowserContext, page: Page, live_server: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(context, match, live_server.url)
    page.goto("/search/", wait_until="networkidle")
    page.goto(f"/search/?q={LONG.replace(' ', '+')}&f=score:10")
    assert parts(page) == [
        "number 10",
        "and shirt red",
        "or who person",
        "and shirt yellow",
        "not moving running",
        "then moving standing",
        "not understood keeper sparkling bubbles",
    ]
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    boxes = [one.bounding_box() for one in page.locator(".reading .chip-remove").all()]
    assert all(box is not None and min(box["width"], box["height"]) >= 24 for box in boxes)
