"""At the end of ten minutes of a variable frame rate the box is still on the picture it belongs to.

Each picture carries its number as black and white squares; the box moves so fast that its place tells the time to a
fraction of a picture. Both are read from one screenshot of the player: what people see, not what the scripts believe.
"""

from __future__ import annotations

import bisect
import io
from pathlib import Path
from typing import Any

import av
import ffmpeg as build
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import BrowserContext, Page
from pytest_django import Settings

from grounding.types import Tube
from tests.browser.visiting import sign_in, until
from tests.web.search.world import Cast, make_cast, make_video
from videosearch.indexing.models import Track
from videosearch.lib import ffmpeg
from videosearch.library import ingest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.django_db(transaction=True)]

SECONDS = 600
BITS = 16
WIDTH, HEIGHT = 640, 360
SPEED = 400.0  # pixels of the video in a second
LAP = 1.0  # seconds for the box to go over the picture; then it is at the left again
ACCENT = np.array([200, 242, 80])


def numbered(target: Path) -> None:
    """Ten minutes of pictures that come unevenly, each with its number in the upper 40 rows, lowest bit at the left."""
    bits = build.input(f"color=c=black:s={BITS}x2:r=25:d={SECONDS}", f="lavfi").filter(
        "geq", lum="255*mod(floor(N/pow(2,X)),2)", cb=128, cr=128
    )
    uneven = "(0.02+N*0.04+if(eq(mod(N,3),0),-0.006,if(eq(mod(N,3),1),-0.018,0)))/TB"
    film = (
        bits.filter("scale", WIDTH, 40, flags="neighbor")
        .filter("pad", WIDTH, HEIGHT, 0, 0)
        .filter("settb", "1/90000")
        .filter("setpts", uneven)
    )
    options = {"vcodec": "libx264", "preset": "ultrafast", "crf": 20, "fps_mode": "passthrough", "pix_fmt": "yuv420p"}
    node = ffmpeg.output([film], target, enc_time_base="1:90000", video_track_timescale=90000, g=50, f="mp4", **options)
    ffmpeg.run(node, timeout=300)


def left_of(time: float) -> float:
    return SPEED * (time % LAP)


class _Run:
    """Stands for the job that makes the proxy."""

    def progress(self, *_: object) -> None:
        pass


@pytest.fixture
def film(transactional_db: None, settings: Settings, tmp_path: Path) -> tuple[Cast, Any, list[float]]:
    """The film through the application's own proxy, a track on it, and when each picture is shown."""
    settings.MEDIA_ROOT = tmp_path
    cast = make_cast()
    video = make_video(cast.library, duration=float(SECONDS), width=WIDTH, height=HEIGHT)
    video.folder.mkdir(parents=True)
    numbered(video.original)
    assert video.proxy is not None
    ingest._encode(video, video.proxy.file, _Run(), sound=False)  # type: ignore[arg-type]
    with av.open(str(video.proxy.file)) as container:
        stream = container.streams.video[0]
        unit = float(stream.time_base or 0)
        times = sorted(packet.pts * unit for packet in container.demux(stream) if packet.pts is not None)
    assert len(times) == 25 * SECONDS, "no picture was lost, so that numbers and times agree"
    gaps = np.diff(times)
    assert gaps.max() > 2 * gaps.min(), "the proxy keeps the variable rate"
    steps = np.round(np.arange(SECONDS - 40, SECONDS, 0.05), 3)
    left = np.array([left_of(float(t)) for t in steps])
    boxes = np.stack([left, left * 0 + 150, left + 40, left * 0 + 250], 1).astype(np.float32)
    track = Track(video=video, version=cast.version, track_id=1, label="person", score=1.0, attributes={})
    track.set_tube(Tube(steps, boxes, step=0.05))
    track.save()
    return cast, video, times


def test_the_box_is_on_its_picture(
    film: tuple[Cast, Any, list[float]], context: BrowserContext, page: Page, live_server: Any
) -> None:
    cast, video, times = film
    sign_in(context, cast, live_server.url)
    page.goto(f"/library/videos/{video.pk}/?t={SECONDS - 25}&track=1")
    until(page, "() => document.querySelector('video').readyState >= 3", seconds=30)
    page.evaluate("() => { VS.player().names = false; }")

    # While it plays: how late the box is depends on how busy the machine is, so that it is told and not judged.
    page.evaluate("() => VS.player().play()")
    until(page, f"() => VS.player().time > {SECONDS - 24}")
    running = [error for _ in range(15) if (error := measure(page, times)) is not None]
    page.evaluate("() => VS.player().video.pause()")

    errors: list[float] = []
    for second in range(SECONDS - 20, SECONDS - 2):
        change = second % 3
        if change == 0:  # it was playing and stopped
            page.evaluate("() => VS.player().play()")
            page.wait_for_timeout(400)
            page.evaluate("() => VS.player().video.pause()")
        elif change == 1:
            page.evaluate("t => VS.player().seek(t)", second + 0.437)
        else:
            page.evaluate("async () => { await VS.player().step(1); await VS.player().step(1); }")
        until(page, "() => VS.player().video.paused && !VS.player().video.seeking")
        page.wait_for_timeout(250)
        error = measure(page, times)
        if error is not None:
            errors.append(error)
    assert page.evaluate("VS.player().time") > SECONDS - 22
    print(f"standing still: {len(errors)} pictures, worst {max(errors):.0f} frames off")  # noqa: T201
    print(f"playing: {len(running)} pictures, median {np.median(running or [0]):.0f} frames off")  # noqa: T201
    assert len(errors) >= 8
    assert max(errors) < 1


def measure(page: Page, times: list[float]) -> float | None:
    shot = page.locator(".player-frame").screenshot()
    return frames_off(np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int), times)


def frames_off(shot: NDArray[Any], times: list[float]) -> float | None:
    """How many pictures lie between the box and the picture; None where the box was at the turn or half covered."""
    width = shot.shape[1]
    scale = width / WIDTH
    row = shot[int(20 * scale), :, 0]
    bits = [row[int((place + 0.5) * width / BITS)] > 128 for place in range(BITS)]
    number = sum(1 << place for place, bit in enumerate(bits) if bit)
    near = (np.abs(shot[int(160 * scale) : int(240 * scale)] - ACCENT).sum(axis=2) < 90).mean(axis=0)
    edges = np.flatnonzero(near > 0.8)
    if not len(edges):
        return None
    sides = [group.mean() / scale for group in np.split(edges, np.flatnonzero(np.diff(edges) > 3) + 1)]
    if len(sides) != 2 or abs(sides[1] - sides[0] - 40) > 3:
        return None
    # The time of the lap at which the box is where it is, in the lap nearest to the picture's own time.
    phase = sides[0] / SPEED
    shown = times[number]
    drawn = min((lap * LAP + phase for lap in range(int(shown) - 2, int(shown) + 3)), key=lambda t: abs(t - shown))
    if not 0.1 < phase < 0.9:
        return None
    return abs(bisect.bisect_right(times, drawn + 0.004) - 1 - number) if abs(drawn - shown) > 0.004 else 0.0
