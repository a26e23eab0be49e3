"""Edge cases by hand, and agreement with an exact slow oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.metrics import gt_viou, m_tiou, m_viou, recall_at, tiou, tracker_recall, viou, viou_at, viou_int
from grounding.types import Span, Tube
from tests.grounding.metrics import oracle

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


def test_viou_int_ignores_what_only_one_span_has() -> None:
    # [0, 4) and [2, 6) share 2 s; there the predicted box is half the true one
    assert viou_int(tube(0, 4, (0, 0, 10, 5)), tube(2, 6)) == pytest.approx(0.5)
    assert viou_int(tube(0, 2), tube(2, 4)) == 0.0


def test_a_perfect_tube_scores_one_though_the_target_was_away_in_between() -> None:
    whole = tube(0, 4)
    keep = (whole.times < 1 - 1e-9) | (whole.times >= 3 - 1e-9)
    true = Tube(whole.times[keep], whole.boxes[keep])
    for predicted in (true, whole):
        assert viou(predicted, true) == viou_int(predicted, true) == gt_viou(predicted, true) == 1.0


corners = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 30), st.integers(1, 30))
boxes = corners.map(lambda c: (c[0], c[1], c[0] + c[2], c[1] + c[3]))
tubes = st.dictionaries(st.integers(0, 40), boxes, min_size=1, max_size=40)


@given(tubes, tubes, st.sampled_from([0.2, 1.0, 1 / 25, 1001 / 30000]))
def test_agrees_with_the_slow_oracle(ours: oracle.Boxes, theirs: oracle.Boxes, step: float) -> None:
    def build(found: oracle.Boxes) -> tuple[Tube, tuple[int, int]]:
        frames = sorted(found)
        times = np.array(frames, np.float64) * step
        return Tube(times, np.array([found[f] for f in frames], np.float32), step), (frames[0], frames[-1] + 1)

    (predicted, span), (true, true_span) = build(ours), build(theirs)
    expected = oracle.scores(span, ours, true_span, theirs)
    actual = tuple(metric(predicted, true, step=step) for metric in (viou, viou_int, gt_viou))
    assert actual == pytest.approx(tuple(map(float, expected)), abs=1e-9)
    assert tiou(predicted.span, true.span) == pytest.approx(float(oracle.tiou(span, true_span)), abs=1e-9)
