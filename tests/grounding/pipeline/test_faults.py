"""What goes wrong in the field: no crash, and no more work than the pictures are worth."""

from __future__ import annotations

import logging
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest

from grounding.detect.clean import MOST_BOXES
from grounding.pipeline import Settings, index_video
from grounding.track.associate import SecondLevelTracker
from grounding.track.join import join_tracklets
from grounding.track.stitch import stitch_segments
from grounding.types import Detections, Image, Progress, Segment, SegmentResult, Span, Tracklet, VideoIndex
from tests.grounding.pipeline.test_indexing import Scripted, football, models

WriteVideo = Any
NAN = float("nan")


def index_of(path: Path, detector: Any, settings: Settings | None = None) -> VideoIndex:
    *progress, last = index_video(path, models(detector), settings or Settings())
    assert all(isinstance(item, Progress) for item in progress)
    assert isinstance(last, VideoIndex)
    return last


def labels(index: VideoIndex) -> list[str]:
    return sorted({track.label for track in index.tracks})


class Fixed:
    """Gives the same boxes for every picture, and counts the pictures it was given."""

    labels = ("person", "sports ball")

    def __init__(self, boxes: Sequence[Sequence[float]] = (), label: int = 0) -> None:
        array = np.asarray(boxes, np.float32).reshape(-1, 4)
        n = len(array)
        self.found = Detections(array, np.linspace(0.9, 0.5, n, dtype=np.float32), np.full(n, label, np.int16))
        self.pictures = 0

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        self.pictures += len(images)
        return [self.found] * len(images)


def ffmpeg(*arguments: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y", *arguments]
    subprocess.run(command, check=True, timeout=280)


def still(path: Path, seconds: int, fps: int) -> Path:
    """A picture that stands still, 128 x 72."""
    source = f"testsrc=size=128x72:rate={fps}:duration=1,loop=loop=-1:size=1"
    coding = ("-c:v", "libx264", "-preset", "ultrafast", "-g", str(10 * fps), "-threads", "1")
    ffmpeg("-f", "lavfi", "-i", source, "-t", str(seconds), *coding, str(path))
    return path


def test_nobody_and_nothing(write_video: WriteVideo) -> None:
    detector = Fixed()
    index = index_of(write_video("grass.mp4", images=football(12, runners=0), fps=10), detector)
    assert labels(index) == ["picture"]
    # 60 pictures, and one probe of two tiles for people too small to be found.
    assert detector.pictures <= 62 + 2


@pytest.mark.parametrize("shade", [0, 16, 255])
def test_black_and_white_pictures(write_video: WriteVideo, shade: int) -> None:
    images = [np.full((180, 320, 3), shade, np.uint8)] * 40
    index = index_of(write_video("flat.mp4", images=images, fps=10), Fixed())
    assert labels(index) == ["picture"]
    assert len(index.shots) == 1


def test_one_picture_is_a_video(write_video: WriteVideo) -> None:
    index = index_of(write_video("one.mp4", images=football(0.1), fps=10), Scripted())
    assert index.decoded.length > 0
    assert labels(index) in (["picture"], ["person", "picture"])


@pytest.mark.parametrize("size", [(2, 2), (4, 2), (16, 16), (2, 128), (130, 2)])
def test_pictures_of_hardly_any_pixels(write_video: WriteVideo, size: tuple[int, int]) -> None:
    images = [np.full((size[1], size[0], 3), 40 + 5 * k, np.uint8) for k in range(20)]
    index = index_of(write_video("tiny.mp4", images=images, fps=10), Fixed([(0, 0, *size)]))
    assert (index.info.width, index.info.height) == size


def test_one_pixel(tmp_path: Path) -> None:
    path = tmp_path / "pixel.mkv"
    ffmpeg("-f", "lavfi", "-i", "color=red:size=1x1:rate=5:duration=2", "-c:v", "ffv1", str(path))
    assert "picture" in labels(index_of(path, Fixed([(0, 0, 1, 1)])))


@pytest.mark.parametrize(
    ("name", "shift"),
    [
        ("all the same", "ts=0"),
        ("backwards", "ts=if(gt(N\\,20)\\,TS-2000\\,TS)"),
        ("all backwards", "ts=10000-TS"),
    ],
)
def test_times_that_do_not_run_forwards(write_video: WriteVideo, tmp_path: Path, name: str, shift: str) -> None:
    path, broken = write_video("match.mp4", images=football(6), fps=10), tmp_path / "broken.mkv"
    ffmpeg("-i", str(path), "-c", "copy", "-bsf:v", f"setts={shift}", str(broken))
    detector = Scripted()
    index = index_of(broken, detector)
    assert index.decoded.length > 0
    assert detector.seen <= 60
    for track in index.tracks:
        assert np.all(np.diff(track.tube.times) > 0)


def test_footage_of_one_picture_a_second_has_tracks(write_video: WriteVideo) -> None:
    index = index_of(write_video("slow.mp4", images=football(2, runners=0), fps=1), Fixed([(20, 30, 60, 150)]))
    people = [t for t in index.tracks if t.label == "person"]
    assert [t.tube.span.length for t in people] == [pytest.approx(19.2, abs=0.3)]


def test_a_cut_every_second(write_video: WriteVideo) -> None:
    """Each shot is looked at anew, but the probes for people too small to be found stay rare."""
    rng = np.random.default_rng(4)
    grounds = [rng.integers(0, 255, (9, 16, 3), np.uint8).repeat(20, 0).repeat(20, 1) for _ in range(40)]
    # The camera turns a little all the time: pictures that repeat would not be looked at.
    images = [np.roll(ground, 4 * k, axis=1) for ground in grounds for k in range(10)]
    detector = Fixed()
    index = index_of(write_video("cuts.mp4", images=images, fps=10), detector)
    assert len(index.shots) == 40
    assert len([t for t in index.tracks if t.label == "picture"]) == 40
    assert 200 <= detector.pictures <= 200 * 1.25


def test_boxes_that_are_none_are_dropped_and_said_once(
    write_video: WriteVideo, caplog: pytest.LogCaptureFixture
) -> None:
    good = (40.0, 60.0, 60.0, 120.0)
    bad = [(NAN, 1, 5, 9), (50, 50, 20, 90), (50, 50, 90, 20), (-90, -90, -10, -10), (1, 1, float("inf"), 9)]
    path = write_video("match.mp4", images=football(6, runners=0), fps=10)
    with caplog.at_level(logging.WARNING):
        index = index_of(path, Fixed([*bad, good]))
    people = [t for t in index.tracks if t.label == "person"]
    assert len(people) == 1
    np.testing.assert_allclose(people[0].tube.boxes, np.tile(good, (30, 1)), atol=0.5)
    assert len([r for r in caplog.records if "such boxes are dropped" in r.getMessage()]) == 1


@pytest.mark.slow
def test_ten_thousand_boxes_on_every_picture(write_video: WriteVideo) -> None:
    x, y = np.meshgrid(np.arange(0, 318, 3.0), np.arange(0, 178, 1.8))
    corners = np.stack([x.ravel(), y.ravel()], axis=1)[:10_000]
    assert len(corners) > 9_900
    detector = Fixed(np.concatenate([corners, corners + 2.5], axis=1).tolist())
    started = time.process_time()
    index = index_of(write_video("swarm.mp4", images=football(2, runners=0), fps=10), detector)
    assert time.process_time() - started < 60
    assert max(len(o) for o in _people_by_time(index).values()) <= MOST_BOXES


def _people_by_time(index: VideoIndex) -> dict[float, list[int]]:
    at: dict[float, list[int]] = {}
    for track in index.tracks:
        if track.label == "person":
            for t in track.tube.times:
                at.setdefault(round(float(t), 3), []).append(track.track_id)
    return at


def test_a_detector_that_always_fails_leaves_an_index_without_people(
    write_video: WriteVideo, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Fixed):
        def detect(self, images: Sequence[Image]) -> list[Detections]:
            raise RuntimeError("no")

    index = index_of(write_video("match.mp4", images=football(4), fps=10), Broken())
    assert labels(index) == ["picture"]
    assert len([r for r in caplog.records if "detector failed" in r.getMessage()]) == 1


def crowd(count: int, seconds: int) -> Iterator[tuple[float, Detections]]:
    """People who wander over a picture of 1280 x 720 and are seen nine times out of ten."""
    rng = np.random.default_rng(1)
    low, high = np.array([0, 200]), np.array([1280, 700])
    places, pace = rng.uniform(low, high, (count, 2)), rng.normal(0, 25, (count, 2))
    for k in range(seconds * 5):
        places = places + pace / 5
        pace = np.where((places < low) | (places > high), -pace, pace) + rng.normal(0, 6, (count, 2))
        feet = np.clip(places, low, high)[rng.random(count) < 0.9]
        boxes = np.hstack([np.subtract(feet, (12, 60)), np.add(feet, (12, 0))]).astype(np.float32)
        yield k / 5, Detections(boxes, np.full(len(boxes), 0.8, np.float32), np.zeros(len(boxes), np.int16))


def followed(count: int, seconds: int, start: float = 0.0) -> SegmentResult:
    """What one segment leaves behind of a crowd."""
    tracker, times = SecondLevelTracker(5, ("person",)), []
    for t, found in crowd(count, seconds):
        tracker.update(start + t, found, size=(1280, 720))
        times.append(start + t)
    span = Span(start, start + seconds)
    still_camera = np.repeat(np.eye(3)[None], len(times), axis=0)
    segment = Segment(int(start), span, span)
    return SegmentResult(segment, span, (), tuple(tracker.tracklets()), np.asarray(times), still_camera)


def cost_of_crowd(count: int) -> tuple[float, list[list[Tracklet]]]:
    started = time.process_time()
    parts = [followed(count, 30), followed(count, 30, start=28.0)]
    stitched = stitch_segments(parts)
    groups = join_tracklets(stitched.tracklets, stitched.camera_times, stitched.camera, stitched.cuts)
    return time.process_time() - started, groups


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hundred_people_cost_no_more_than_their_pairs() -> None:
    """Association looks at pairs, so twice the people may cost four times; anything steeper would show here."""
    before = peak_mb()
    fifty, _ = cost_of_crowd(50)
    two_hundred, groups = cost_of_crowd(200)
    assert peak_mb() - before < 300
    assert two_hundred < 60  # seconds of CPU for a minute of video
    assert two_hundred < 3 * 16 * max(fifty, 0.25)
    assert sum(len(t.times) for group in groups for t in group) > 0.7 * 200 * 290


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("fps", "seconds"), [(1, 3 * 3600), (25, 1800)])
def test_a_picture_that_stands_still_for_hours(tmp_path: Path, fps: int, seconds: int) -> None:
    """A look every five seconds and a few probes in each segment, memory flat, and one person throughout."""
    path = still(tmp_path / "still.mp4", seconds, fps)
    detector = Fixed([(20, 10, 60, 60)])
    before = peak_mb()
    index = index_of(path, detector)
    assert detector.pictures <= 0.4 * seconds
    assert peak_mb() - before < 600
    assert len(index.shots) == 1
    assert index.decoded.end == pytest.approx(seconds, abs=1.1)
    people = [t for t in index.tracks if t.label == "person"]
    assert len(people) == 1
    assert people[0].tube.span.length == pytest.approx(seconds, abs=2.1)


def peak_mb() -> float:
    import resource

    assert os.name == "posix"
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
