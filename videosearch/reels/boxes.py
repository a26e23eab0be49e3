"""Where a followed player is at any time, from boxes that were stored now and then. As static/js/overlay.js does it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

Corners = tuple[float, float, float, float]


class Trail:
    """Boxes `[t, x1, y1, x2, y2]` by time, nominally `step` seconds apart."""

    def __init__(self, rows: Sequence[Sequence[float]], step: float) -> None:
        self._rows = rows
        self._times = [row[0] for row in rows]
        self._step = step or 0.2

    def at(self, time: float) -> Corners | None:
        """The box then: between two stored ones on the line from one to the other; none in a gap of more than two
        steps, where the player was not seen. The first and last stand for half a step around them."""
        if not self._rows or time < self._times[0] - self._step / 2:
            return None
        place = max(0, bisect_right(self._times, time + 1e-6) - 1)
        before = self._rows[place]
        after = self._rows[place + 1] if place + 1 < len(self._rows) else None
        if after is None or after[0] - before[0] > 2 * self._step + 1e-3:
            if after is not None and after[0] - time <= self._step / 2:
                return _corners(after)
            return _corners(before) if abs(time - before[0]) <= self._step / 2 + 1e-3 else None
        share = min(1.0, max(0.0, (time - before[0]) / (after[0] - before[0])))
        x1, y1, x2, y2 = (before[i] + share * (after[i] - before[i]) for i in range(1, 5))
        return x1, y1, x2, y2


def _corners(row: Sequence[float]) -> Corners:
    return row[1], row[2], row[3], row[4]
