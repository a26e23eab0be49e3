"""The search box with its chips, what is kept of it, how moments are shown, and all of them as one list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.visiting import sign_in, until
from tests.web.search.world import Cast
from videosearch.indexing.models import Track
from videosearch.search.models import Query, SavedSearch

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def results(match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any) -> Page:
    sign_in(context, match, live_server.url)
    page.goto("/search/?q=person")
    work()
    expect(page.get_by_text("all checked")).to_be_visible()
    until(page, "() => document.querySelector('video').readyState >= 2")
    return page


def labels(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".hit-name").all_inner_texts()]


def test_filters_are_suggested_made_and_taken_away(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    sign_in(context, match, live_server.url)
    page.goto("/search/")
    box = page.get_by_role("combobox", name="What are you looking for?")
    box.press_sequentially("person nu")
    expect(page.get_by_role("option", name="number:")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value("person number:")
    expect(page.get_by_role("option")).to_have_count(2)
    box.press_sequentially("1")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Filters").get_by_role("listitem")).to_have_text(["number10×"])
    expect(page.locator("[data-hit]")).to_have_count(1)
    expect(page).to_have_url(f"{live_server.url}/search/?q=person&f=number%3A10")
    assert labels(page) == ["Number 10, red shirt"]

    # A filter that was typed whole becomes a chip as the question is asked; backspace takes the last one.
    box.fill('person video:"Cup final"')
    page.keyboard.press("Enter")
    expect(page.locator("#chips li")).to_have_count(2)
    expect(box).to_have_value("person")
    page.get_by_role("link", name="Remove the filter number 10").click()
    expect(page.locator("[data-hit]")).to_have_count(3)
    box.fill("")
    page.keyboard.press("Backspace")
    expect(page.locator("#chips li")).to_have_count(0)
    # htmx says so when a newer question takes the place of one that is on its way.
    replaced = ("htmx:afterRequest", "htmx:sendAbort")
    assert [one for one in complaints if not one.startswith(replaced)] == []


def test_a_search_is_kept_with_its_seconds(results: Page, match: Cast, work: Callable[[], None]) -> None:
    page = results
    page.locator("#save summary").click()
    page.get_by_label("Name of the search").fill("Everybody")
    page.get_by_label("Seconds before").fill("2")
    page.get_by_role("button", name="Save the search").click()
    expect(page.locator("#save summary")).to_have_text("Saved")
    assert SavedSearch.objects.get().lead == 2.0
    page.goto("/search/")
    page.get_by_role("link", name="Everybody").click()
    work()
    expect(page.locator("[data-hit]")).to_have_count(3)
    played = page.evaluate("() => [VS.player().start, VS.player().moment[0]]")
    assert played[0] == pytest.approx(played[1] - 2)


def test_order_and_grid_without_asking_again(results: Page) -> None:
    page = results
    asked = Query.objects.count()
    page.get_by_role("link", name="By time").click()
    expect(page.get_by_role("link", name="By time")).to_have_attribute("aria-current", "true")
    assert labels(page) == ["Red shirt", "Number 10, red shirt", "Number 4, blue shirt"]
    page.get_by_role("link", name="Grid").click()
    expect(page.locator(".hits[data-view=grid]")).to_be_visible()
    assert labels(page)[0] == "Red shirt"
    page.reload()
    expect(page.locator(".hits[data-view=grid]")).to_be_visible()
    assert labels(page)[0] == "Red shirt"
    assert Query.objects.count() == asked


def test_a_card_shows_its_moment_while_one_looks_at_it(results: Page, chromium: Browser, live_server: Any) -> None:
    page = results
    card = page.locator("[data-hit]").nth(1)
    card.locator(".still").hover()
    preview = card.locator(".still video")
    expect(preview).to_be_visible()
    assert preview.evaluate("video => video.muted")
    page.keyboard.press("Escape")
    expect(preview).to_have_count(0)
    page.mouse.move(0, 0)
    page.keyboard.press("ArrowDown")  # focus by key
    expect(page.locator(".hits .still video")).to_have_count(1)
    page.emulate_media(reduced_motion="reduce")
    page.mouse.move(1, 1)
    card.locator(".hit-name").hover()
    page.wait_for_timeout(800)
    expect(page.locator(".hits .still video")).to_have_count(0)


def test_all_moments_as_one_list(results: Page) -> None:
    page = results
    page.get_by_role("link", name="By time").click()
    expect(page.get_by_role("link", name="By time")).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Play all").click()
    bar = page.locator("[data-queue]")
    expect(bar).to_contain_text("1 of 3")
    place = page.get_by_role("slider", name="Place in the list")
    spans = page.evaluate(
        """() => [...document.querySelectorAll('[data-hit]')]
        .map(hit => JSON.parse(hit.dataset.clip)).map(clip => [clip.start, clip.end])"""
    )
    # Seek into the middle of the second moment, on the line of all.
    first = spans[0][1] - spans[0][0]
    place.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})) }", first + 1)
    expect(bar).to_contain_text("2 of 3")
    until(page, "t => Math.abs(VS.player().video.currentTime - t) < 0.6", spans[1][0] + 1)
    # The end of one is the beginning of the next, without a loop.
    page.evaluate("t => { VS.player().seek(t); VS.player().play(); }", spans[1][1] - 0.4)
    expect(bar).to_contain_text("3 of 3")
    until(page, "([a, b]) => VS.player().video.currentTime >= a - 0.1 && VS.player().video.currentTime < b", spans[2])
    # A moment chosen by hand goes on from there.
    page.locator(".hit-link").first.click()
    expect(bar).to_contain_text("1 of 3")
    bar.get_by_role("button", name="Next in the list").click()
    expect(bar).to_contain_text("2 of 3")
    bar.get_by_role("button", name="Stop").click()
    expect(bar).to_be_hidden()


@pytest.fixture
def looks(match: Cast) -> None:
    """The red ones look alike, the blue one does not."""
    for track in Track.objects.all():
        red = track.attributes["shirt_colour"] == "red"
        track.appearance = np.array([1.0, 0.1 * track.track_id, 0.0] if red else [0.0, 0.0, 1.0], np.float32)
        track.save(update_fields=["appearance"])


def test_more_like_this(looks: None, results: Page) -> None:
    page = results
    page.locator("[data-hit]", has_text="Number 10").get_by_role("link", name="More like this").click()
    expect(page.locator("#chips")).to_contain_text("likeNumber 10, red shirt")
    assert labels(page)[0] == "Red shirt"
    page.get_by_role("combobox", name="What are you looking for?").fill("red")
    page.keyboard.press("Enter")
    expect(page.locator("#chips")).to_contain_text("likeNumber 10, red shirt")
    expect(page.locator("[data-hit]")).to_have_count(1)


def test_who_is_in_a_box(looks: None, results: Page) -> None:
    page = results
    page.locator("[data-hit]", has_text="Number 10").locator(".hit-link").click()
    page.evaluate("() => { VS.player().video.pause(); VS.player().seek(22.05); }")
    until(page, "() => !VS.player().video.seeking && Math.abs(VS.player().time - 22) < 0.11")
    page.get_by_role("combobox", name="What are you looking for?").fill("red")
    page.get_by_role("button", name="Find who is in a box").click()
    frame = page.locator(".player-draw").bounding_box()
    assert frame is not None
    scale = frame["width"] / 1280
    page.mouse.move(frame["x"] + 106 * scale, frame["y"] + 195 * scale)
    page.mouse.down()
    page.mouse.move(frame["x"] + 150 * scale, frame["y"] + 303 * scale, steps=4)
    page.mouse.up()
    page.wait_for_url("**like=*")
    expect(page.locator("#chips")).to_contain_text("likeNumber 10, red shirt")
    expect(page.get_by_role("combobox", name="What are you looking for?")).to_have_value("red")
