"""A real browser against a real server. Without Chromium these tests are skipped, with the reason."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import ffmpeg as build
import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from pytest_django import Settings

from tests.browser.visiting import sign_in, until
from tests.chromium import CHROMIUM, MISSING
from tests.web.search.world import Cast, make_cast, make_track, make_video
from videosearch.lib import broker, ffmpeg
from videosearch.lib.caching import process_cache
from videosearch.search import embedding, tasks

RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.9}
RED = {"object:person": 0.9, "shirt_colour:red": 0.9}
BLUE = {"object:person": 0.9, "shirt_colour:blue": 0.9, "number:4": 0.8}


expect.set_options(timeout=15_000)
ANSWERS = pytest.StashKey[deque[str]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture
def context(chromium: Browser, live_server: Any) -> Iterator[BrowserContext]:
    """A fresh session whose relative addresses are the live server's."""
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complained of: errors of scripts, and of the content policy."""
    return []


@pytest.fixture
def page(context: BrowserContext, complaints: list[str], request: pytest.FixtureRequest) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    last = request.node.stash[ANSWERS] = deque[str](maxlen=30)
    page.on("request", lambda asked: last.append(f"{asked.method} {asked.url}"))
    page.on("response", lambda answer: last.append(f"{answer.status} {answer.request.method} {answer.url}"))
    page.on("requestfailed", lambda asked: last.append(f"{asked.failure} {asked.method} {asked.url}"))
    return page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a failing test's browser asked last, what it complained of, and what stood on the page."""
    report = yield
    if report.when == "call" and report.failed and isinstance(item, pytest.Function):
        report.sections.append(("browser", "\n".join(_seen(item))))
    return report


def _seen(item: pytest.Function) -> Iterator[str]:
    yield from item.stash.get(ANSWERS, ())
    complaints, page = item.funcargs.get("complaints"), item.funcargs.get("page")
    if isinstance(complaints, list):
        yield from complaints
    try:
        if isinstance(page, Page):
            yield page.locator("body").aria_snapshot(timeout=2000)[:6000]
    except Error as error:
        yield f"the page could not be read: {error.message}"


@pytest.fixture
def match(transactional_db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Forty seconds in which three players were seen; a worker that answers only when the test lets it."""
    cache.clear()  # the limits of signing in
    process_cache.clear()
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(embedding, "query_vector", lambda *_: None)
    cast = make_cast()
    video = make_video(cast.library, duration=40.0)
    make_track(video, cast.version, RED_TEN, start=20, end=26, attributes={"shirt_colour": "red", "number": "10"})
    make_track(video, cast.version, RED, start=4, end=10, attributes={"shirt_colour": "red"})
    make_track(video, cast.version, BLUE, start=30, end=36, attributes={"shirt_colour": "blue", "number": "4"})
    assert video.proxy is not None
    video.proxy.file.parent.mkdir(parents=True)
    grass = build.input("color=c=darkgreen:s=1280x720:r=10:d=40", f="lavfi")
    player = grass.drawbox(x=100, y=200, width=60, height=100, color="red", thickness="fill")
    node = ffmpeg.output(
        [player], video.proxy.file, vcodec="libx264", preset="ultrafast", g=10, pix_fmt="yuv420p", movflags="+faststart"
    )
    ffmpeg.run(node, timeout=60)
    return cast


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it to let the worker do what was sent so far."""
    sent: list[str] = []

    def send(_: object, query_id: str, *__: object, queue: str, expires: float) -> bool:
        sent.append(query_id)
        return True

    monkeypatch.setattr(broker, "send", send)

    def work() -> None:
        while sent:
            tasks.verify(sent.pop())

    return work


@pytest.fixture
def results(match: Cast, work: Callable[[], None], context: BrowserContext, page: Page, live_server: Any) -> Page:
    """Three moments, all judged, the first in the player."""
    sign_in(context, match, live_server.url)
    page.goto("/search/?q=number+10+in+red")
    work()
    expect(page.get_by_text("all checked")).to_be_visible()
    until(page, "() => document.querySelector('video').readyState >= 2")
    return page
