"""From moments of a search to a film that somebody without an account watches, until it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_reels import look
from tests.browser.visiting import sign_in, until
from tests.web.search.world import Cast, make_track
from videosearch import jobs
from videosearch.library.models import Video
from videosearch.reels.models import Bookmark, Film
from videosearch.sharing.models import Share

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

RED = {"object:person": 0.9, "shirt_colour:red": 0.9}


@pytest.fixture
def five(match: Cast, settings: Any) -> Cast:
    """Five players in red, seen one after the other."""
    settings.CELERY_BROKER_URL = ""
    video = Video.objects.get()
    video.tracks.all().delete()
    for start in (1, 8, 15, 22, 29):
        make_track(video, match.version, RED, start=start, end=start + 4, attributes={"shirt_colour": "red"})
    return match


def bookmark_five(page: Page, work: Callable[[], None]) -> None:
    page.goto("/search/")
    page.locator("#q").fill("player in red")
    page.keyboard.press("Enter")
    hits = page.locator("[data-hit]")
    expect(hits).to_have_count(5)
    work()
    expect(page.get_by_text("all checked")).to_be_visible()
    for place in range(5):
        hits.nth(place).locator(".bookmark summary").click()
        hits.nth(place).locator("input[name=note]").fill(f"Moment {place + 1}")
        hits.nth(place).locator(".bookmark-form button").click()
        expect(hits.nth(place).locator(".bookmark-done")).to_be_visible()
    assert Bookmark.objects.count() == 5


def build_reel(page: Page) -> None:
    page.goto("/bookmarks/")
    page.locator("[data-choose-all] input").check()
    page.locator("#bulk summary", has_text="Add to reel").click()
    page.get_by_label("Title of a new one").fill('Red "runs" <b>⚽')
    page.locator("#bulk button", has_text="Add").last.click()
    expect(page.locator(".part")).to_have_count(5)
    page.get_by_label("Title card").fill("What went well")
    page.locator(".title-form button").click()
    expect(page.locator(".part")).to_have_count(6)


def export_reel(page: Page) -> None:
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="EDL").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text.count("FROM CLIP NAME") == 5
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Make the film").click()
    expect(page.locator(".film progress")).to_be_visible()
    jobs.run_due()
    expect(page.locator(".film .film-video")).to_be_visible()


def share(page: Page, password: str) -> str:
    page.locator(".film").get_by_role("link", name="Share").click()
    look(page, "share-new")
    page.get_by_label("Password, if you like").fill(password)
    page.get_by_role("button", name="Make a link").click()
    look(page, "share-made")
    return page.get_by_label("Link, with a password").input_value()


def watch(private: Page, link: str, password: str) -> None:
    private.goto(link)
    look(private, "shared-password")
    private.get_by_label("Password").fill("not this one")
    private.keyboard.press("Enter")
    expect(private.get_by_role("alert")).to_have_text("That is not the password.")
    private.get_by_label("Password").fill(password)
    private.keyboard.press("Enter")
    expect(private.get_by_role("heading", name="Red")).to_have_text('Red "runs" <b>⚽')
    film = private.locator("video")
    film.evaluate("video => { video.muted = true; return video.play(); }")
    until(private, "() => document.querySelector('video').currentTime > 0.4")
    assert film.evaluate("video => video.error") is None
    film.evaluate("video => { video.currentTime = video.duration - 1; }")
    until(
        private,
        "() => { const v = document.querySelector('video'); return v.readyState > 1 && v.currentTime > 10; }",
    )
    assert film.evaluate("video => video.error") is None
    look(private, "shared")


def test_bookmark_cut_export_share_revoke(
    five: Cast,
    work: Callable[[], None],
    context: BrowserContext,
    page: Page,
    chromium: Browser,
    live_server: Any,
    complaints: list[str],
) -> None:
    sign_in(context, five, live_server.url)
    bookmark_five(page, work)
    build_reel(page)
    export_reel(page)
    link = share(page, "open sesame")
    assert link.startswith(f"{live_server.url}/s/")
    assert complaints == []

    private = chromium.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    guest = private.new_page()
    watch(guest, link, "open sesame")

    # Nothing of the team can be reached with what this window has.
    film = Film.objects.get()
    for address in ("/", "/bookmarks/", f"/films/{film.pk}/", "/shared/"):
        guest.goto(f"{live_server.url}{address}")
        assert "/accounts/login/" in guest.url
    answer = guest.request.get(f"{live_server.url}{film.url}", max_redirects=0)
    assert (answer.status, "/accounts/login/" in answer.headers["location"]) == (302, True)

    # Taken back: gone for the page, and for the film that is already open.
    guest.goto(link)
    expect(guest.locator("video")).to_be_visible()
    page.goto("/shared/")
    expect(page.locator(".share")).to_contain_text("Opened 2 times")
    look(page, "shared-list")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator(".share")).to_contain_text("Revoked")
    again = guest.goto(link)
    assert again is not None
    assert again.status == 404
    assert guest.request.get(f"{link}film.mp4").status == 404
    assert Share.objects.get().revoked_at is not None
    private.close()


def test_sharing_by_the_keys_alone(
    five: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any
) -> None:
    """A bookmark, straight to a link, without a mouse."""
    sign_in(context, five, live_server.url)
    bookmark_five(page, work)
    page.goto("/bookmarks/")
    page.locator("input[name=chosen]").first.focus()
    page.keyboard.press("Space")
    page.locator("#bulk").get_by_role("button", name="Share").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The film is not ready yet")).to_be_visible()
    page.get_by_role("button", name="Make a link").focus()
    page.keyboard.press("Enter")
    field = page.get_by_label("Link", exact=True)
    expect(field).to_be_visible()
    small = page.evaluate(
        """() => [...document.querySelectorAll('main a, main button, main input, main select, main summary')]
           .filter(one => one.checkVisibility() && !one.matches('p a, .crumbs a, [type=checkbox], .sr-only'))
           .map(one => [one.textContent.trim() || one.name, one.getBoundingClientRect()])
           .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)"""
    )
    assert small == []
    jobs.run_due()
    assert page.request.get(field.input_value()).ok


def test_pages_without_javascript(five: Cast, chromium: Browser, live_server: Any) -> None:
    """A shared film plays, and links are made and revoked, where scripts are off."""
    plain = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(plain, five, live_server.url)
    page = plain.new_page()
    for address, words in (
        ("/bookmarks/", "No bookmarks yet"),
        ("/reels/", "No reels yet"),
        ("/films/", "No films yet"),
        ("/shared/", "Nothing is shared"),
    ):
        page.goto(address)
        expect(page.get_by_role("heading", name=words)).to_be_visible()
    page.goto("/reels/")
    page.get_by_label("New reel").fill("By hand")
    page.get_by_role("button", name="Create").click()
    page.get_by_label("Title card").fill("A card")
    page.locator(".title-form button").click()
    expect(page.locator(".part")).to_contain_text("A card")
    plain.close()
