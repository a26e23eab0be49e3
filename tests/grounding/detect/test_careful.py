"""What a detector may give and what is made of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from grounding.detect.careful import CarefulDetector
from grounding.detect.clean import MOST_BOXES, sound
from grounding.types import Detections, Image

PICTURE: Image = np.zeros((90, 160, 3), np.uint8)
NAN, INF = float("nan"), float("inf")


def given(boxes: Sequence[Sequence[float]], scores: Sequence[float] | None = None, label: int = 0) -> Detections:
    n = len(boxes)
    strength = np.asarray(scores if scores is not None else [0.5] * n, np.float32)
    return Detections(np.asarray(boxes, np.float32).reshape(-1, 4), strength, np.full(n, label, np.int16))


@pytest.mark.parametrize(
    "box",
    [
        (NAN, 1, 5, 9), (1, 1, NAN, 9), (1, 1, INF, 9), (-INF, 1, 5, 9), (9, 1, 5, 9), (1, 9, 5, 2), (5, 5, 5, 9),
        (1, 5, 9, 5), (170, 10, 180, 20), (-20, 10, -10, 20), (10, 95, 20, 99),
    ],
)  # fmt: skip
def test_a_box_that_is_none_is_dropped(box: tuple[float, ...]) -> None:
    good, bad = sound(given([box, (10, 10, 20, 40)]), 1, 160, 90)
    assert good.boxes.tolist() == [[10, 10, 20, 40]]
    assert bad == 1


def test_scores_and_labels_count_too() -> None:
    assert sound(given([(1, 1, 5, 9)], [NAN]), 1, 160, 90)[1] == 1
    assert sound(given([(1, 1, 5, 9)], label=1), 1, 160, 90)[1] == 1
    assert sound(given([(1, 1, 5, 9)], label=-1), 1, 160, 90)[1] == 1


def test_boxes_are_cut_to_the_picture_and_sound_ones_are_handed_on() -> None:
    cut, bad = sound(given([(-5, -5, 170, 50)]), 1, 160, 90)
    assert cut.boxes.tolist() == [[0, 0, 160, 50]]
    assert bad == 0
    fine = given([(1, 1, 5, 9)])
    assert sound(fine, 1, 160, 90)[0] is fine


def test_of_too_many_boxes_the_strongest_stay_in_their_order() -> None:
    scores = np.random.default_rng(1).permutation(10_000) / 10_000
    many = given([(1, 1, 4, 4)] * 10_000, scores.tolist())
    kept, bad = sound(many, 1, 160, 90)
    assert bad == 0
    assert len(kept) == MOST_BOXES
    assert kept.scores.min() == pytest.approx(1 - MOST_BOXES / 10_000)
    assert kept.scores.tolist() == [s for s in many.scores.tolist() if s >= kept.scores.min()]


class Moody:
    """Fails on dark pictures, and on any batch that has one."""

    labels = ("person",)

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        if any(image.max() == 0 for image in images):
            raise RuntimeError("no")
        return [given([(1, 1, 5, 9), (NAN, 1, 5, 9)]) for _ in images]


def test_a_failing_picture_is_empty_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    bright = PICTURE + 9
    found = CarefulDetector(Moody()).detect([bright, PICTURE, bright, PICTURE])
    assert [len(item) for item in found] == [1, 0, 1, 0]
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        "the detector failed on a picture",
        "the detector gave 1 boxes of a picture that are none",
    ]


def test_no_pictures_are_no_boxes() -> None:
    assert CarefulDetector(Moody()).detect([]) == []
