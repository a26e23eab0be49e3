"""tIoU, vIoU and their means, as the evaluators of HC-STVG and VidSTG compute them, on a grid of times.

    tIoU     = |T ∩ T*| / |T ∪ T*|
    vIoU     = Σ_{t ∈ T∩T*} IoU(b_t, b*_t) / |T ∪ T*|
    vIoU-Int = Σ_{t ∈ T∩T*} IoU(b_t, b*_t) / |T ∩ T*|
    gt_vIoU  = Σ_{t ∈ T*}   IoU(b_t, b*_t) / |T*|
    vIoU@R   = share of samples with vIoU > R (strictly)

`T` and `T*` are the predicted and the true times on one common grid. A predicted box that is missing at a true time
counts as an IoU of 0, and the union of two disjoint spans includes what lies between them: harmless, as the sum is
then 0. Times inside the true span at which the target has no box are in neither set: those sets have no such times,
and with them a perfect tube would stay below 1. `frames` computes the same from frame numbers.
Sources: Zhang et al., "Where Does It Exist" (VidSTG, CVPR 2020), the TubeDETR line of evaluators, and for vIoU-Int
Vidi2 (arXiv 2511.19529).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from grounding.geometry import Array, paired_iou, t_iou
from grounding.types import Floats, Span, Tube

GRID_STEP = 0.2
"""Seconds between two scored times: the rate at which boxes are stored."""

_EPSILON = 1e-6


def tiou(predicted: Span, true: Span) -> float:
    """Temporal IoU of two spans in seconds; 0 when they do not overlap or both are empty."""
    return t_iou(predicted, true)


def viou(predicted: Tube, true: Tube, *, step: float = GRID_STEP, claimed: Span | None = None) -> float:
    """Spatio-temporal IoU of two tubes, scored every `step` seconds; 0..1.

    claimed: the predicted times where they were said apart from the boxes (a target and a span); those at which
    `predicted` has no box count as an IoU of 0. By default they are those of the tube.
    """
    ours, theirs = grid_span(predicted, step) if claimed is None else _on_grid(claimed, step), grid_span(true, step)
    start, end = max(ours[0], theirs[0]), min(ours[1], theirs[1])
    if end <= start:
        return 0.0
    union = max(ours[1], theirs[1]) - min(ours[0], theirs[0]) - _unseen(true, *theirs, step)
    return float(_overlaps(predicted, true, start, end, step).sum()) / union


def viou_int(predicted: Tube, true: Tube, *, step: float = GRID_STEP) -> float:
    """vIoU-Int: mean IoU of the boxes over the times that both spans have, whatever else they miss; 0 for none."""
    ours, theirs = grid_span(predicted, step), grid_span(true, step)
    return _mean_overlap(predicted, true, max(ours[0], theirs[0]), min(ours[1], theirs[1]), step)


def gt_viou(predicted: Tube, true: Tube, *, step: float = GRID_STEP) -> float:
    """vIoU with the boxes scored on the true span alone: how good the tracker is, whatever the time given."""
    return _mean_overlap(predicted, true, *grid_span(true, step), step)


def viou_at(threshold: float, scores: Iterable[float]) -> float:
    """vIoU@R: the share of samples whose vIoU is strictly above `threshold`; 0 for no samples."""
    values = list(scores)
    return sum(score > threshold for score in values) / len(values) if values else 0.0


def m_tiou(pairs: Iterable[tuple[Span, Span]]) -> float:
    """Mean tIoU over (predicted, true) spans; 0 for no samples."""
    return _mean(tiou(predicted, true) for predicted, true in pairs)


def m_viou(pairs: Iterable[tuple[Tube, Tube]], *, step: float = GRID_STEP) -> float:
    """Mean vIoU over (predicted, true) tubes; 0 for no samples."""
    return _mean(viou(predicted, true, step=step) for predicted, true in pairs)


def boxes_on_grid(tube: Tube, start: int, end: int, step: float) -> Floats:
    """Boxes of `tube` at the times `start * step ... (end - 1) * step`, NaN where the tube has none.

    Returns (end - start, 4). Between two stored times the box is interpolated, unless they lie further apart than
    one and a half nominal steps, which is a gap; a stored box holds until one nominal step after the last time.
    """
    times = np.arange(start, end) * step
    right = np.searchsorted(tube.times, times + _EPSILON)
    left = np.maximum(right - 1, 0)
    right = np.minimum(right, len(tube.times) - 1)
    distance = tube.times[right] - tube.times[left]
    share = np.where(distance > 0, (times - tube.times[left]) / np.where(distance > 0, distance, 1.0), 0.0)
    share = np.clip(share, 0.0, 1.0)[:, None].astype(np.float32)
    boxes = tube.boxes[left] * (1 - share) + tube.boxes[right] * share
    in_gap = (distance > 1.5 * max(tube.step, step)) & (times - tube.times[left] >= tube.step - _EPSILON)
    span = tube.span
    outside = (times < span.start - _EPSILON) | (times >= span.end - _EPSILON)
    boxes = np.array(boxes, np.float32)
    boxes[in_gap | outside] = np.nan
    return boxes


def grid_span(tube: Tube, step: float) -> tuple[int, int]:
    """The grid indices `[start, end)` whose times lie in the tube's half-open span."""
    return _on_grid(tube.span, step)


def _on_grid(span: Span, step: float) -> tuple[int, int]:
    return math.ceil(span.start / step - _EPSILON), math.ceil(span.end / step - _EPSILON)


def _overlaps(predicted: Tube, true: Tube, start: int, end: int, step: float) -> Array:
    a, b = boxes_on_grid(predicted, start, end, step), boxes_on_grid(true, start, end, step)
    both = np.isfinite(a[:, 0]) & np.isfinite(b[:, 0])
    overlaps = np.zeros(len(both))
    overlaps[both] = paired_iou(a[both], b[both])
    return overlaps


def _mean_overlap(predicted: Tube, true: Tube, start: int, end: int, step: float) -> float:
    times = end - start - _unseen(true, start, end, step) if end > start else 0
    return float(_overlaps(predicted, true, start, end, step).sum()) / times if times else 0.0


def _unseen(true: Tube, start: int, end: int, step: float) -> int:
    """How many of the grid's times inside the true span lie in a gap of the tube."""
    if len(true.times) == 1 or float(np.diff(true.times).max()) <= 1.5 * max(true.step, step):
        return 0
    return int(np.isnan(boxes_on_grid(true, start, end, step)[:, 0]).sum())


def _mean(values: Iterable[float]) -> float:
    scores = list(values)
    return sum(scores) / len(scores) if scores else 0.0
