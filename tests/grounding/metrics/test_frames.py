"""The per-frame evaluator: edge cases worked out by hand, and agreement with the exact slow oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.metrics.frames import NOTHING, FrameTube, TubeScore, score_frames, table
from tests.grounding.metrics import oracle

BOX = (0, 0, 10, 10)
HALF = (0, 0, 10, 5)  # IoU with BOX: 50 / 100
FAR = (90, 90, 99, 99)


def frame_tube(start: int, end: int, boxes: oracle.Boxes) -> FrameTube:
    frames = sorted(boxes)
    return FrameTube(start, end, np.array(frames, np.int64), np.array([boxes[f] for f in frames], float).reshape(-1, 4))


def steady(start: int, end: int, box: oracle.Box = BOX) -> FrameTube:
    return frame_tube(start, end, dict.fromkeys(range(start, end), box))


@pytest.mark.parametrize(
    ("predicted", "true", "expected"),
    [
        # the same ten frames
        (steady(10, 20), steady(10, 20), TubeScore(1, 1, 1, 1)),
        # [0, 5) and [5, 10) touch and share no frame: min_end <= max_start
        (steady(0, 5), steady(5, 10), TubeScore(0, 0, 0, 0)),
        # a gap between them; gt_vIoU finds no predicted box on the true span
        (steady(0, 5), steady(8, 10), TubeScore(0, 0, 0, 0)),
        # one frame shared of 5 + 5 - 1 = 9
        (steady(0, 5), steady(4, 9), TubeScore(1 / 9, 1 / 9, 1, 1 / 5)),
        # 10 true frames inside 20 predicted
        (steady(0, 20), steady(5, 15), TubeScore(0.5, 0.5, 1, 1)),
        # the right frames, half the box
        (steady(0, 4, HALF), steady(0, 4), TubeScore(1, 0.5, 0.5, 0.5)),
        # the right frames, another place
        (steady(0, 4, FAR), steady(0, 4), TubeScore(1, 0, 0, 0)),
    ],
)
def test_by_hand(predicted: FrameTube, true: FrameTube, expected: TubeScore) -> None:
    score = score_frames(predicted, true)
    assert (score.t_iou, score.v_iou, score.v_iou_int, score.gt_v_iou) == pytest.approx(
        (expected.t_iou, expected.v_iou, expected.v_iou_int, expected.gt_v_iou), abs=1e-12
    )


def test_a_box_missing_at_a_true_frame_counts_zero() -> None:
    # boxes on 3 of the 4 frames: 3 / 4, whichever set is divided by
    score = score_frames(frame_tube(0, 4, {0: BOX, 1: BOX, 3: BOX}), steady(0, 4))
    assert (score.t_iou, score.v_iou, score.v_iou_int, score.gt_v_iou) == (1, 0.75, 0.75, 0.75)


def test_a_true_frame_without_a_true_box_is_in_no_set() -> None:
    # the target is away in frames 2 and 3; following it exactly is worth 1, and so is a box kept while it is away
    true = frame_tube(0, 6, {0: BOX, 1: BOX, 4: BOX, 5: BOX})
    assert score_frames(true, true) == TubeScore(1, 1, 1, 1)
    assert score_frames(steady(0, 6), true) == TubeScore(1, 1, 1, 1)


def test_predicted_boxes_outside_the_predicted_span_count_for_gt_viou_alone() -> None:
    # span [1, 3) of the true [0, 4), boxes on all four frames: vIoU 2 / 4, gt_vIoU 4 / 4
    predicted = frame_tube(1, 3, dict.fromkeys(range(4), BOX))
    score = score_frames(predicted, steady(0, 4))
    assert (score.t_iou, score.v_iou, score.v_iou_int, score.gt_v_iou) == (0.5, 0.5, 1, 1)


def test_an_empty_predicted_span_scores_nothing() -> None:
    assert score_frames(frame_tube(3, 3, {}), steady(0, 5)) == NOTHING


def test_frame_tubes_are_checked() -> None:
    with pytest.raises(ValueError, match="start <= end"):
        frame_tube(3, 2, {})
    with pytest.raises(ValueError, match="increasing"):
        FrameTube(0, 2, np.array([1, 1]), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="as many boxes"):
        FrameTube(0, 2, np.array([0, 1]), np.zeros((1, 4)))


def test_the_table_is_strict_above_a_threshold_and_ends_with_all() -> None:
    scores = [
        ("declarative", TubeScore(0.5, 0.5, 0.5, 0.9)),  # at 0.5, not above
        ("interrogative", TubeScore(1.0, 0.6, 0.6, 0.7)),
        ("declarative", TubeScore(0.1, 0.3, 0.4, 0.5)),  # at 0.3, not above
    ]
    declarative, interrogative, every = table(scores)
    # means of (0.5, 0.1), (0.5, 0.3), (0.5, 0.4), (0.9, 0.5); one of two above 0.3, none above 0.5
    assert (declarative.kind, declarative.samples) == ("declarative", 2)
    assert (declarative.m_tiou, declarative.m_viou, declarative.m_viou_int, declarative.m_gt_viou) == pytest.approx(
        (0.3, 0.4, 0.45, 0.7)
    )
    assert (declarative.viou_at_03, declarative.viou_at_05) == (0.5, 0.0)
    assert (interrogative.viou_at_03, interrogative.viou_at_05) == (1.0, 1.0)
    assert (every.kind, every.samples) == ("all", 3)
    assert every.m_viou == pytest.approx(1.4 / 3)
    assert every.viou_at_05 == pytest.approx(1 / 3)


def test_the_table_of_nothing() -> None:
    (every,) = table([])
    assert (every.kind, every.samples, every.m_viou) == ("all", 0, 0.0)


corners = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20), st.integers(1, 20))
boxes = corners.map(lambda c: (c[0], c[1], c[0] + c[2], c[1] + c[3]))
tubes = st.tuples(st.integers(0, 12), st.integers(0, 12), st.dictionaries(st.integers(0, 26), boxes, max_size=27))


@given(tubes, tubes)
def test_agrees_with_the_slow_oracle(
    a: tuple[int, int, dict[int, oracle.Box]], b: tuple[int, int, dict[int, oracle.Box]]
) -> None:
    ours, theirs = (a[0], a[0] + a[1]), (b[0], b[0] + b[1])
    score = score_frames(frame_tube(*ours, a[2]), frame_tube(*theirs, b[2]))
    expected = oracle.scores(ours, a[2], theirs, b[2])
    assert score.t_iou == pytest.approx(float(oracle.tiou(ours, theirs)), abs=1e-12)
    assert (score.v_iou, score.v_iou_int, score.gt_v_iou) == pytest.approx(tuple(map(float, expected)), abs=1e-12)
