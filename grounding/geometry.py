"""Boxes and spans: the arithmetic that tracking, retrieval, metrics and drawing share.

Boxes are arrays (N, 4) of `x1, y1, x2, y2` in pixels, any float type; results are float64 unless stated. Spans are
half-open `[start, end)` in seconds. Degenerate boxes (no width or no height) have area 0 and IoU 0 with everything.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .types import Span

Array = NDArray[np.float64]


def as_boxes(boxes: ArrayLike) -> Array:
    """`boxes` as (N, 4) float64; a single box (4,) becomes (1, 4) and an empty list (0, 4).

    Raises ValueError for any other shape.
    """
    array = np.asarray(boxes, np.float64)
    if array.size == 0:
        return array.reshape(0, 4)
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"boxes must be (N, 4), got {array.shape}")
    return array


def areas(boxes: ArrayLike) -> Array:
    """(N,) areas in square pixels; 0 for boxes turned inside out."""
    return np.asarray(np.prod(sizes(boxes), axis=1), np.float64)


def sizes(boxes: ArrayLike) -> Array:
    """(N, 2) width and height, never negative."""
    array = as_boxes(boxes)
    return np.maximum(array[:, 2:] - array[:, :2], 0.0)


def centres(boxes: ArrayLike) -> Array:
    """(N, 2) x, y of the middles."""
    array = as_boxes(boxes)
    return (array[:, :2] + array[:, 2:]) / 2.0


def from_centres(middles: ArrayLike, extents: ArrayLike) -> Array:
    """(N, 4) boxes from (N, 2) middles and (N, 2) widths and heights: the inverse of `centres` and `sizes`."""
    middle = np.asarray(middles, np.float64).reshape(-1, 2)
    half = np.asarray(extents, np.float64).reshape(-1, 2) / 2.0
    return np.concatenate([middle - half, middle + half], axis=1)


def iou_matrix(first: ArrayLike, second: ArrayLike) -> Array:
    """(N, M) intersection over union of each of N boxes with each of M."""
    a, b = as_boxes(first), as_boxes(second)
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    extent = np.maximum(high - low, 0.0)
    inter = extent[..., 0] * extent[..., 1]
    return _ratio(inter, areas(a)[:, None] + areas(b)[None, :] - inter)


def paired_iou(first: ArrayLike, second: ArrayLike) -> Array:
    """(N,) intersection over union of box k with box k. Raises ValueError when the lengths differ."""
    a, b = as_boxes(first), as_boxes(second)
    if a.shape != b.shape:
        raise ValueError(f"paired boxes need equal lengths, got {len(a)} and {len(b)}")
    extent = np.maximum(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0.0)
    inter = extent[:, 0] * extent[:, 1]
    return _ratio(inter, areas(a) + areas(b) - inter)


def coverage_matrix(first: ArrayLike, second: ArrayLike) -> Array:
    """(N, M) share of each of N boxes that lies inside each of M."""
    a, b = as_boxes(first), as_boxes(second)
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    extent = np.maximum(high - low, 0.0)
    inter = extent[..., 0] * extent[..., 1]
    return _ratio(inter, np.broadcast_to(areas(a)[:, None], inter.shape))


def _ratio(part: Array, whole: Array) -> Array:
    # A subnormal union would overflow the quotient; boxes that small cover no pixel.
    safe = whole > 1e-12
    return np.minimum(np.divide(part, whole, out=np.zeros_like(part), where=safe), 1.0)


def clip(boxes: ArrayLike, width: float, height: float) -> Array:
    """(N, 4) boxes cut to the picture `[0, width] x [0, height]`; one fully outside ends as a line at its edge."""
    array = as_boxes(boxes).copy()
    array[:, 0::2] = np.clip(array[:, 0::2], 0.0, width)
    array[:, 1::2] = np.clip(array[:, 1::2], 0.0, height)
    return array


def expand(boxes: ArrayLike, factor: ArrayLike) -> Array:
    """(N, 4) boxes grown about their middles; `factor` 1.0 changes nothing, 2.0 doubles both sides.

    `factor` is a number or (N,) numbers.
    """
    array = as_boxes(boxes)
    factors = np.broadcast_to(np.asarray(factor, np.float64), (len(array),))
    half = (array[:, 2:] - array[:, :2]) / 2.0 * factors[:, None]
    middle = (array[:, :2] + array[:, 2:]) / 2.0
    return np.concatenate([middle - half, middle + half], axis=1)


def boxes_at(times: ArrayLike, boxes: ArrayLike, at: ArrayLike) -> Array:
    """(K, 4) boxes at the times `at`, linear between the known ones and held before the first and after the last.

    times (N,) increasing, boxes (N, 4), N > 0. Raises ValueError when there is none or the lengths differ.
    """
    known = np.asarray(times, np.float64).reshape(-1)
    array = as_boxes(boxes)
    if len(known) == 0 or len(known) != len(array):
        raise ValueError(f"need as many boxes as times and at least one, got {len(array)} and {len(known)}")
    wanted = np.asarray(at, np.float64).reshape(-1)
    return np.stack([np.interp(wanted, known, array[:, k]) for k in range(4)], axis=1)


def warp_points(points: ArrayLike, homography: ArrayLike) -> Array:
    """(N, 2) points moved by a (3, 3) homography. A point sent to infinity comes back as not-a-number."""
    array = np.asarray(points, np.float64).reshape(-1, 2)
    h = np.asarray(homography, np.float64)
    moved = array @ h[:, :2].T + h[:, 2]
    depth = np.where(np.abs(moved[:, 2:]) > 1e-12, moved[:, 2:], np.nan)
    return np.asarray(moved[:, :2] / depth, np.float64)


def warp_boxes(boxes: ArrayLike, homography: ArrayLike) -> Array:
    """(N, 4) upright boxes moved by a (3, 3) homography.

    Each side goes to the mean of its two corners, so that a slightly turning camera does not inflate boxes step by
    step as the bounding box of the corners would.
    """
    array = as_boxes(boxes)
    corners = array[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
    moved = warp_points(corners, homography).reshape(-1, 4, 2)
    left = (moved[:, 0, 0] + moved[:, 3, 0]) / 2.0
    right = (moved[:, 1, 0] + moved[:, 2, 0]) / 2.0
    top = (moved[:, 0, 1] + moved[:, 1, 1]) / 2.0
    bottom = (moved[:, 2, 1] + moved[:, 3, 1]) / 2.0
    return np.stack([left, top, right, bottom], axis=1)


def intersect(first: Span, second: Span) -> Span | None:
    """The common part of two spans, or None when they have no instant in common."""
    start, end = max(first.start, second.start), min(first.end, second.end)
    return Span(start, end) if end > start else None


def hull(spans: Iterable[Span]) -> Span:
    """The smallest span that holds all of `spans`. Raises ValueError when there is none."""
    items = list(spans)
    if not items:
        raise ValueError("hull needs at least one span")
    return Span(min(s.start for s in items), max(s.end for s in items))


def merge_spans(spans: Iterable[Span], gap: float = 0.0) -> list[Span]:
    """The union of `spans` in order of time; spans at most `gap` seconds apart become one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end + gap:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def t_iou(first: Span, second: Span) -> float:
    """Temporal IoU `|T ∩ T*| / |T ∪ T*|`; 0 when both are empty."""
    inter = max(min(first.end, second.end) - max(first.start, second.start), 0.0)
    union = first.length + second.length - inter
    return min(inter / union, 1.0) if union > 0 else 0.0
