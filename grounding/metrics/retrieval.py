"""Recall of the tracks, and R@k of ranked hits."""

from __future__ import annotations

from collections.abc import Sequence

from grounding.metrics.tubes import GRID_STEP, viou
from grounding.types import Tube


def tracker_recall(tracks: Sequence[Tube], true: Sequence[Tube], *, step: float = GRID_STEP) -> list[float]:
    """Best vIoU that any track reaches, for each true tube.

    What the tracker misses, no verifier ever sees; the mean of these is the first number of every report.
    """
    return [max((viou(track, target, step=step) for track in tracks), default=0.0) for target in true]


def recall_at(k: int, ranked: Sequence[Tube], answers: Sequence[Tube], *, threshold: float) -> bool:
    """R@k of one query: whether one of the first `k` tubes has vIoU strictly above `threshold` with some answer.

    Gao et al., "TALL" (ICCV 2017) define R@k, IoU=m for spans; here the overlap is that of tubes.
    """
    return any(viou(tube, answer) > threshold for tube in ranked[:k] for answer in answers)
