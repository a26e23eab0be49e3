"""One target's history while it lives, and after."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from grounding.geometry import Array
from grounding.types import Floats, Tracklet

_KEEP_OF_LOOKS = 0.8


@dataclass(slots=True, eq=False)
class Run:
    """Where a target was detected, and where it was only carried to since.

    What was carried is believed once a detection bears it out: until then it is `pending`, and then bent so that it
    begins and ends at detections. offset: the last detected box minus the motion model's.
    """

    tracklet_id: int
    label: int
    times: list[float] = field(default_factory=list)
    boxes: list[Floats] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    detections: int = 0
    appearance: Floats | None = None
    total: Floats | None = None
    pending: list[tuple[float, Array]] = field(default_factory=list)
    offset: Array = field(default_factory=lambda: np.zeros(4))

    def carry(self, t: float, box: Array) -> None:
        """Note that the target seems to have come to `box` (4,), as the motion model has it."""
        if self.times:
            self.pending.append((t, box))

    def confirm(self, t: float, box: Floats, score: float, *, expected: Array, corrected: Array) -> None:
        """Note that the target was detected in `box`; the model expected it in one box and now has it in another."""
        error = box - expected
        start = self.times[-1] if self.times else t
        for at, carried in self.pending:
            share = (at - start) / (t - start)
            self._append(at, (carried + (1 - share) * self.offset + share * error).astype(np.float32), score)
        self.pending.clear()
        self._append(t, box, score)
        self.detections += 1
        self.offset = box - corrected

    def see(self, looks: Floats) -> None:
        """Take in the looks of a detection, a unit row: the latest count most for finding it, all for what it is."""
        mixed = looks if self.appearance is None else _KEEP_OF_LOOKS * self.appearance + (1 - _KEEP_OF_LOOKS) * looks
        self.appearance = unit(np.asarray(mixed, np.float32))
        self.total = looks if self.total is None else self.total + looks

    def tracklet(self, label: str) -> Tracklet:
        """The run as a value; what is still pending is left out."""
        return Tracklet(
            self.tracklet_id,
            label,
            np.array(self.times, np.float64),
            np.array(self.boxes, np.float32).reshape(-1, 4),
            np.array(self.scores, np.float32),
            signature=None if self.total is None else unit(self.total),
        )

    def _append(self, t: float, box: Floats, score: float) -> None:
        self.times.append(t)
        self.boxes.append(box)
        self.scores.append(score)


def unit(vector: Floats) -> Floats:
    """`vector` at length 1; a zero vector stays."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), np.float32)
