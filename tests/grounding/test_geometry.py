from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grounding import geometry as geo
from grounding.types import Span

COORDINATE = st.floats(-2000, 4000, allow_nan=False, width=32)


@st.composite
def box_arrays(draw: st.DrawFn, count: int | None = None) -> geo.Array:
    n = draw(st.integers(0, 6)) if count is None else count
    corners = draw(arrays(np.float64, (n, 2), elements=COORDINATE))
    extent = draw(arrays(np.float64, (n, 2), elements=st.floats(0, 900, width=32)))
    return np.concatenate([corners, corners + extent], axis=1)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    # Milliseconds: the ratio of a length near the smallest float to another is no longer a number above 0.
    start = draw(st.integers(0, 1_000_000)) / 1000
    return Span(start, start + draw(st.integers(0, 100_000)) / 1000)


def test_iou_of_known_boxes() -> None:
    boxes = [[0, 0, 10, 10], [5, 0, 15, 10], [10, 0, 20, 10], [2, 2, 4, 4]]
    row = geo.iou_matrix([[0, 0, 10, 10]], boxes)[0]
    assert row.tolist() == pytest.approx([1.0, 50 / 150, 0.0, 4 / 100])


def test_degenerate_boxes_overlap_nothing() -> None:
    boxes = [[3, 3, 3, 9], [8, 8, 2, 2], [0, 0, 10, 10]]
    assert geo.iou_matrix(boxes, boxes)[:2].max() == 0.0
    assert geo.areas(boxes).tolist() == [0.0, 0.0, 100.0]


def test_no_boxes_at_all() -> None:
    assert geo.iou_matrix([], [[0, 0, 1, 1]]).shape == (0, 1)
    assert geo.paired_iou([], []).shape == (0,)
    assert geo.warp_boxes([], np.eye(3)).shape == (0, 4)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(N, 4\)"):
        geo.as_boxes(np.zeros((2, 5)))
    with pytest.raises(ValueError, match="equal lengths"):
        geo.paired_iou(np.zeros((2, 4)), np.zeros((3, 4)))
    with pytest.raises(ValueError, match="at least one"):
        geo.boxes_at([], [], [1.0])


@given(box_arrays(), box_arrays())
def test_iou_is_symmetric_and_bounded(first: geo.Array, second: geo.Array) -> None:
    matrix = geo.iou_matrix(first, second)
    assert matrix.shape == (len(first), len(second))
    assert np.all((matrix >= 0) & (matrix <= 1))
    np.testing.assert_allclose(matrix, geo.iou_matrix(second, first).T, atol=1e-9)
    assert np.all(matrix <= geo.coverage_matrix(first, second) + 1e-9)


@given(box_arrays())
def test_paired_iou_is_the_diagonal(boxes: geo.Array) -> None:
    moved = boxes + np.array([3.0, -2.0, 5.0, 1.0])
    np.testing.assert_allclose(geo.paired_iou(boxes, moved), np.diag(geo.iou_matrix(boxes, moved)), atol=1e-9)


@given(box_arrays())
def test_every_proper_box_equals_itself(boxes: geo.Array) -> None:
    proper = boxes[geo.areas(boxes) > 1e-6]
    np.testing.assert_allclose(geo.paired_iou(proper, proper), 1.0)


@given(box_arrays())
def test_clipped_boxes_lie_inside_and_clip_twice_is_once(boxes: geo.Array) -> None:
    once = geo.clip(boxes, 640, 360)
    assert np.all(once >= 0)
    assert np.all(once[:, 0::2] <= 640)
    assert np.all(once[:, 1::2] <= 360)
    np.testing.assert_array_equal(once, geo.clip(once, 640, 360))


@given(box_arrays(), st.floats(0.1, 8))
def test_expand_keeps_the_middle_and_can_be_undone(boxes: geo.Array, factor: float) -> None:
    grown = geo.expand(boxes, factor)
    np.testing.assert_allclose(geo.centres(grown), geo.centres(boxes), atol=1e-6)
    np.testing.assert_allclose(geo.sizes(grown), geo.sizes(boxes) * factor, atol=1e-6)
    np.testing.assert_allclose(geo.expand(grown, 1 / factor), boxes, atol=1e-6)


@given(box_arrays())
def test_centres_and_sizes_make_the_box_again(boxes: geo.Array) -> None:
    np.testing.assert_allclose(geo.from_centres(geo.centres(boxes), geo.sizes(boxes)), boxes, atol=1e-6)


def test_each_box_may_grow_by_its_own_factor() -> None:
    grown = geo.expand([[0, 0, 2, 2], [0, 0, 2, 2]], [1.0, 3.0])
    assert grown.tolist() == [[0, 0, 2, 2], [-2, -2, 4, 4]]


def test_boxes_between_known_times_are_linear_and_held_outside() -> None:
    at = geo.boxes_at([1.0, 2.0], [[0, 0, 10, 10], [10, 20, 30, 40]], [0.0, 1.5, 9.0])
    assert at.tolist() == [[0, 0, 10, 10], [5, 10, 20, 25], [10, 20, 30, 40]]


@given(box_arrays(), st.floats(-300, 300), st.floats(-300, 300), st.floats(0.5, 2))
def test_similarity_moves_boxes_exactly(boxes: geo.Array, dx: float, dy: float, scale: float) -> None:
    h = np.array([[scale, 0, dx], [0, scale, dy], [0, 0, 1.0]])
    moved = geo.warp_boxes(boxes, h)
    np.testing.assert_allclose(moved, boxes * scale + [dx, dy, dx, dy], atol=1e-6)
    np.testing.assert_allclose(geo.warp_boxes(moved, np.linalg.inv(h)), boxes, atol=1e-6)


def test_a_turning_camera_does_not_inflate_boxes() -> None:
    angle = np.deg2rad(2.0)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    moved = geo.warp_boxes([[100, 100, 140, 200]], turn)
    np.testing.assert_allclose(geo.sizes(moved), [[40, 100]], rtol=1e-3)


def test_points_at_infinity_are_not_numbers() -> None:
    h = np.array([[1.0, 0, 0], [0, 1, 0], [1, 0, 0]])
    assert np.isnan(geo.warp_points([[0.0, 5.0]], h)).all()


@given(spans(), spans())
def test_span_operations_agree(first: Span, second: Span) -> None:
    common = geo.intersect(first, second)
    value = geo.t_iou(first, second)
    assert value == geo.t_iou(second, first)
    assert 0 <= value <= 1
    assert (common is None) == (value == 0)
    if common is not None:
        both = geo.hull([first, second])
        assert value == pytest.approx(common.length / both.length)
        assert geo.merge_spans([first, second]) == [both]


def test_half_open_spans_that_touch_have_nothing_in_common() -> None:
    assert geo.intersect(Span(0, 1), Span(1, 2)) is None
    assert geo.t_iou(Span(0, 1), Span(1, 2)) == 0.0
    assert geo.t_iou(Span(0, 4), Span(2, 6)) == pytest.approx(2 / 6)
    assert geo.t_iou(Span(3, 3), Span(3, 3)) == 0.0


def test_spans_merge_across_small_gaps_only() -> None:
    merged = geo.merge_spans([Span(5, 6), Span(0, 1), Span(1.5, 2), Span(1.6, 1.7)], gap=0.6)
    assert merged == [Span(0, 2), Span(5, 6)]
    assert geo.merge_spans([]) == []
    with pytest.raises(ValueError, match="at least one"):
        geo.hull([])
