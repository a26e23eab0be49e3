"""HOTA, DetA, AssA, IDF1 and MOTA of predicted tubes against true ones, by the public evaluator.

The numbers are TrackEval's (package `trackeval`, MIT), not ours: Luiten et al., "HOTA" (IJCV 2021), Bernardin and
Stiefelhagen, "CLEAR MOT" (2008), Ristani et al., "Performance Measures" (IDF1, 2016). Both sides are laid on one grid
of times, and at each of its times the boxes of all tubes there are matched by IoU.

HOTA, DetA and AssA are means over the 19 localisation thresholds 0.05 ... 0.95; IDF1 and MOTA use IoU 0.5.
"""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grounding.errors import GroundingError
from grounding.geometry import iou_matrix
from grounding.metrics.tubes import GRID_STEP, boxes_on_grid, grid_span
from grounding.types import Tube


@dataclass(frozen=True, slots=True)
class TrackingScore:
    """Shares in 0..1, but for `mota`, which falls below 0 with many false boxes; `idsw` counts identity switches."""

    hota: float
    det_a: float
    ass_a: float
    idf1: float
    mota: float
    idsw: int


def score_tracks(predicted: Sequence[Tube], true: Sequence[Tube], *, step: float = GRID_STEP) -> TrackingScore:
    """The tracking metrics of one video.

    Args:
        predicted, true: one tube for each identity, in pixels of the same picture.
        step: seconds between two scored times; one over the frame rate scores every frame.

    Raises:
        GroundingError: the package `trackeval` is not installed.
    """
    return score_sequences([(predicted, true)], step=step)


def score_sequences(
    sequences: Sequence[tuple[Sequence[Tube], Sequence[Tube]]], *, step: float = GRID_STEP
) -> TrackingScore:
    """The tracking metrics over several videos, each (predicted, true), pooled as TrackEval's row "COMBINED" is.

    Sums of boxes are pooled, so a long video weighs more than a short one. All 0 for no videos. Raises as
    `score_tracks`.
    """
    sequences = sequences or [((), ())]
    with np.errstate(divide="ignore", invalid="ignore"):
        hota, clear, identity = (_pooled(metric, sequences, step) for metric in _metrics())
    return TrackingScore(
        hota=float(np.mean(hota["HOTA"])),
        det_a=float(np.mean(hota["DetA"])),
        ass_a=float(np.mean(hota["AssA"])),
        idf1=float(identity["IDF1"]),
        mota=float(clear["MOTA"]),
        idsw=int(clear["IDSW"]),
    )


def _pooled(metric: Any, sequences: Sequence[tuple[Sequence[Tube], Sequence[Tube]]], step: float) -> Any:
    each = {str(i): metric.eval_sequence(_sequence(*pair, step)) for i, pair in enumerate(sequences)}
    return metric.combine_sequences(each)


@functools.cache
def _metrics() -> tuple[Any, Any, Any]:
    """TrackEval's HOTA, CLEAR and Identity at their defaults, without what it prints when imported or made."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            from trackeval.metrics.clear import CLEAR
            from trackeval.metrics.hota import HOTA
            from trackeval.metrics.identity import Identity

            return HOTA(), CLEAR({"PRINT_CONFIG": False}), Identity({"PRINT_CONFIG": False})
    except ImportError as missing:
        raise GroundingError(
            f"tracking metrics need the package trackeval ({missing}); `make bench-env` brings it"
        ) from missing


def _sequence(predicted: Sequence[Tube], true: Sequence[Tube], step: float) -> dict[str, Any]:
    """One video as TrackEval wants it: for each time the identities there, and the IoU of true x predicted boxes."""
    spans = [grid_span(tube, step) for tube in (*predicted, *true)]
    start, end = min((s for s, _ in spans), default=0), max((e for _, e in spans), default=0)
    ours, theirs = _by_time(predicted, start, end, step), _by_time(true, start, end, step)
    return {
        "num_timesteps": end - start,
        "num_gt_ids": len(true),
        "num_tracker_ids": len(predicted),
        "num_gt_dets": sum(len(ids) for ids, _ in theirs),
        "num_tracker_dets": sum(len(ids) for ids, _ in ours),
        "gt_ids": [ids for ids, _ in theirs],
        "tracker_ids": [ids for ids, _ in ours],
        "similarity_scores": [iou_matrix(t, p) for (_, t), (_, p) in zip(theirs, ours, strict=True)],
    }


def _by_time(tubes: Sequence[Tube], start: int, end: int, step: float) -> list[tuple[Any, Any]]:
    """For each time of the grid: (K,) identities, counted from 0, and (K, 4) boxes."""
    found: list[tuple[list[int], list[Any]]] = [([], []) for _ in range(end - start)]
    for identity, tube in enumerate(tubes):
        first, last = grid_span(tube, step)
        boxes = boxes_on_grid(tube, first, last, step)
        for k in np.flatnonzero(np.isfinite(boxes[:, 0])):
            ids, at = found[first - start + k]
            ids.append(identity)
            at.append(boxes[k])
    return [(np.array(ids, np.int64), np.array(boxes, np.float64).reshape(-1, 4)) for ids, boxes in found]
