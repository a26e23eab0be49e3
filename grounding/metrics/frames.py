"""The per-frame evaluator of the public sets: tIoU, vIoU, vIoU-Int and gt_vIoU from frame numbers, and their table.

As the TubeDETR line of evaluators has it (antoyang/TubeDETR `datasets/hcstvg_eval.py` and `vidstg_eval.py`, as
corrected in May 2022; the same in CG-STVG and TA-STVG):

- spans are half-open ranges of frames `[start, end)`; tIoU is 0 when the earlier end is not after the later start;
- the union of vIoU is every frame from the earlier start to the later end, a gap between the two included;
- a true frame for which nothing was predicted counts as an IoU of 0;
- gt_vIoU scores the predicted boxes on the true span, those outside the predicted span too;
- vIoU@R counts what is strictly above R.

Every frame is scored, as CG-STVG and TA-STVG do; TubeDETR itself looks at 5 frames a second. A frame of the true span
that has no true box (HC-STVG and VidSTG have none such, tracks that leave and come back do) is in no set, see `tubes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grounding.geometry import Array, as_boxes, paired_iou
from grounding.metrics.tubes import viou_at

Frames = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FrameTube:
    """A tube by frame numbers: the span `[start, end)` and the boxes there are.

    frames: (N,) strictly increasing; boxes: (N, 4) `x1, y1, x2, y2`. Boxes may lie outside the span.
    """

    start: int
    end: int
    frames: Frames
    boxes: Array

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a span needs start <= end, got [{self.start}, {self.end})")
        if len(as_boxes(self.boxes)) != len(self.frames):
            raise ValueError(f"{len(self.frames)} frames need as many boxes, got {len(self.boxes)}")
        if np.any(np.diff(self.frames) <= 0):
            raise ValueError("frames must be strictly increasing")


@dataclass(frozen=True, slots=True)
class TubeScore:
    """What one predicted tube is worth; all in 0..1."""

    t_iou: float
    v_iou: float
    v_iou_int: float
    gt_v_iou: float


NOTHING = TubeScore(0.0, 0.0, 0.0, 0.0)
"""The score of no answer."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; names as in the papers, means over the samples of a kind."""

    kind: str
    samples: int
    m_tiou: float
    m_viou: float
    viou_at_03: float
    viou_at_05: float
    m_viou_int: float
    m_gt_viou: float


def score_frames(predicted: FrameTube, true: FrameTube) -> TubeScore:
    """Scores one predicted tube against the true one."""
    start, end = max(predicted.start, true.start), min(predicted.end, true.end)
    together = max(end - start, 0)
    wanted = (true.frames >= true.start) & (true.frames < true.end)
    frames, ours, theirs = np.intersect1d(
        predicted.frames, true.frames[wanted], assume_unique=True, return_indices=True
    )
    overlaps = paired_iou(predicted.boxes[ours], true.boxes[wanted][theirs])
    total = float(overlaps[(frames >= start) & (frames < end)].sum())
    seen = true.frames[wanted]
    unseen = true.end - true.start - len(seen)
    union = max(predicted.end, true.end) - min(predicted.start, true.start) - unseen
    shared = int(((seen >= start) & (seen < end)).sum())
    either = (predicted.end - predicted.start) + (true.end - true.start) - together
    return TubeScore(
        t_iou=together / either if together else 0.0,
        v_iou=total / union if together and union else 0.0,
        v_iou_int=total / shared if shared else 0.0,
        gt_v_iou=float(overlaps.sum()) / len(seen) if len(seen) else 0.0,
    )


def table(scores: Iterable[tuple[str, TubeScore]]) -> list[Row]:
    """One row for each kind, in the order in which kinds first come, and a last one, "all", over every sample."""
    items = list(scores)
    kinds = dict.fromkeys(kind for kind, _ in items)
    rows = [_row(kind, [score for other, score in items if other == kind]) for kind in kinds]
    return [*rows, _row("all", [score for _, score in items])]


def _row(kind: str, scores: Sequence[TubeScore]) -> Row:
    vious = [score.v_iou for score in scores]
    return Row(
        kind=kind,
        samples=len(scores),
        m_tiou=_mean([score.t_iou for score in scores]),
        m_viou=_mean(vious),
        viou_at_03=viou_at(0.3, vious),
        viou_at_05=viou_at(0.5, vious),
        m_viou_int=_mean([score.v_iou_int for score in scores]),
        m_gt_viou=_mean([score.gt_v_iou for score in scores]),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
