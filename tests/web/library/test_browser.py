"""The player and the uploads in a real browser."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.types import Tube
from tests.chromium import CHROMIUM, MISSING
from tests.web.library import clips
from tests.web.library.cast import World, make_world
from videosearch import jobs
from videosearch.indexing.models import IndexVersion, Track
from videosearch.library import services
from videosearch.library.models import Video

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture
def page(chromium: Any, live_server: Any, world: World) -> Iterator[Any]:
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1000, "height": 900})
    session = world.client("eve").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    yield page
    context.close()
    assert not problems


SPEED = 40.0  # pixels a second
WIDTH, HEIGHT = 640, 360


def left_edge(t: float) -> float:
    return 20 + SPEED * t


def moving_square(target: Path) -> Path:
    """A white square that runs to the right, at a rate that changes: 30, then 10, then 30 pictures a second."""
    ground, square = f"color=black:s={WIDTH}x{HEIGHT}:r=30:d=9[b]", "color=white:s=60x60:r=30:d=9[w]"
    run = f"{ground};{square};[b][w]overlay=x='20+{SPEED}*t':y=150"
    drop = "select='if(between(t,3,6),not(mod(n,3)),1)'"
    timing = ("-fps_mode", "vfr", "-enc_time_base", "1:90000", "-video_track_timescale", "90000")
    return clips.make(target, "-filter_complex", f"{run},{drop}", *timing, *clips.H264, "-f", "mp4")


@pytest.fixture
def video(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Video:
    """A video with the square's true boxes stored at 5 a second; unseen from 7 to 8 seconds."""
    monkeypatch.setattr("videosearch.indexing.work.start", lambda video: None)
    video = services.add_video(world.library, moving_square(tmp_path / "square.mp4"), None)
    jobs.run_due()
    Video.objects.filter(id=video.id).update(indexed_seconds=9.0, status="ready")
    video.refresh_from_db()
    version = IndexVersion.objects.create(key="v1", profile="embedded")
    times = np.array([k / 5 for k in range(45) if not 35 < k < 40])
    x = np.array([left_edge(time) for time in times])
    boxes = np.stack([x, x * 0 + 150, x + 60, x * 0 + 210], 1).astype(np.float32)
    track = Track(video=video, version=version, track_id=4, label="person", score=1, attributes={"number": "10"})
    track.set_tube(Tube(times, boxes))
    track.save()
    return video


# Where the square really is in the picture on the screen.
EDGE = """async () => {
  const player = document.querySelector('vs-player'), video = player.querySelector('video');
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const row = context.getImageData(0, 180, canvas.width, 1).data;
  let left = 0;
  while (left < canvas.width && row[4 * left] < 128) left += 1;
  return {left, drawn: player.lastDrawn, time: video.currentTime};
}"""


def until(page: Any, condition: str, arg: object = None, *, timeout: float = 20.0) -> None:
    """Waits for a condition. Playwright's own waiting evaluates text in the page, which the site's rules forbid."""
    end = time.monotonic() + timeout
    while not page.evaluate(condition, arg):
        assert time.monotonic() < end, f"not in time: {condition}"
        page.wait_for_timeout(50)


def go_to(page: Any, seconds: float) -> dict[str, Any]:
    page.evaluate("t => document.querySelector('vs-player').seek(t)", seconds)
    until(
        page,
        """t => { const p = document.querySelector('vs-player'); const v = p.querySelector('video');
           return !v.seeking && Math.abs(p.lastDrawn.time - t) < 0.11 }""",
        seconds,
    )
    page.wait_for_timeout(150)
    found: dict[str, Any] = page.evaluate(EDGE)
    return found


def test_the_box_is_where_the_picture_shows_the_player(page: Any, video: Video) -> None:
    page.goto(f"{video.get_absolute_url()}?track=4")
    until(page, "document.querySelector('vs-player')?.lastDrawn.boxes.length === 1")
    for seconds in (1.23, 4.07, 5.55, 6.61, 8.31):
        seen = go_to(page, seconds)
        [drawn] = seen["drawn"]["boxes"]
        assert drawn["track_id"] == 4
        assert drawn["box"][0] == pytest.approx(seen["left"], abs=2.0), f"at {seconds}"
    assert go_to(page, 7.5)["drawn"]["boxes"] == [], "not drawn while it was not seen"


def test_boxes_follow_while_it_plays(page: Any, video: Video) -> None:
    page.goto(video.get_absolute_url())
    page.evaluate("document.querySelector('video').muted = true")
    page.evaluate("document.querySelector('vs-player').play()")
    until(page, "document.querySelector('vs-player').lastDrawn.time > 1.5", timeout=20)
    for _ in range(3):
        drawn = page.evaluate("document.querySelector('vs-player').lastDrawn")
        assert drawn["boxes"][0]["box"][0] == pytest.approx(left_edge(drawn["time"]), abs=1.0)
        page.wait_for_timeout(200)


def test_the_canvas_covers_the_picture(page: Any, video: Video) -> None:
    page.goto(f"{video.get_absolute_url()}?track=4&t=2")
    until(page, "document.querySelector('vs-player')?.lastDrawn.boxes.length === 1")
    box = page.evaluate(
        """() => { const r = e => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height] };
           const p = document.querySelector('vs-player');
           return [r(p.querySelector('canvas')), r(p.querySelector('video'))] }"""
    )
    assert box[0] == pytest.approx(box[1], abs=0.5)
    assert box[0][2] > 400
    drawn = page.evaluate(
        """() => { const c = document.querySelector('vs-player canvas');
           return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(value => value) }"""
    )
    assert drawn


def test_a_clip_loops_and_tells_when_it_ends(page: Any, video: Video) -> None:
    page.goto(video.get_absolute_url())
    until(page, "document.querySelector('vs-player')?.video.readyState >= 1")
    page.evaluate(
        """([id, src]) => {
           const player = document.querySelector('vs-player');
           window.ends = 0; player.video.muted = true; player.loops = true;
           player.addEventListener('clip:ended', () => window.ends += 1);
           player.loadClip({video: id, src, start: 2, end: 2.8, tracks: [4], width: 640, height: 360, play: true}) }""",
        [str(video.id), video.proxy.url if video.proxy else ""],
    )
    until(page, "window.ends >= 2", timeout=20)
    now = page.evaluate("document.querySelector('video').currentTime")
    assert 1.9 <= now <= 3.2
    page.evaluate("document.querySelector('vs-player').addEventListener('clip:ended', event => event.preventDefault())")
    until(page, "document.querySelector('video').currentTime > 3.3", timeout=20)


def test_keys(page: Any, video: Video) -> None:
    page.goto(video.get_absolute_url())
    until(page, "document.querySelector('vs-player')?.lastDrawn.boxes.length === 1")
    go_to(page, 2.0)
    page.keyboard.press("v")
    assert page.evaluate("document.querySelector('vs-player').lastDrawn.boxes.length") == 0
    assert page.get_attribute("[data-command=boxes]", "aria-pressed") == "false"
    page.keyboard.press("v")
    before = go_to(page, 2.0)["drawn"]["time"]
    page.keyboard.press(".")
    until(page, "t => document.querySelector('vs-player').lastDrawn.time > t + 0.01", before)
    assert page.evaluate("document.querySelector('vs-player').lastDrawn.time") == pytest.approx(
        before + 1 / 30, abs=0.02
    )
    page.keyboard.press("ArrowRight")
    until(page, "t => document.querySelector('vs-player').lastDrawn.time > t + 0.9", before)
    page.click("text=Edit")
    page.focus("[name=title]")
    page.keyboard.type(" v,.")
    assert page.get_attribute("[data-command=boxes]", "aria-pressed") == "true"


def test_a_strip_leads_to_its_moment(page: Any, video: Video) -> None:
    page.goto(video.get_absolute_url())
    page.click(".strip-row .strip", position={"x": 300, "y": 10})
    until(page, "document.querySelector('vs-player').lastDrawn.time > 1")
    width = page.evaluate("document.querySelector('.strip').getBoundingClientRect().width")
    now = page.evaluate("document.querySelector('vs-player').lastDrawn.time")
    assert now == pytest.approx(9.0 * 300 / width, abs=0.15)
    assert page.locator(".strip-row[data-chosen]").count() == 1
    assert page.evaluate("[...document.querySelector('vs-player').chosen]") == [4]


def test_two_files_are_uploaded_and_appear(page: Any, world: World, tmp_path: Path) -> None:
    first = clips.plain(tmp_path / "first half.mp4", seconds=2)
    second = tmp_path / "second half.mp4"
    second.write_bytes(os.urandom(40_000_000))  # more than one piece
    page.goto(world.library.get_absolute_url())
    page.set_input_files("[data-upload] input[type=file]", [str(first), str(second)])
    page.wait_for_selector("#videos >> text=first half", timeout=30_000)
    page.wait_for_selector("#videos >> text=second half", timeout=60_000)
    stored = {video.title: video.original.read_bytes() for video in world.library.videos.all()}
    assert stored == {"first half": first.read_bytes(), "second half": second.read_bytes()}
    jobs.run_due()
    page.wait_for_selector("#videos >> text=The file is not a video", timeout=15_000)


def test_an_upload_goes_on_after_the_line_broke(page: Any, world: World, tmp_path: Path) -> None:
    file = tmp_path / "long.mp4"
    file.write_bytes(os.urandom(40_000_000))
    broken: list[str] = []

    def cut(route: Any) -> None:
        if route.request.method == "PATCH" and len(broken) < 2:
            broken.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/tus/*/", cut)
    page.goto(world.library.get_absolute_url())
    page.set_input_files("[data-upload] input[type=file]", str(file))
    page.wait_for_selector("#videos >> text=long", timeout=60_000)
    assert len(broken) == 2
    assert world.library.videos.get().original.read_bytes() == file.read_bytes()
