"""The form of a team sheet: by the keyboard, from a pasted list, on a phone, and without any script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from grounding.sheets import Player, Sheet, Team
from tests.browser.test_accessible import axe, findings
from tests.browser.test_reels import look
from tests.browser.visiting import sign_in
from tests.web.search.world import Cast, make_track, make_video
from videosearch.library import sheets
from videosearch.library.models import Membership, Role, Video

__all__ = ["axe"]  # a fixture

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LIST = "10, Lamine Kowalski\n7 Nowak (Nono)\n#1 Vidal\nCoach Smith\n"


@pytest.fixture
def video(match: Cast) -> Video:
    Membership.objects.filter(user=match.alice).update(role=Role.EDITOR)
    before = make_video(match.library, title="Semi-final")
    sheets.replace(before, Sheet((Team("Lions", "white", "black", players=(Player(10, "de Jong"),)),)))
    return match.library.videos.get(title="Cup final")


def test_filled_in_and_pasted(
    match: Cast, video: Video, context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    sign_in(context, match, live_server.url)
    page.goto(video.get_absolute_url())
    look(page, "sheets-none")
    page.get_by_role("link", name="Add team sheets").click()
    home, away, keys = page.locator("#team-home"), page.locator("#team-away"), page.keyboard
    home.get_by_label("Name", exact=True).first.fill("Bears")
    home.get_by_label("Shirt", exact=True).select_option("red")

    # By hand: Enter goes on to the next player, and never runs out of rows.
    first = home.locator("[data-row]").first
    first.get_by_label("Number").focus()
    keys.type("9")
    keys.press("Tab")
    keys.type("Berg")
    keys.press("Enter")
    expect(home.locator("[data-row]").nth(1).get_by_label("Number")).to_be_focused()
    keys.type("8")
    keys.press("Tab")
    keys.type("Wrong")
    home.locator("[data-row]").nth(1).get_by_role("button", name="Remove").click()
    expect(home.locator('input[value="Wrong"]')).to_have_count(0)
    before = home.locator("[data-row]").count()
    home.locator("[data-row]").last.get_by_label("Name", exact=True).fill("Last")
    expect(home.locator("[data-row]")).to_have_count(before + 1)
    home.locator("[data-row]").nth(before - 1).get_by_label("Number").fill("99")

    # From a list: shown before it is kept; what was typed in the other team stays.
    away.get_by_label("Name", exact=True).first.fill("Guests")
    home.get_by_text("Paste a list").click()
    home.get_by_label("A line for each player").fill(LIST)
    home.get_by_role("button", name="Read the lines").click()
    expect(home.get_by_text("3 players read")).to_be_visible()
    expect(home.get_by_text("Line 4, “Coach Smith”: it has no shirt number.")).to_be_visible()
    expect(home.locator(".sheet-fresh")).to_have_count(3)
    expect(away.get_by_label("Name", exact=True).first).to_have_value("Guests")
    assert not video.teams.exists()
    look(page, "sheets-pasted")

    away.get_by_text("Same team as in").click()
    away.get_by_label("Team of another video").select_option(label="Lions, 1 player (Semi-final)")
    away.get_by_role("button", name="Copy it here").click()
    expect(away.get_by_text("Copied from Semi-final.")).to_be_visible()
    page.get_by_role("button", name="Save team sheets").click()
    expect(page.get_by_text("The team sheet was saved.")).to_be_visible()
    expect(page.locator("#teams").get_by_text("Lamine Kowalski")).to_be_visible()
    look(page, "sheets-kept")
    kept = sheets.sheet_of(video)
    assert kept is not None
    assert [(one.number, one.name) for one in kept.teams[0].players] == [
        (1, "Vidal"), (7, "Nowak"), (9, "Berg"), (10, "Lamine Kowalski"), (99, "Last"),
    ]  # fmt: skip
    assert kept.teams[1].name == "Lions"
    assert complaints == []


def test_from_the_kits_that_were_seen(
    match: Cast, video: Video, context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    for shirt, shorts in (("red", "white"), ("blue", "black")):
        worn = {"shirt_colour": shirt, "shorts_colour": shorts}
        make_track(video, match.version, {"object:person": 0.9}, start=10, end=30, attributes=worn)
    sign_in(context, match, live_server.url)
    page.goto(video.get_absolute_url())
    expect(page.locator("#kits").get_by_role("link", name="Blue")).to_be_visible()
    look(page, "sheets-kits")
    page.get_by_role("button", name="Use these").click()
    expect(page.locator("#team-home").get_by_label("Shirt", exact=True)).to_have_value("red")
    expect(page.locator("#team-away").get_by_label("Shorts", exact=True)).to_have_value("black")
    assert complaints == []


def test_on_a_phone(match: Cast, video: Video, chromium: Browser, live_server: Any) -> None:
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 360, "height": 800}, has_touch=True)
    sheets.replace(
        video, Sheet((Team("Bears", "red", "white", "green", "right", (Player(10, "Lamine Kowalski", ("Lamy",)),)),))
    )
    sign_in(context, match, live_server.url)
    page = context.new_page()
    for address, picture in (
        (f"{video.get_absolute_url()}sheet/", "sheets-phone"),
        (f"{video.get_absolute_url()}#teams", "teams-phone"),
    ):
        page.goto(address)
        look(page, picture)
    context.close()


def test_without_script(match: Cast, video: Video, chromium: Browser, live_server: Any) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(context, match, live_server.url)
    page = context.new_page()
    page.goto(f"{video.get_absolute_url()}sheet/")
    home = page.locator("#team-home")
    home.get_by_text("Paste a list").click()
    home.get_by_label("A line for each player").fill(LIST)
    home.get_by_role("button", name="Read the lines").click()
    expect(page.locator("#team-home").get_by_text("3 players read")).to_be_visible()
    page.locator("#team-home [data-row]").nth(3).get_by_label("Number").fill("4")
    page.locator("#team-home [data-row]").nth(3).get_by_label("Name", exact=True).fill("Berg")
    page.get_by_role("button", name="Save team sheets").click()
    expect(page.locator("#teams").get_by_text("Berg")).to_be_visible()
    kept = sheets.sheet_of(video)
    assert kept is not None
    assert len(kept.teams[0].players) == 4
    context.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_serious(
    match: Cast, video: Video, axe: Path, chromium: Browser, live_server: Any, width: int
) -> None:
    sheets.replace(video, Sheet((Team("Bears", "red", "white", players=(Player(10, "Lamine Kowalski", ("Lamy",)),)),)))
    context = chromium.new_context(base_url=live_server.url, viewport={"width": width, "height": 800})
    context.add_init_script(path=str(axe))
    sign_in(context, match, live_server.url)
    page = context.new_page()
    page.goto(f"{video.get_absolute_url()}sheet/")
    page.locator("#team-home").get_by_text("Paste a list").click()
    page.locator("#team-home").get_by_label("A line for each player").fill("Coach Smith")
    page.locator("#team-home").get_by_role("button", name="Read the lines").click()
    expect(page.get_by_text("None of these lines names a player.")).to_be_visible()
    found = findings(page)
    page.goto(video.get_absolute_url())
    page.wait_for_load_state("networkidle")
    assert found + findings(page) == []
    context.close()
