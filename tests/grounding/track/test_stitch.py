from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grounding.track import stitch_segments
from grounding.track.stitch import Stitched
from grounding.types import CropSample, Segment, SegmentResult, Span, Tracklet

from .scenes import Path, shift, tracklet

LENGTH, OVERLAP = 10.0, 4.0


def segment(index: int, tracklets: list[Tracklet], *, cuts: tuple[float, ...] = (), end: float = 14.0) -> SegmentResult:
    start = index * LENGTH
    reach = Span(start, start + end)
    times = np.arange(round(reach.start * 5), round(reach.end * 5)) / 5
    camera = np.repeat(shift(index + 1.0)[None], len(times), axis=0)
    camera[0] = np.eye(3)
    own = Segment(index, Span(start, start + LENGTH), Span(start, start + LENGTH + OVERLAP))
    return SegmentResult(own, reach, cuts, tuple(tracklets), times, camera)


def span_times(start: float, end: float) -> np.ndarray:
    return np.arange(round(start * 5), round(end * 5)) / 5


def walk(x: float, y: float = 300.0, speed: float = 30.0) -> Path:
    return lambda t: (x + speed * t, y)


def boxes_once(stitched: Stitched) -> None:
    """No two tracklets of a class have (nearly) the same box at one time, none has a time twice."""
    seen: set[tuple[str, float, tuple[int, ...]]] = set()
    for t in stitched.tracklets:
        assert np.all(np.diff(t.times) > 1e-6)
        assert t.boxes.shape == (len(t.times), 4)
        assert t.scores.shape == (len(t.times),)
        for at, box in zip(t.times, t.boxes, strict=True):
            key = (t.label, round(float(at), 3), tuple(np.rint(box).astype(int).tolist()))
            assert key not in seen
            seen.add(key)


def test_a_run_across_the_border_becomes_one() -> None:
    path = walk(50)
    stitched = stitch_segments(
        [segment(0, [tracklet(0, span_times(6, 14), path)]), segment(1, [tracklet(0, span_times(10, 20), path)])]
    )
    (only,) = stitched.tracklets
    np.testing.assert_allclose(only.times, span_times(6, 20))
    assert only.tracklet_id == 0
    boxes_once(stitched)


def test_two_runs_keep_apart_and_get_new_identifiers() -> None:
    a, b = walk(50), walk(60, y=520.0)
    stitched = stitch_segments(
        [
            segment(0, [tracklet(0, span_times(0, 14), a), tracklet(1, span_times(1, 14), b)]),
            segment(1, [tracklet(0, span_times(10, 24), b), tracklet(1, span_times(10, 24), a)]),
        ]
    )
    assert [t.tracklet_id for t in stitched.tracklets] == [0, 1]
    assert [len(t.times) for t in stitched.tracklets] == [120, 115]
    assert float(np.ptp(stitched.tracklets[1].boxes[:, 1])) == pytest.approx(0.0)
    boxes_once(stitched)


def test_a_run_only_one_side_saw_is_kept() -> None:
    stitched = stitch_segments(
        [
            segment(0, [tracklet(0, span_times(12, 14), walk(50))]),
            segment(1, [tracklet(0, span_times(13, 18), walk(50, y=100.0)), tracklet(1, span_times(20, 22), walk(0))]),
        ]
    )
    assert [len(t.times) for t in stitched.tracklets] == [10, 25, 10]


def test_a_run_split_on_one_side_is_not_there_twice() -> None:
    path = walk(50)
    stitched = stitch_segments(
        [
            segment(0, [tracklet(0, span_times(5, 11), path), tracklet(1, span_times(11, 14), path)]),
            segment(1, [tracklet(0, span_times(10, 20), path)]),
        ]
    )
    boxes_once(stitched)
    assert sum(len(t.times) for t in stitched.tracklets) == len(span_times(5, 20))


def test_a_gap_on_one_side_is_filled_by_the_other() -> None:
    path = walk(50)
    holed = np.delete(span_times(6, 14), slice(22, 26))
    stitched = stitch_segments(
        [segment(0, [tracklet(0, holed, path)]), segment(1, [tracklet(0, span_times(10, 20), path)])]
    )
    (only,) = stitched.tracklets
    np.testing.assert_allclose(only.times, span_times(6, 20))


def test_three_segments_in_any_order_and_one_missing() -> None:
    path = walk(0, speed=10)
    parts = [segment(k, [tracklet(0, span_times(10 * k, 10 * k + 14), path)]) for k in range(3)]
    whole = stitch_segments([parts[2], parts[0], parts[1]])
    assert [len(t.times) for t in whole.tracklets] == [34 * 5]
    assert whole.decoded == Span(0, 34)
    holed = stitch_segments([parts[2], parts[0]])
    assert [len(t.times) for t in holed.tracklets] == [70, 70]


def test_samples_and_numbers_come_along_once_a_second() -> None:
    def with_samples(run: Tracklet, sharpness: float, number: str) -> Tracklet:
        seconds = sorted({int(t) for t in run.times})
        samples = tuple(CropSample(s, s + 0.4, run.boxes[0], sharpness) for s in seconds)
        return Tracklet(0, run.label, run.times, run.boxes, run.scores, samples, ((number, 0.8),))

    path = walk(50)
    first = with_samples(tracklet(0, span_times(8, 14), path), 1.0, "10")
    second = with_samples(tracklet(0, span_times(10, 16), path), 2.0, "10")
    (only,) = stitch_segments([segment(0, [first]), segment(1, [second])]).tracklets
    assert [s.second for s in only.samples] == list(range(8, 16))
    assert [s.sharpness for s in only.samples] == [1, 1, 2, 2, 2, 2, 2, 2]
    assert only.numbers == (("10", 0.8), ("10", 0.8))


def test_signatures_are_averaged_by_length() -> None:
    path = walk(50)
    a, b = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
    first = tracklet(0, span_times(8, 14), path, signature=a)
    second = tracklet(0, span_times(10, 13), path, signature=b)
    (only,) = stitch_segments([segment(0, [first]), segment(1, [second])]).tracklets
    assert only.signature is not None
    np.testing.assert_allclose(only.signature, np.array([2.0, 1.0]) / np.sqrt(5), rtol=1e-5)


def test_cuts_and_camera_are_merged_without_repeats() -> None:
    stitched = stitch_segments([segment(0, [], cuts=(5.0, 12.0)), segment(1, [], cuts=(12.0, 15.0))])
    assert stitched.cuts == (5.0, 12.0, 15.0)
    np.testing.assert_allclose(stitched.camera_times, span_times(0, 24))
    assert stitched.camera.shape == (120, 3, 3)
    # The first picture of the second segment knows no motion; the first segment's answer is kept.
    assert stitched.camera[50, 0, 2] == 1.0
    assert stitched.camera[80, 0, 2] == 2.0


def test_no_or_doubled_segments_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        stitch_segments([])
    with pytest.raises(ValueError, match="twice"):
        stitch_segments([segment(0, []), segment(0, [])])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_nothing_is_twice_and_nothing_is_lost(seed: int) -> None:
    """Walkers far apart, each segment cutting its runs at random places."""
    rng = np.random.default_rng(seed)
    parts: list[list[Tracklet]] = [[], []]
    covered: set[tuple[int, int]] = set()
    for person in range(4):
        path = walk(50, y=120.0 + 150 * person)
        for k, (low, high) in enumerate([(0, 70), (50, 120)]):
            edges = sorted({low, high, *(int(e) for e in rng.integers(low, high, 2))})
            for a, b in pairwise(edges):
                if b - a >= 2 and rng.random() < 0.8:
                    parts[k].append(tracklet(len(parts[k]), np.arange(a, b) / 5, path))
                    covered |= {(person, tick) for tick in range(a, b)}
    stitched = stitch_segments([segment(0, parts[0]), segment(1, parts[1])])
    boxes_once(stitched)
    kept = {
        (round((float(box[1]) + 50 - 120) / 150), round(float(t) * 5))
        for run in stitched.tracklets
        for t, box in zip(run.times, run.boxes, strict=True)
    }
    # A single box left over from what others have claimed is no run and may go.
    assert kept <= covered
    assert len(covered - kept) <= 4
