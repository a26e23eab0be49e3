"""Saying what a moment is worth: by click, by key, with handles, with a drawn box, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visiting import sign_in, until
from tests.web.search.world import Cast
from videosearch.search.models import Feedback

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_by_keys_alone(results: Page, complaints: list[str]) -> None:
    page = results
    hits = page.locator("[data-hit]")
    page.keyboard.press("y")
    expect(hits.first.get_by_role("button", name="Right")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    expect(hits.nth(1).get_by_role("button", name="Wrong")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("z")
    expect(hits.nth(1).get_by_role("button", name="Wrong")).to_have_attribute("aria-pressed", "false")
    assert list(Feedback.objects.filter(withdrawn_at=None).values_list("judgement", flat=True)) == ["right"]

    page.keyboard.press("ArrowUp")
    page.keyboard.press("c")
    start = page.get_by_label("from")
    expect(start).to_be_focused()
    expect(start).to_have_value("20.00")
    page.keyboard.type("21.5")
    page.keyboard.press("Enter")
    expect(page.locator("form.correct")).to_have_count(0)
    expect(hits.first.get_by_role("link", name="Corrected")).to_be_focused()
    said = Feedback.objects.get(withdrawn_at=None)
    assert (said.judgement, said.corrected_start, said.corrected_end) == ("corrected", 21.5, 26.0)
    assert complaints == []


def test_the_span_by_handles_and_the_box_by_drawing(results: Page, complaints: list[str]) -> None:
    page = results
    page.locator("[data-hit]").first.get_by_role("link", name="Correct").click()
    handle = page.get_by_role("slider", name="Mark in")
    handle.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_label("from")).to_have_value("20.50")
    until(page, "() => Math.abs(VS.player().time - 20.5) < 0.06")

    page.get_by_role("button", name="Draw the box").click()
    until(page, "() => document.querySelector('.draw-box')?.checkVisibility()")
    frame = page.locator(".player-draw").bounding_box()
    assert frame is not None
    scale = frame["width"] / 1280
    paused = page.evaluate("VS.player().video.paused")
    page.mouse.move(frame["x"] + 400 * scale, frame["y"] + 100 * scale)
    page.mouse.down()
    page.mouse.move(frame["x"] + 500 * scale, frame["y"] + 300 * scale, steps=5)
    page.mouse.up()
    assert paused
    assert page.evaluate("VS.player().video.paused"), "drawing does not play"
    assert numbers(page) == pytest.approx([400, 100, 100, 200], abs=3)

    corner = page.locator('.draw-corner[data-corner="se"]').bounding_box()
    assert corner is not None
    page.mouse.move(corner["x"] + 12, corner["y"] + 12)
    page.mouse.down()
    page.mouse.move(corner["x"] + 12 + 50 * scale, corner["y"] + 12, steps=3)
    page.mouse.up()
    assert numbers(page) == pytest.approx([400, 100, 150, 200], abs=4)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert numbers(page) == pytest.approx([402, 100, 150, 202], abs=4)
    page.get_by_label("width", exact=True).fill("80")
    page.get_by_label("width", exact=True).press("Tab")
    box = page.locator(".draw-box").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(80 * scale, abs=5)

    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_role("link", name="Corrected")).to_be_visible()
    expect(page.locator(".draw-box")).to_have_count(0)
    (row,) = Feedback.objects.get().corrected_boxes
    assert row[0] == pytest.approx(20.5, abs=0.06)
    assert row[1:] == pytest.approx([402, 100, 482, 302], abs=4)
    assert complaints == []


def numbers(page: Page) -> list[float]:
    fields = page.locator("form.correct")
    return [float(fields.locator(f"[name={name}]").input_value() or -1) for name in ("left", "top", "width", "height")]


def test_a_correction_that_makes_no_sense_is_explained_and_can_be_left(results: Page) -> None:
    page = results
    page.keyboard.press("c")
    page.get_by_label("to", exact=True).fill("2")
    page.get_by_role("button", name="Save the correction").click()
    expect(page.locator("form.correct").get_by_role("alert")).to_contain_text("The end must come after the beginning")
    page.keyboard.press("Escape")
    expect(page.locator("form.correct")).to_have_count(0)
    page.keyboard.press("c")
    expect(page.get_by_label("to", exact=True)).to_have_value("26.00")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    assert not Feedback.objects.exists()


def test_without_javascript(match: Cast, work: Callable[[], None], chromium: Browser, live_server: Any) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(context, match, live_server.url)
    page = context.new_page()
    page.goto("/search/?q=number+10+in+red")
    work()
    page.locator("noscript a", has_text="Show the verdicts").click()
    page.locator("[data-hit]").first.get_by_role("button", name="Wrong").click()
    page.wait_for_url("**play=*")
    assert Feedback.objects.get(withdrawn_at=None).judgement == "wrong"
    page.locator("[data-hit]").first.get_by_role("button", name="Undo").click()
    page.wait_for_selector("text=Taken back.")
    page.locator("[data-hit]").first.get_by_role("link", name="Correct").click()
    page.get_by_label("to", exact=True).fill("24")
    page.get_by_role("button", name="Save the correction").click()
    page.wait_for_selector("text=Noted, thank you.")
    assert Feedback.objects.get(withdrawn_at=None).corrected_end == 24.0
    context.close()
