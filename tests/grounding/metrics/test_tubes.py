"""Edge cases by hand, and agreement with an exact slow oracle."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.metrics import gt_viou, m_tiou, m_viou, recall_at, tiou, tracker_recall, viou, viou_at
from grounding.types import Span, Tube

BOX = (0.0, 0.0, 10.0, 10.0)


def tube(start: float, end: float, box: tuple[float, float, float, float] = BOX, step: float = 0.2) -> Tube:
    times = np.arange(round(start / step), round(end / step), dtype=np.float64) * step
    return Tube(times, np.tile(np.array(box, np.float32), (len(times), 1)), step)


@pytest.mark.parametrize(
    ("predicted", "true", "expected"),
    [
        (Span(0, 10), Span(0, 10), 1.0),
        (Span(0, 5), Span(5, 10), 0.0),  # half-open: touching spans share nothing
        (Span(0, 5), Span(7, 10), 0.0),
        (Span(0, 10), Span(5, 10), 0.5),
        (Span(3, 3), Span(3, 3), 0.0),  # two empty spans have no seconds to agree on
    ],
)
def test_tiou(predicted: Span, true: Span, expected: float) -> None:
    assert tiou(predicted, true) == pytest.approx(expected)


def test_viou_of_equal_tubes_is_one() -> None:
    assert viou(tube(1, 3), tube(1, 3)) == pytest.approx(1.0)


def test_viou_is_tiou_when_boxes_agree() -> None:
    assert viou(tube(0, 4), tube(2, 6)) == pytest.approx(tiou(Span(0, 4), Span(2, 6)), abs=1e-6)


def test_viou_scales_with_the_overlap_of_boxes() -> None:
    assert viou(tube(0, 2, (0, 0, 10, 5)), tube(0, 2)) == pytest.approx(0.5)


def test_missing_boxes_inside_the_span_count_zero() -> None:
    whole = tube(0, 4)
    keep = (whole.times < 1 - 1e-9) | (whole.times >= 3 - 1e-9)
    assert viou(Tube(whole.times[keep], whole.boxes[keep]), whole) == pytest.approx(0.5)


def test_a_coarser_tube_is_interpolated() -> None:
    times = np.array([0.0, 1.0, 2.0])
    coarse = Tube(times, np.array([(t, 0, t + 10, 10) for t in times], np.float32), 1.0)
    grid = np.arange(0, 11, dtype=np.float64) * 0.2
    exact = Tube(grid, np.array([(t, 0, t + 10, 10) for t in grid], np.float32), 0.2)
    assert gt_viou(coarse, exact) == pytest.approx(1.0)


def test_gt_viou_ignores_what_lies_outside_the_true_span() -> None:
    assert gt_viou(tube(0, 100), tube(10, 12)) == pytest.approx(1.0)


def test_viou_at_is_strict() -> None:
    assert viou_at(0.5, [0.5, 0.51]) == 0.5
    assert viou_at(0.5, []) == 0.0


def test_means() -> None:
    assert m_tiou([(Span(0, 1), Span(0, 1)), (Span(0, 1), Span(1, 2))]) == 0.5
    assert m_viou([(tube(0, 2), tube(0, 2)), (tube(0, 2), tube(4, 6))]) == pytest.approx(0.5)
    assert m_viou([]) == 0.0


def test_tracker_recall_takes_the_best_track() -> None:
    assert tracker_recall([tube(0, 2), tube(4, 6)], [tube(4, 6), tube(8, 9)]) == pytest.approx([1.0, 0.0])
    assert tracker_recall([], [tube(0, 1)]) == [0.0]


def test_recall_at_counts_the_first_k_only() -> None:
    ranked, answers = [tube(8, 9), tube(0, 2)], [tube(0, 2)]
    assert not recall_at(1, ranked, answers, threshold=0.3)
    assert recall_at(2, ranked, answers, threshold=0.3)
    assert not recall_at(5, ranked, [], threshold=0.3)


spans = st.tuples(st.integers(0, 40), st.integers(1, 40))
boxes = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 30), st.integers(1, 30))


@given(spans, spans, boxes, boxes)
def test_agrees_with_the_slow_oracle(
    a: tuple[int, int], b: tuple[int, int], p: tuple[int, ...], q: tuple[int, ...]
) -> None:
    def build(span: tuple[int, int], box: tuple[int, ...]) -> tuple[Tube, dict[int, tuple[int, ...]]]:
        # the box moves one pixel a step, so that a wrong time shows in the score
        frames: dict[int, tuple[int, ...]] = {
            i: (box[0] + i, box[1], box[0] + i + box[2], box[1] + box[3]) for i in range(span[0], span[0] + span[1])
        }
        return Tube(np.array(list(frames), np.float64) * 0.2, np.array(list(frames.values()), np.float32)), frames

    (ours, mine), (theirs, yours) = build(a, p), build(b, q)
    union = max(*mine, *yours) + 1 - min(*mine, *yours)
    total = 0.0
    for i in mine.keys() & yours.keys():
        x, y = mine[i], yours[i]
        width = max(0.0, min(x[2], y[2]) - max(x[0], y[0]))
        height = max(0.0, min(x[3], y[3]) - max(x[1], y[1]))
        both = width * height
        total += both / ((x[2] - x[0]) * (x[3] - x[1]) + (y[2] - y[0]) * (y[3] - y[1]) - both)
    assert math.isclose(viou(ours, theirs), total / union, abs_tol=1e-5)
