"""From a file to an index with networks that are scripted: who is where is known exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from grounding.errors import BadVideoError, StoreError
from grounding.pipeline import (
    Models,
    Settings,
    StageTimes,
    index_segment,
    index_video,
    load_segment,
    plan_segments,
    save_segment,
    stitch,
)  # fmt: skip
from grounding.types import Detections, Floats, Image, Progress, Registration, Segment, SegmentResult, Span, VideoIndex
from grounding.video import probe

WriteVideo = Any
SIZE = (320, 180)
RED, WHITE, YELLOW = (210, 30, 30), (235, 235, 235), (235, 215, 20)
GRASS = np.asarray((66, 132, 48))


def football(seconds: float, *, runners: int = 2, cut_at: float | None = None) -> list[Image]:
    """Red figures running to the right on textured grass, 60 px high, 30 px (half a body) a second; 10 pictures a
    second. After a cut the ground is another."""
    rng = np.random.default_rng(5)
    grounds = [
        np.clip(GRASS + cv2.resize(rng.normal(0, 40, (18, 32, 1)), SIZE)[..., None], 0, 255).astype(np.uint8)
        for _ in range(2)
    ]
    images = []
    for k in range(round(seconds * 10)):
        t = k / 10
        image = grounds[0 if cut_at is None or t < cut_at else 1].copy()
        for runner in range(runners):
            x, y = position(runner, t)
            cv2.rectangle(image, (x - 10, y - 60), (x + 10, y - 30), RED, -1)
            cv2.rectangle(image, (x - 10, y - 30), (x + 10, y), WHITE, -1)
        images.append(image)
    return images


def position(runner: int, t: float) -> tuple[int, int]:
    return round(40 + 30 * (t % 8) + 8 * runner), 80 + 80 * runner


class Scripted:
    """A detector that finds what is painted RED: the shirt is the upper half of a figure."""

    labels = ("person", "sports ball")

    def __init__(self) -> None:
        self.fails_at: set[int] = set()
        self.seen = 0

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        if len(images) > 1 and self.fails_at:
            raise RuntimeError("out of memory")  # the batch; each picture is then tried alone
        found = []
        for image in images:
            self.seen += 1
            if self.seen in self.fails_at:
                raise RuntimeError("bad picture")
            red = (image[..., 0] > 140) & (image[..., 1] < 90)
            _, _, stats, _ = cv2.connectedComponentsWithStats(red.astype(np.uint8))
            boxes = [(x, y, x + w, y + 2 * h) for x, y, w, h, area in stats[1:] if area > 150]
            people = len(boxes)
            yellow = (image[..., 0] > 170) & (image[..., 1] > 150) & (image[..., 2] < 110)
            _, _, stats, _ = cv2.connectedComponentsWithStats(yellow.astype(np.uint8))
            boxes += [(x, y, x + w, y + h) for x, y, w, h, area in stats[1:] if area > 20]
            labels = (np.arange(len(boxes)) >= people).astype(np.int16)
            array = np.asarray(boxes, np.float32).reshape(-1, 4)
            found.append(Detections(array, np.where(labels == 1, 0.5, 0.9).astype(np.float32), labels))
        return found


class Blind:
    """Pose, appearance and numbers that see nothing of use; an embedder that counts."""

    dimension = 8
    cosines = (0.0, 1.0)

    def __init__(self) -> None:
        self.texts: list[str] = []

    def estimate(self, image: Image | Sequence[Image], boxes: Floats) -> Floats:
        return np.zeros((len(boxes), 17, 3), np.float32)

    def read(self, crops: Sequence[Image]) -> list[tuple[str, float] | None]:
        return [("10", 0.8) for _ in crops]


class Looks(Blind):
    def embed(self, image: Image | Sequence[Image], boxes: Floats) -> Floats:
        return np.tile(np.asarray([0.6, 0.8], np.float32), (len(boxes), 1))


class Embedder(Blind):
    def embed(self, texts: Sequence[str]) -> Floats:
        self.texts += texts
        return np.tile(np.eye(8, dtype=np.float32)[0], (len(texts), 1))


def models(detector: Any = None) -> Models:
    return Models(detector or Scripted(), Blind(), Looks(), Blind(), Embedder())


# The scripted detector counts pictures; looking closer is tested in tests/grounding/detect.
SETTINGS = Settings(segment_seconds=5, overlap=2, max_detect_cost=1)


def result_of(path: Path, segment: Segment, using: Models | None = None, **options: Any) -> SegmentResult:
    *progress, last = index_segment(path, segment, using or models(), SETTINGS, **options)
    assert all(isinstance(item, Progress) for item in progress)
    assert isinstance(last, SegmentResult)
    return last


def index_of(path: Path, using: Models | None = None) -> VideoIndex:
    *progress, last = index_video(path, using or models(), SETTINGS)
    done = [item.done for item in progress if isinstance(item, Progress)]
    assert len(done) == len(progress) > 0
    assert isinstance(last, VideoIndex)
    return last


def whole(path: Path) -> Segment:
    duration = probe(path).duration
    return Segment(0, Span(0, duration), Span(0, duration))


@pytest.mark.parametrize(("duration", "count"), [(0, 1), (0.4, 1), (59, 1), (60, 1), (63.9, 1), (65, 2), (5400, 90)])
def test_segments_cover_the_video_once(duration: float, count: int) -> None:
    segments = plan_segments(duration, Settings())
    assert len(segments) == count
    assert segments[0].core.start == 0
    assert segments[-1].core.end == segments[-1].reach.end == duration
    for before, after in pairwise(segments):
        assert before.core.end == after.core.start
        assert before.reach.end == before.core.end + 4
    assert [s.index for s in segments] == list(range(count))


def test_the_version_key_changes_with_what_decides_the_vectors() -> None:
    assert Settings().version_key() == Settings().version_key()
    assert Settings(rate=1).version_key() != Settings().version_key()
    assert Settings(max_side=512).version_key() != Settings().version_key()
    assert Settings(batch=1).version_key() == Settings().version_key()
    with pytest.raises(ValueError, match="positive"):
        Settings(rate=0)
    with pytest.raises(ValueError, match="longer than twice"):
        Settings(segment_seconds=5, overlap=4)


def test_one_video_from_end_to_end(write_video: WriteVideo) -> None:
    path = write_video("match.mp4", images=football(6), fps=10)
    using = models()
    index = index_of(path, using)
    people = [track for track in index.tracks if track.label == "person"]
    assert len(people) == 2
    for runner, track in enumerate(sorted(people, key=lambda t: float(t.tube.boxes[0, 1]))):
        assert track.tube.times == pytest.approx(np.arange(0, 6, 0.2), abs=1e-6)
        for t, box in zip(track.tube.times, track.tube.boxes, strict=True):
            x, y = position(runner, float(t))
            assert box == pytest.approx([x - 10, y - 60, x + 10, y], abs=3)
        assert [o.second for o in track.observations] == list(range(6))
        assert track.attributes == {"shirt_colour": "red", "shorts_colour": "white", "number": "10"}
        assert track.observations[2].description.startswith("person in a red shirt and white shorts, number 10, ")
        assert all(o.terms["direction:right"] > 0.6 for o in track.observations[:5])
        assert track.observations[2].terms["motion:walking"] > 0.9
        assert track.appearance == pytest.approx([0.6, 0.8], abs=5e-4)  # half precision until here
        assert track.embeddings.shape == (6, 8)
    texts = using.embedder.texts  # type: ignore[attr-defined]
    assert len(texts) == len(set(texts)) > 0
    assert index.decoded.start == 0
    assert index.decoded.end == pytest.approx(6.0, abs=0.05)
    assert index.version == SETTINGS.version_key()


def dribbling(seconds: float) -> list[Image]:
    """`football` with a ball at the feet of the first runner."""
    images = football(seconds)
    for k, image in enumerate(images):
        x, y = position(0, k / 10)
        cv2.circle(image, (x + 14, y - 4), 4, YELLOW, -1)
    return images


def test_the_ball_is_one_track_over_the_borders_of_segments(write_video: WriteVideo) -> None:
    path = write_video("match.mp4", images=dribbling(8), fps=10)
    info = probe(path)
    plan = plan_segments(info.duration, SETTINGS)
    assert len(plan) == 2
    index = stitch(info, [result_of(path, segment) for segment in plan], models(), SETTINGS)
    (ball,) = [track for track in index.tracks if track.label == "sports ball"]
    assert ball.tube.times == pytest.approx(np.arange(0, 8, 0.2), abs=1e-6)
    assert [o.second for o in ball.observations] == list(range(8))


def test_the_ball_is_a_track_and_who_has_it_is_told(write_video: WriteVideo) -> None:
    index = index_of(write_video("match.mp4", images=dribbling(6), fps=10))
    (ball,) = [track for track in index.tracks if track.label == "sports ball"]
    assert ball.tube.times == pytest.approx(np.arange(0, 6, 0.2), abs=1e-6)
    for t, box in zip(ball.tube.times, ball.tube.boxes, strict=True):
        x, y = position(0, float(t))
        assert box == pytest.approx([x + 10, y - 8, x + 18, y], abs=3)
    assert [o.description.split(",")[0] for o in ball.observations][:1] == ["ball"]
    owner, other = sorted((t for t in index.tracks if t.label == "person"), key=lambda t: float(t.tube.boxes[0, 1]))
    for observation in owner.observations:
        assert observation.terms["relation:has ball"] > 0.9
        assert observation.description.endswith("with the ball")
    assert not any("relation:has ball" in o.terms for o in other.observations)


def test_every_shot_has_a_picture_track(write_video: WriteVideo) -> None:
    path = write_video("match.mp4", images=football(6, cut_at=3.0), fps=10)
    index = index_of(path)
    assert [shot.span.start for shot in index.shots] == pytest.approx([0, 3.0], abs=0.01)
    pictures = [track for track in index.tracks if track.label == "picture"]
    assert [p.tube.span.start for p in pictures] == pytest.approx([0.0, 3.0])
    assert [p.tube.span.end for p in pictures] == pytest.approx([3.0, 6.0])
    assert pictures[0].tube.boxes[0].tolist() == [0, 0, *SIZE]
    for picture in pictures:
        assert picture.observations[1].terms["count:2"] == 1.0
        assert picture.observations[1].description == "picture of 2 people, 2 in red"
    for track in index.tracks:  # nobody is followed across a cut
        assert track.tube.span.end <= 3.0 + 1e-6 or track.tube.span.start >= 3.0 - 1e-6


def test_segments_stitched_give_what_one_pass_gives(write_video: WriteVideo) -> None:
    path = write_video("match.mp4", images=football(13), fps=10)
    info = probe(path)
    plan = plan_segments(info.duration, SETTINGS)
    assert len(plan) == 3
    results = [result_of(path, segment) for segment in plan]
    index = stitch(info, results[::-1], models(), SETTINGS)
    once = stitch(info, [result_of(path, whole(path))], models(), SETTINGS)
    for label, count in (("person", None), ("picture", 1)):
        parts = [t for t in index.tracks if t.label == label]
        assert len(parts) == len([t for t in once.tracks if t.label == label]) == (count or len(parts)) > 0
        for track, other in zip(parts, [t for t in once.tracks if t.label == label], strict=True):
            assert track.tube.times == pytest.approx(other.tube.times)
            assert track.tube.boxes == pytest.approx(other.tube.boxes, abs=0.5)
            assert [o.second for o in track.observations] == [o.second for o in other.observations]
    so_far = stitch(info, results[:1], models(), SETTINGS)
    assert max(t.tube.span.end for t in so_far.tracks) == pytest.approx(plan[0].reach.end, abs=0.3)


def test_a_stored_segment_comes_back_the_same(write_video: WriteVideo, tmp_path: Path) -> None:
    result = result_of(write_video("match.mp4", images=football(4), fps=10), Segment(3, Span(0, 3), Span(0, 4)))
    file = tmp_path / "segments" / "3.npz"
    save_segment(file, result)
    save_segment(file, result)
    back = load_segment(file)
    assert (back.segment, back.decoded, back.cuts) == (result.segment, result.decoded, result.cuts)
    np.testing.assert_array_equal(back.camera, result.camera)
    assert len(back.tracklets) == len(result.tracklets) > 0
    for one, two in zip(back.tracklets, result.tracklets, strict=True):
        assert (one.tracklet_id, one.label, one.numbers) == (two.tracklet_id, two.label, two.numbers)
        np.testing.assert_array_equal(one.boxes, two.boxes)
        for a, b in zip(one.samples, two.samples, strict=True):
            assert (a.second, a.t, a.shirt, a.shorts) == (b.second, b.t, b.shirt, b.shorts)
            np.testing.assert_array_equal(a.box, b.box)
            np.testing.assert_array_equal(a.keypoints, b.keypoints)
            np.testing.assert_array_equal(a.appearance, b.appearance)
    assert [p.name for p in file.parent.iterdir()] == ["3.npz"]


def test_an_empty_segment_can_be_stored_and_stitched(write_video: WriteVideo, tmp_path: Path) -> None:
    path = write_video("empty.mp4", images=football(3, runners=0), fps=10)
    result = result_of(path, whole(path))
    assert result.tracklets == ()
    save_segment(tmp_path / "0.npz", result)
    index = stitch(probe(path), [load_segment(tmp_path / "0.npz")], models(), SETTINGS)
    assert [t.label for t in index.tracks] == ["picture"]
    assert index.tracks[0].observations[0].description == "picture without people"
    beyond = result_of(path, Segment(1, Span(60, 120), Span(60, 124)))
    assert (beyond.tracklets, beyond.decoded) == ((), Span(60, 60))


def test_where_the_field_lies_is_kept_and_segments_without_it_are_read(write_video: WriteVideo, tmp_path: Path) -> None:
    result = result_of(write_video("match.mp4", images=football(2), fps=10), Segment(0, Span(0, 2), Span(0, 2)))
    known = Registration(1.0, "football", np.diag([3.0, 2.0, 1.0]), 0.25, sided=False)
    save_segment(tmp_path / "0.npz", replace(result, pitch=(known,)))
    (back,) = load_segment(tmp_path / "0.npz").pitch
    assert (back.t, back.sport, back.error, back.sided) == (1.0, "football", 0.25, False)
    np.testing.assert_array_equal(back.homography, known.homography)
    save_segment(tmp_path / "0.npz", result)
    assert load_segment(tmp_path / "0.npz").pitch == ()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not a segment", b"\x93NUMPY junk"])
def test_a_damaged_segment_is_named(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "0.npz"
    with pytest.raises(StoreError, match="missing or damaged"):
        load_segment(file)
    file.write_bytes(data)
    with pytest.raises(StoreError, match="missing or damaged"):
        load_segment(file)


def test_a_picture_the_detector_fails_on_counts_as_empty(
    write_video: WriteVideo, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_video("match.mp4", images=football(4, runners=1), fps=10)
    detector = Scripted()
    detector.fails_at = {8, 9}
    result = result_of(path, whole(path), models(detector))
    assert detector.seen == 20
    assert len(result.camera_times) == 20
    assert [len(t.times) for t in result.tracklets] == [18]
    assert len([r for r in caplog.records if "detector failed" in r.message]) == 1


def test_a_file_that_ends_early_gives_what_there_is(write_video: WriteVideo) -> None:
    rng = np.random.default_rng(1)
    noisy = [np.clip(i + rng.normal(0, 20, i.shape), 0, 255).astype(np.uint8) for i in football(12, runners=1)]
    path = write_video("half.mp4", images=noisy, fps=10, options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    index = index_of(path)
    assert index.info.duration == pytest.approx(12, abs=0.2)
    assert 3 < index.decoded.end < 9
    assert max(t.tube.span.end for t in index.tracks) <= index.decoded.end + 0.21


def test_a_paused_picture_is_looked_at_once_and_tracked_on(write_video: WriteVideo) -> None:
    moving = football(2, runners=2)
    path = write_video("paused.mp4", images=moving + [moving[-1]] * 40, fps=10)
    detector = Scripted()
    result = result_of(path, whole(path), models(detector))
    assert detector.seen <= 10 + 2  # the pictures that differ, and the same again after 5 s
    assert len(result.camera_times) == 30
    people = [t for t in result.tracklets if t.label == "person"]
    assert len(people) == 2
    for tracklet in people:
        assert len(tracklet.times) == 30
        assert [sample.second for sample in tracklet.samples] == list(range(6))
        assert all(int(sample.t + 1e-6) == sample.second for sample in tracklet.samples)
        assert all(sample.shirt == tracklet.samples[2].shirt for sample in tracklet.samples[3:])


def test_after_a_pause_everything_is_measured_again(write_video: WriteVideo) -> None:
    moving = football(6, runners=1)
    path = write_video("resumed.mp4", images=moving[:21] + [moving[20]] * 20 + moving[21:], fps=10)
    detector = Scripted()
    result = result_of(path, whole(path), models(detector))
    assert 30 <= detector.seen <= 32
    (person,) = result.tracklets
    assert [sample.second for sample in person.samples] == list(range(8))
    assert person.boxes[-1, 0] > person.boxes[15, 0] + 60


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("hello")
    with pytest.raises(BadVideoError, match=r"notes\.mp4 is not a video"):
        list(index_video(path, models(), SETTINGS))
    with pytest.raises(BadVideoError):
        list(index_segment(path, Segment(0, Span(0, 1), Span(0, 1)), models(), SETTINGS))


def test_stopping_early_stops_the_threads(write_video: WriteVideo) -> None:
    import threading

    path = write_video("match.mp4", images=football(10), fps=10)
    before = {thread.name for thread in threading.enumerate()}
    work = index_segment(path, whole(path), models(), SETTINGS)
    next(iter(work))
    work.close()  # type: ignore[attr-defined]
    left = {t.name for t in threading.enumerate()} - before
    assert not [name for name in left if name.startswith(("decode", "detect"))]


def test_stage_times_are_counted(write_video: WriteVideo) -> None:
    times = StageTimes()
    path = write_video("match.mp4", images=football(2), fps=10)
    result_of(path, whole(path), times=times)
    seconds = times.seconds()
    assert {"decode", "detect", "camera", "track", "sample", "numbers"} <= set(seconds)
    assert all(value >= 0 for value in seconds.values())
    assert list(seconds.values()) == sorted(seconds.values(), reverse=True)


def test_importing_the_package_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from grounding.pipeline import Settings, plan_segments; Settings().version_key(); "
        "plan_segments(100, Settings()); "
        "print([m for m in ('av', 'cv2', 'onnxruntime', 'torch', 'scipy', 'transformers') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
