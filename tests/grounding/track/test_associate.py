from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grounding.track import SecondLevelTracker, TrackerSettings
from grounding.types import Detections

from .scenes import LABELS, Path, box, detections, shift, watch

RED = np.array([1.0, 0.0, 0.0], np.float32)
BLUE = np.array([0.0, 1.0, 0.0], np.float32)


@pytest.fixture
def tracker() -> SecondLevelTracker:
    return SecondLevelTracker(5.0, LABELS)


def seconds(rate: float, length: float) -> list[float]:
    return [k / rate for k in range(round(rate * length))]


@pytest.mark.parametrize("rate", [1.0, 2.0, 5.0, 10.0])
def test_walkers_keep_their_identifier_at_any_rate(rate: float) -> None:
    given = watch(
        SecondLevelTracker(rate, LABELS),
        [lambda t: (100 + 90 * t, 200.0), lambda t: (900 - 60 * t, 420.0)],
        seconds(rate, 8.0),
    )
    assert given[0] == [0] * len(given[0])
    assert given[1] == [1] * len(given[1])


def test_a_sprinter_whose_boxes_never_touch_is_one_target() -> None:
    # 5 heights a second at 2 Hz: neighbouring boxes are two heights apart.
    given = watch(SecondLevelTracker(2.0, LABELS), [lambda t: (50 + 250 * t, 300.0)], seconds(2.0, 4.0))
    assert set(given[0]) == {0}


def test_crossing_walkers_keep_their_direction(tracker: SecondLevelTracker) -> None:
    given = watch(tracker, [lambda t: (100 + 120 * t, 300.0), lambda t: (700 - 120 * t, 310.0)], seconds(5.0, 5.0))
    assert given[0][0] == given[0][-1]
    assert given[1][0] == given[1][-1]
    assert len({*given[0], *given[1]}) == 2


def test_colours_decide_where_motion_cannot() -> None:
    def bounce(start: float, sign: float) -> Path:
        # They meet and turn back: by motion alone each would go on as the other.
        return lambda t: (start + sign * 150 * min(t, 3.9 - t), 300.0)

    paths = [bounce(100.0, 1.0), bounce(715.0, -1.0)]
    given = watch(SecondLevelTracker(5.0, LABELS), paths, seconds(5.0, 3.8), looks=[RED, BLUE])
    assert set(given[0]) == {0}
    assert set(given[1]) == {1}


def test_a_short_occlusion_is_bridged(tracker: SecondLevelTracker) -> None:
    given = watch(tracker, [lambda t: None if 2.0 <= t < 2.35 else (100 + 80 * t, 300.0)], seconds(5.0, 5.0))
    assert set(given[0]) == {0}


def test_a_long_absence_ends_the_run(tracker: SecondLevelTracker) -> None:
    given = watch(tracker, [lambda t: None if 2.0 <= t < 5.0 else (100 + 10 * t, 300.0)], seconds(5.0, 7.0))
    assert set(given[0]) == {0, 1}
    runs = tracker.tracklets()
    assert [len(run.times) for run in runs] == [10, 10]
    assert runs[0].times[-1] == pytest.approx(1.8)


def test_a_fast_pan_is_taken_out(tracker: SecondLevelTracker) -> None:
    # Two players stand 140 px apart while the picture moves 140 px a step: without the camera they would be exchanged.
    def run(*, told: bool) -> list[set[int]]:
        own = SecondLevelTracker(5.0, LABELS)
        seen: list[set[int]] = [set(), set()]
        for k in range(8):
            boxes = [box(200 + 140 * k, 300), box(340 + 140 * k, 300)]
            for i, b, _ in own.update(k / 5, detections(boxes), shift(140) if told and k else None):
                seen[int(b[0] > boxes[0][0] + 1)].add(i)
        return seen

    assert run(told=True) == [{0}, {1}]
    assert run(told=False) != [{0}, {1}]


def test_a_zoom_scales_place_and_size(tracker: SecondLevelTracker) -> None:
    zoom = np.array([[1.3, 0, 0], [0, 1.3, 0], [0, 0, 1]])
    identifiers = set()
    for k in range(6):
        scale = 1.3**k
        seen = tracker.update(k / 5, detections([box(200 * scale, 150 * scale, 60 * scale)]), zoom if k else None)
        identifiers |= {i for i, _, _ in seen}
    assert identifiers == {0}


def test_weak_detections_continue_a_target_but_start_none(tracker: SecondLevelTracker) -> None:
    for k in range(10):
        strong = 0.15 if 3 <= k < 7 else 0.8
        boxes = [box(100 + 10 * k, 200), box(600, 400)]
        tracker.update(k / 5, detections(boxes, [strong, 0.15]))
    (only,) = tracker.tracklets()
    assert len(only.times) == 10
    assert only.scores.min() == pytest.approx(0.15)


def test_a_single_flash_is_no_tracklet(tracker: SecondLevelTracker) -> None:
    tracker.update(0.0, detections([box(100, 200)]))
    for k in range(1, 10):
        tracker.update(k / 5, detections([]))
    assert tracker.tracklets() == []


def test_a_second_box_on_the_same_person_starts_nothing(tracker: SecondLevelTracker) -> None:
    for k in range(6):
        boxes = [box(300, 300), box(302, 303)] if k >= 2 else [box(300, 300)]
        tracker.update(k / 5, detections(boxes))
    assert len(tracker.tracklets()) == 1


def test_classes_are_never_mixed(tracker: SecondLevelTracker) -> None:
    for k in range(4):
        both = Detections(
            np.array([box(300, 300), box(300, 300)], np.float32),
            np.full(2, 0.7, np.float32),
            np.array([0, 1], np.int16),
        )
        tracker.update(k / 5, both)
    for k in range(4, 8):
        tracker.update(k / 5, detections([box(300, 300)], label=1))
    assert sorted((run.label, len(run.times)) for run in tracker.tracklets()) == [("person", 4), ("sports ball", 8)]


def test_a_passed_ball_is_followed(tracker: SecondLevelTracker) -> None:
    identifiers = set()
    for k in range(6):
        seen = tracker.update(k / 5, detections([box(100 + 60 * k, 300, 16)], label=1))
        identifiers |= {i for i, _, _ in seen}
    assert identifiers == {0}


def test_a_cut_ends_everything(tracker: SecondLevelTracker) -> None:
    for k in range(4):
        tracker.update(k / 5, detections([box(300, 300)]))
    tracker.cut(0.8)
    for k in range(4, 8):
        tracker.update(k / 5, detections([box(300, 300)]))
    first, second = tracker.tracklets()
    assert first.times[-1] == pytest.approx(0.6)
    assert second.times[0] == pytest.approx(0.8)


def test_exchangeable_targets_are_split_rather_than_swapped() -> None:
    def merge(t: float, sign: float) -> tuple[float, float] | None:
        # Two people stand at one place, then walk apart: nothing tells who is who.
        return (400 + sign * 2, 300.0) if t < 2.0 else (400 + sign * (2 + 60 * (t - 2)), 300.0)

    tracker = SecondLevelTracker(5.0, LABELS, TrackerSettings(ambiguity=0.4))
    given = watch(tracker, [lambda t: merge(t, -1), lambda t: merge(t, 1)], seconds(5.0, 4.0))
    assert given[0][0] != given[0][-1]
    assert given[1][0] != given[1][-1]


def test_identifiers_belong_to_the_instance() -> None:
    for _ in range(2):
        fresh = SecondLevelTracker(5.0, LABELS)
        assert [i for i, _, _ in fresh.update(0.0, detections([box(10, 60)]))] == [0]


def test_bad_calls_are_refused(tracker: SecondLevelTracker) -> None:
    tracker.update(1.0, detections([box(10, 60)]))
    with pytest.raises(ValueError, match="time must advance"):
        tracker.update(1.0, detections([]))
    with pytest.raises(ValueError, match="ahead"):
        tracker.cut(0.5)
    with pytest.raises(ValueError, match="appearance rows"):
        tracker.update(1.2, detections([box(10, 60)]), appearance=np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match="rate"):
        SecondLevelTracker(0.0, LABELS)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 3.0, 5.0]))
def test_no_detection_is_given_twice_and_times_increase(seed: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    tracker = SecondLevelTracker(rate, LABELS, TrackerSettings(min_hits=1))
    total = 0
    for k in range(12):
        n = int(rng.integers(0, 7))
        boxes = [box(rng.uniform(0, 600), rng.uniform(0, 600), rng.uniform(20, 200)) for _ in range(n)]
        seen = tracker.update(k / rate, detections(boxes, rng.uniform(0.1, 1, n)))
        total += len(seen)
        assert len({i for i, _, _ in seen}) == len(seen) <= n
        assert len({tuple(b) for _, b, _ in seen}) == len(seen)
    runs = tracker.tracklets()
    assert sum(len(run.times) for run in runs) == total
    assert all(np.all(np.diff(run.times) > 0) for run in runs)
    assert [run.tracklet_id for run in runs] == sorted({run.tracklet_id for run in runs})


def test_twelve_people_cost_little() -> None:
    tracker = SecondLevelTracker(5.0, LABELS)
    rng = np.random.default_rng(0)
    looks = rng.random((12, 52)).astype(np.float32)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    costs = []
    for k in range(60):
        boxes = [box(80 * i + 5 * k, 200 + 20 * i) for i in range(12)]
        start = time.process_time()
        tracker.update(k / 5, detections(boxes), shift(3), appearance=looks)
        costs.append(time.process_time() - start)
    # 0.5 ms on an idle core; the bound leaves room for a busy one.
    assert np.median(costs) < 0.003
