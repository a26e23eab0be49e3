from __future__ import annotations

import numpy as np
import pytest

from grounding.geometry import Array, paired_iou
from grounding.track import SecondLevelTracker
from grounding.track.flow import BoxFlow
from grounding.types import Image

from .scenes import LABELS, box, detections, shift

SIZE = (320, 180)
BODY = np.random.default_rng(3).integers(30, 220, (80, 32, 3), np.uint8).repeat(2, 0)[:80]


def picture(*places: tuple[float, float], ground: int = 90) -> Image:
    """Speckled bodies, 32 x 80 pixels, with their middles at `places`."""
    image = np.full((SIZE[1], SIZE[0], 3), ground, np.uint8)
    for x, y in places:
        left, top = round(x) - 16, round(y) - 40
        image[top : top + 80, left : left + 32] = BODY
    return image


def around(*places: tuple[float, float]) -> Array:
    return np.array([[x - 16, y - 40, x + 16, y + 40] for x, y in places], np.float64)


def test_a_box_goes_where_its_body_went() -> None:
    flow = BoxFlow()
    flow.update(picture((100, 90), (220, 90)))
    flow.update(picture((112, 86), (205, 92)))
    before = around((100, 90), (220, 90))
    boxes, sure = flow.carry(before, before)
    assert sure.all()
    assert paired_iou(boxes, around((112, 86), (205, 92))).min() > 0.9


def test_a_far_way_is_found_from_where_it_is_expected() -> None:
    flow = BoxFlow()
    flow.update(picture((60, 90)))
    flow.update(picture((200, 90)))
    boxes, sure = flow.carry(around((60, 90)), around((190, 92)))
    assert sure.all()
    assert paired_iou(boxes, around((200, 90))).min() > 0.9


def test_who_is_gone_is_not_carried() -> None:
    flow = BoxFlow()
    flow.update(picture((100, 90)))
    flow.update(picture())
    expected = around((104, 90))
    boxes, sure = flow.carry(around((100, 90)), expected)
    assert not sure.any()
    np.testing.assert_array_equal(boxes, expected)


@pytest.mark.parametrize("forget", [False, True])
def test_nothing_is_carried_without_a_picture_before(*, forget: bool) -> None:
    flow = BoxFlow()
    if forget:
        flow.update(picture((100, 90)))
        flow.reset()
    flow.update(picture((100, 90)))
    _, sure = flow.carry(around((100, 90)), around((100, 90)))
    assert not sure.any()


def test_pictures_of_another_size_begin_anew() -> None:
    flow = BoxFlow()
    flow.update(picture((100, 90)))
    flow.update(np.zeros((90, 160, 3), np.uint8))
    _, sure = flow.carry(around((100, 90)), around((100, 90)))
    assert not sure.any()
    assert flow.carry(np.zeros((0, 4)), np.zeros((0, 4)))[0].shape == (0, 4)


class Told:
    """A flow that knows: everybody moves by `way` from picture to picture."""

    def __init__(self, way: float, *, sure: bool = True) -> None:
        self._way = way
        self._sure = sure

    def carry(self, boxes: Array, expected: Array) -> tuple[Array, np.ndarray]:
        return boxes + np.array([self._way, 0, self._way, 0]), np.full(len(boxes), self._sure)


def test_two_who_exchange_places_between_looks_are_told_apart_by_the_flow() -> None:
    tracker = SecondLevelTracker(1.0, LABELS)
    way = {0: 40.0, 1: -40.0}

    class Crossing:
        def carry(self, boxes: Array, expected: Array) -> tuple[Array, np.ndarray]:
            steps = np.array([[way[k], 0, way[k], 0] for k in range(len(boxes))])
            return boxes + steps, np.ones(len(boxes), bool)

    for second in range(3):
        # A second later each stands about where the other one stood.
        left, right = (200.0, 400.0) if second % 2 == 0 else (400.0, 200.0)
        seen = tracker.update(float(second), detections([box(left, 300), box(right, 300)]), flow=Crossing())
        assert [identity for identity, _, _ in seen] == [0, 1]
        way = {0: 40.0, 1: -40.0} if second % 2 == 0 else {0: -40.0, 1: 40.0}
        for step in range(1, 5):
            tracker.carry(second + step / 5, Crossing())
    assert [len(t.times) for t in tracker.tracklets()] == [11, 11]


def test_what_was_carried_is_bent_to_end_at_the_detection() -> None:
    tracker = SecondLevelTracker(1.0, LABELS)
    tracker.update(0.0, detections([box(100, 300)]))
    for step in range(1, 5):
        tracker.carry(step / 5, Told(20.0))
    tracker.update(1.0, detections([box(190, 300)]), flow=Told(20.0))
    (run,) = tracker.tracklets()
    np.testing.assert_allclose(run.times, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    middles = (run.boxes[:, 0] + run.boxes[:, 2]) / 2
    assert middles[0] == pytest.approx(100)
    assert middles[-1] == pytest.approx(190)
    assert np.all(np.diff(middles) > 10)
    assert np.abs(middles[1:-1] - (100 + 90 * run.times[1:-1])).max() < 4


def test_nobody_is_where_they_were_only_carried_to() -> None:
    tracker = SecondLevelTracker(1.0, LABELS)
    tracker.update(0.0, detections([box(100, 300)]))
    for step in range(1, 5):
        tracker.carry(step / 5, Told(20.0))
    assert [list(run.times) for run in tracker.tracklets()] == [[0.0]]
    tracker.carry(1.0, Told(20.0, sure=False))
    for step in range(1, 20):
        tracker.carry(1 + step / 5, None, shift(3.0))
    tracker.update(5.0, detections([]))
    assert [list(run.times) for run in tracker.tracklets()] == [[0.0]]


def test_time_advances_when_carrying_too() -> None:
    tracker = SecondLevelTracker(1.0, LABELS)
    tracker.update(1.0, detections([box(100, 300)]))
    with pytest.raises(ValueError, match=r"time must advance, got 1\.0 after 1\.0"):
        tracker.carry(1.0, None)
