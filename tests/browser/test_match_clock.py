"""Match time in the player and on cards, and the form that sets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from grounding.matchtime import ClockPiece, MatchClock, ScoreChange
from tests.browser.test_reels import look
from tests.browser.visiting import sign_in, until
from tests.web.search.world import Cast
from videosearch.indexing import matchtime
from videosearch.library.models import Membership, Role

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CLOCK = MatchClock(
    (ClockPiece(0, 22, 2680, 1.0, 1), ClockPiece(25, 40, 2700, 1.0, 2)),
    (ScoreChange(0, 0, 0, 0), ScoreChange(21, 1, 0, 20), ScoreChange(33, 1, 1, 32)),
)  # fmt: skip


def seek(page: Page, seconds: float) -> None:
    page.evaluate("t => { VS.player().video.pause(); VS.player().seek(t); }", seconds)
    until(page, "t => Math.abs(VS.player().time - t) < 0.2", seconds)


def test_match_time_stands_beside_the_time_and_can_be_set(
    match: Cast, context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    video = match.library.videos.get()
    Membership.objects.filter(library=match.library, user=match.alice).update(role=Role.EDITOR)
    matchtime.keep(video, CLOCK)
    sign_in(context, match, live_server.url)
    page.goto(video.get_absolute_url())
    until(page, "() => VS.player()?.video.readyState >= 2")
    told = page.locator("[data-match-time]")
    for seconds, text in ((10, "45′ 0–0"), (21.5, "45+1′ 1–0"), (23.5, "1–0"), (30, "46′ 1–0"), (35, "46′ 1–1")):
        seek(page, seconds)
        expect(told).to_have_text(text)
    look(page, "match-clock")
    page.locator(".clock-edit > summary").click()
    seek(page, 12)
    page.locator('[data-take-time="id_kick_off"]').click()
    expect(page.locator("#id_kick_off")).to_have_value("0:12.0")
    page.locator("#id_goals").fill("0:20 3-0")
    look(page, "match-clock-form")
    page.get_by_role("button", name="Save clock").click()
    expect(page.get_by_text("Set by alice.")).to_be_visible()
    until(page, "() => VS.player()?.video.readyState >= 2")
    seek(page, 30)
    expect(told).to_have_text("1′ 3–0")
    page.locator(".clock-edit > summary").click()
    page.get_by_role("button", name="Back to what was read").click()
    expect(page.get_by_text("Read from the score board")).to_be_visible()
    assert complaints == []


def test_cards_tell_match_time_and_a_missing_board_is_said(
    match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    sign_in(context, match, live_server.url)
    page.goto("/search/?q=number+10+in+red+in+the+first+half")
    work()
    expect(page.get_by_text("No score board was read in “Cup final”")).to_be_visible()
    matchtime.keep(match.library.videos.get(), CLOCK)
    page.goto("/search/?q=number+10+in+red&f=half%3A1")
    work()
    expect(page.locator(".hit-span").first).to_contain_text("′")
    expect(page.locator('[data-stage="span"]')).to_contain_text("′")
    look(page, "match-clock-cards")
    assert complaints == []
