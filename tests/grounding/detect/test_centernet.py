"""The detector on real pictures, and its parts on made-up heads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grounding.detect import SPORT_LABELS, CenterNetDetector
from grounding.detect.centernet import fit, suppress
from grounding.geometry import iou_matrix
from grounding.types import Image
from tests.grounding.real_pictures import CYCLIST, cyclist


@pytest.fixture(scope="module")
def street() -> Image:
    return cyclist()


@pytest.fixture(scope="module")
def detector() -> CenterNetDetector:
    return CenterNetDetector()


def test_finds_the_cyclist(detector: CenterNetDetector, street: Image) -> None:
    (found,) = detector.detect([street])
    assert detector.labels[found.labels[0]] == "person"
    assert found.scores[0] > 0.4
    np.testing.assert_allclose(found.boxes[0], CYCLIST[0], atol=12)
    assert {"bicycle", "motorcycle"} <= {detector.labels[label] for label in found.labels}
    assert np.all(np.diff(found.scores) <= 0)
    assert found.scores.min() >= 0.15


def test_boxes_follow_the_picture_when_it_is_scaled(detector: CenterNetDetector, street: Image) -> None:
    import cv2

    large = np.asarray(cv2.resize(street, (1280, 544), interpolation=cv2.INTER_CUBIC), np.uint8)
    small_box = detector.detect([street])[0].boxes[0]
    large_box = detector.detect([large])[0].boxes[0]
    np.testing.assert_allclose(large_box, 2 * small_box, atol=12)


def test_boxes_stay_where_they_are_in_a_tall_picture(detector: CenterNetDetector, street: Image) -> None:
    """Padding changes the picture the network sees, not the pixels that boxes are counted in."""
    tall = np.concatenate([street, np.full((500, 640, 3), 90, np.uint8)])
    (found,) = detector.detect([tall])
    people = found.boxes[found.labels == 0]
    assert np.max(iou_matrix(people, CYCLIST)) > 0.7


def test_several_pictures_at_once_give_the_same(detector: CenterNetDetector, street: Image) -> None:
    pictures = [street, street[:, ::-1].copy(), np.zeros((90, 160, 3), np.uint8)]
    together = detector.detect(pictures)
    for picture, found in zip(pictures, together, strict=True):
        (alone,) = detector.detect([picture])
        np.testing.assert_array_equal(found.boxes, alone.boxes)
    assert detector.detect([]) == []
    assert len(together[2]) == 0


def test_labels_and_thresholds_choose(street: Image) -> None:
    (everything,) = CenterNetDetector().detect([street])
    chosen = CenterNetDetector(labels=("motorcycle", "person"), thresholds={"motorcycle": 0.9})
    (found,) = chosen.detect([street])
    people = everything.boxes[everything.labels == SPORT_LABELS.index("person")]
    np.testing.assert_array_equal(found.boxes, people)
    assert set(found.labels) == {1}


def test_a_larger_side_still_finds_the_same_place(street: Image) -> None:
    (found,) = CenterNetDetector(max_side=640, labels=("person",)).detect([street])
    assert np.max(iou_matrix(found.boxes, CYCLIST)) > 0.7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ("person", "ghost")}, "ghost"),
        ({"labels": ()}, "none"),
        ({"max_side": 500}, "500"),
        ({"max_side": 0}, "0"),
        ({"threshold": 0.0}, "between 0 and 1"),
        ({"thresholds": {"person": 1.0}}, "between 0 and 1"),
    ],
)
def test_wrong_settings_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CenterNetDetector(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(40, 40), (40, 40, 4)])
def test_what_is_no_picture_is_refused(detector: CenterNetDetector, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="height, width, 3"):
        detector.detect([np.zeros(shape, np.uint8)])


@given(height=st.integers(1, 700), width=st.integers(1, 700))
@settings(max_examples=25, deadline=None)
def test_fitting_keeps_the_shape_and_pads_to_32(height: int, width: int) -> None:
    canvas, scale = fit(np.full((height, width, 3), 255, np.uint8), 128)
    assert canvas.shape[0] % 32 == 0
    assert canvas.shape[1] % 32 == 0
    assert max(canvas.shape) == 128
    rows, columns = canvas.any(axis=(1, 2)).sum(), canvas.any(axis=(0, 2)).sum()
    assert abs(rows - max(1, height * scale)) <= 0.5
    assert abs(columns - max(1, width * scale)) <= 0.5


def _suppressed_slowly(boxes: np.ndarray, scores: np.ndarray, labels: np.ndarray) -> list[int]:
    kept: list[int] = []
    for index in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        rivals = [i for i in kept if labels[i] == labels[index]]
        if all(iou_matrix(boxes[index : index + 1], boxes[i : i + 1])[0, 0] <= 0.65 for i in rivals):
            kept.append(index)
    return kept


@given(
    corners=hnp.arrays(np.int32, st.tuples(st.integers(0, 12), st.just(4)), elements=st.integers(0, 12)),
    seed=st.integers(0, 99),
)
@settings(max_examples=100, deadline=None)
def test_suppression_agrees_with_a_slow_one(corners: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    boxes = np.concatenate([corners[:, :2], corners[:, :2] + corners[:, 2:] + 1], axis=1).astype(np.float32)
    scores = rng.permutation(len(boxes)).astype(np.float32)
    labels = rng.integers(0, 2, len(boxes)).astype(np.int16)
    assert suppress(boxes, scores, labels).tolist() == _suppressed_slowly(boxes, scores, labels)
