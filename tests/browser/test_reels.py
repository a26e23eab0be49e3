"""What people do with moments they kept: sort them, cut a reel, hand it over; by mouse and by keys, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ffmpeg as build
import pytest
from django.core.cache import cache
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import Settings

from tests.browser.visiting import misfits, sign_in, until
from tests.web.reels.made import make_bookmark
from tests.web.search.world import Cast, make_cast, make_video
from videosearch import jobs
from videosearch.lib import engine, ffmpeg
from videosearch.lib.caching import process_cache
from videosearch.library.models import Membership, Role
from videosearch.reels import tag_sets
from videosearch.reels.models import Bookmark, Film, Reel

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def match(transactional_db: None, settings: Settings, tmp_path: Path) -> Cast:
    """Forty seconds of a match with five bookmarks of Alice's, and the tags of football."""
    cache.clear()  # the limits of signing in
    process_cache.clear()
    settings.MEDIA_ROOT = tmp_path
    settings.CELERY_BROKER_URL = ""
    cast = make_cast()
    Membership.objects.filter(user=cast.alice).update(role=Role.EDITOR)
    video = make_video(cast.library, "U17 cup final", duration=40.0)
    draw(video.proxy.file if video.proxy else tmp_path)
    tag_sets.adopt(cast.library, tag_sets.shipped()["football"])
    for place, start in enumerate((4, 10, 17, 24, 31)):
        make_bookmark(cast.alice, video, start, start + 3, note=f"Moment {place + 1}")
    return cast


def draw(path: Path) -> None:
    path.parent.mkdir(parents=True)
    grass = build.input("color=c=darkgreen:s=1280x720:r=25:d=40", f="lavfi")
    picture = grass.drawbox(x=100, y=200, width=60, height=100, color="red", thickness="fill")
    node = ffmpeg.output(
        [picture], path, vcodec="libx264", preset="ultrafast", g=25, pix_fmt="yuv420p", movflags="+faststart"
    )
    ffmpeg.run(node, timeout=60)


def look(page: Page, name: str) -> None:
    assert misfits(page, name) == []


def test_sort_bookmarks(
    match: Cast, context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    sign_in(context, match, live_server.url)
    page.goto("/bookmarks/")
    rows = page.locator("[data-hit]")
    expect(rows).to_have_count(5)
    look(page, "bookmarks")

    # One is changed in its place.
    rows.first.get_by_role("link", name="Edit").click()
    rows.first.get_by_label("Player").fill("Mia Kowalska")
    rows.first.get_by_title("Blue").click()
    rows.first.get_by_text("Shot on target").click()
    look(page, "bookmark-edit")
    rows.first.get_by_role("button", name="Save").click()
    expect(rows.first.locator(".moment-name")).to_have_text("Mia Kowalska")
    expect(rows.first.locator(".tag")).to_have_text("Shot on target")
    changed = Bookmark.objects.get(player="Mia Kowalska")
    assert (changed.mark, changed.tags.get().name) == ("blue", "Shot on target")

    # A note that is too long says so and keeps what was typed.
    rows.first.get_by_role("link", name="Edit").click()
    rows.first.locator("textarea").evaluate("box => { box.removeAttribute('maxlength'); box.value = 'x'.repeat(501); }")
    rows.first.get_by_role("button", name="Save").click()
    expect(rows.first.get_by_role("alert")).to_contain_text("500 characters")
    rows.first.get_by_role("link", name="Cancel").click()
    expect(rows.first.locator("textarea")).to_have_count(0)

    # Three at once, by the keys alone.
    for place in (1, 2, 3):
        rows.nth(place).locator("input[name=chosen]").focus()
        page.keyboard.press("Space")
    expect(page.get_by_text("3 chosen")).to_be_visible()
    menu = page.locator("#bulk summary", has_text="Tag")
    menu.focus()
    page.keyboard.press("Enter")
    page.locator("#bulk .tag-pick", has_text="Corner").locator("input").focus()
    page.keyboard.press("Space")
    look(page, "bookmarks-bulk")
    page.locator("#bulk button", has_text="Put on").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Corner put on 3 of 3")
    page.get_by_label("Tag", exact=True).select_option(label="Set piece: Corner")
    expect(rows).to_have_count(3)

    # A click plays the moment beside the list.
    page.goto("/bookmarks/")
    rows.nth(2).locator(".moment-link").click()
    expect(rows.nth(2).locator(".moment-link")).to_have_attribute("aria-current", "true")
    page.wait_for_timeout(800)
    assert 16.9 < page.evaluate("document.querySelector('video').currentTime") < 20.1

    # Nothing ticked, nothing done.
    page.locator("#bulk button", has_text="Delete").click()
    expect(page.locator(".toast")).to_contain_text("Tick at least one moment")
    assert [one for one in complaints if "422" not in one] == []


def test_tags_of_a_team(
    match: Cast, context: BrowserContext, page: Page, live_server: Any, complaints: list[str]
) -> None:
    sign_in(context, match, live_server.url)
    page.goto(f"/library/{match.library.pk}/tags/")
    look(page, "tags")
    before = page.locator(".tag-row").count()
    page.get_by_role("button", name="Rugby").click()
    expect(page.locator(".toast")).to_contain_text("tags were added")
    assert page.locator(".tag-row").count() > before
    page.get_by_label("Change Goal", exact=True).click()
    page.locator("details[open]").get_by_label("Name").fill("Golazo ⚽")
    look(page, "tags-change")
    page.locator("details[open]").get_by_role("button", name="Save").click()
    expect(page.locator(".tag", has_text="Golazo ⚽")).to_be_visible()
    assert complaints == []


def test_cut_a_reel(match: Cast, context: BrowserContext, page: Page, live_server: Any, complaints: list[str]) -> None:
    sign_in(context, match, live_server.url)
    page.goto("/reels/")
    look(page, "reels-empty")
    page.goto("/bookmarks/")
    page.locator("[data-choose-all] input").check()
    page.locator("#bulk summary", has_text="Add to reel").click()
    page.get_by_label("Title of a new one").fill("Wing play")
    look(page, "bookmarks-reel")
    page.locator("#bulk button", has_text="Add").last.click()
    expect(page.get_by_role("heading", name="Wing play")).to_be_visible()
    parts = page.locator(".part")
    expect(parts).to_have_count(5)

    # By the keys alone: the first part goes down, and the focus goes with it.
    down = page.get_by_role("button", name="Move part 1 down")
    down.focus()
    page.keyboard.press("Enter")
    expect(parts.nth(0)).to_contain_text("00:24")
    expect(page.get_by_role("button", name="Move part 2 down")).to_be_focused()

    # By the grip: the last part becomes the first.
    page.set_viewport_size({"width": 1280, "height": 1800})  # both ends of the way in sight
    with page.expect_response("**/order/"):
        parts.nth(4).locator(".part-grip").drag_to(parts.nth(0), target_position={"x": 60, "y": 4})
    expect(parts.nth(0)).to_contain_text("00:04")
    page.reload()
    expect(parts.nth(0)).to_contain_text("00:04")

    # A title card, and one moment in slow motion from where the player stands.
    page.get_by_label("Title card").fill("First half")
    page.locator(".title-form button").click()
    expect(parts).to_have_count(6)
    expect(parts.nth(5)).to_contain_text("First half")
    parts.nth(0).locator("summary").click()
    parts.nth(0).get_by_label("Speed").select_option("0.5")
    parts.nth(0).get_by_label("Out, seconds").fill("6.5")
    parts.nth(0).get_by_label("Name over the box").fill("Mia Kowalska")
    look(page, "reel")
    parts.nth(0).get_by_role("button", name="Save").click()
    expect(parts.nth(0)).to_contain_text("slow motion")
    expect(parts.nth(0).locator("details")).to_have_attribute("open", "")
    page.evaluate("document.querySelector('vs-player').video.currentTime = 4.72")
    page.wait_for_timeout(500)
    parts.nth(0).get_by_role("button", name="Now").first.click()
    expect(parts.nth(0).get_by_label("In, seconds")).to_have_value("4.72")
    parts.nth(0).get_by_label("In, seconds").fill("7")
    parts.nth(0).get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Out must come at least 0.2 seconds after in")

    # The film: made while the page tells how far it is, and played by this very browser.
    page.get_by_role("button", name="Make the film").click()
    expect(page.locator(".film-said")).to_contain_text("Waiting for its turn")
    expect(page.locator(".film progress")).to_be_visible()
    look(page, "reel-waiting")
    jobs.run_due()
    film = page.locator("video.film-video")
    expect(film).to_be_visible()
    row = Film.objects.get()
    assert row.frames == 25 * (5 + 4 * 3 + 3)
    assert engine.probe(row.file).duration == pytest.approx(20, abs=0.04)
    film.evaluate("video => { video.muted = true; return video.play(); }")
    until(page, "() => document.querySelector('.film-video').currentTime > 0.4")
    assert film.evaluate("video => [video.currentTime > 0.4, video.error, Math.round(video.duration)]") == [
        True,
        None,
        20,
    ]
    look(page, "reel-film")
    page.goto("/films/")
    look(page, "films")
    page.get_by_role("link", name="Wing play").click()
    look(page, "film")
    page.goto("/reels/")
    look(page, "reels")
    assert [one for one in complaints if "422" not in one] == []
    assert Reel.objects.get().film == row


def test_a_film_is_cancelled(match: Cast, context: BrowserContext, page: Page, live_server: Any) -> None:
    sign_in(context, match, live_server.url)
    page.goto("/bookmarks/")
    page.locator("input[name=chosen]").first.check()
    page.locator("#bulk summary", has_text="Export").click()
    page.get_by_role("button", name="MP4").click()
    expect(page.locator(".film-said")).to_contain_text("Waiting")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".film .notice")).to_have_text("Cancelled. Nothing was made.")
    jobs.run_due()
    assert not Film.objects.get().is_made


def test_export_downloads_and_leaves_the_page(
    match: Cast, context: BrowserContext, page: Page, live_server: Any
) -> None:
    sign_in(context, match, live_server.url)
    page.goto("/bookmarks/")
    page.locator("[data-choose-all] input").check()
    page.locator("#bulk summary", has_text="Export").click()
    look(page, "bookmarks-export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Sportscode XML").click()
    assert download.value.suggested_filename == "U17 cup final.xml"
    expect(page.get_by_text("5 chosen")).to_be_visible()
