"""How a tube is kept in a row: float32 little-endian rows of t, x1, y1, x2, y2 after one row that holds the step.

Twenty bytes a box. A float32 second is exact to better than a millisecond for four hours, and to two up to nine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grounding.types import Span, Tube

_ROW = 5


def pack(tube: Tube) -> bytes:
    rows = np.empty((len(tube.times) + 1, _ROW), "<f4")
    rows[0] = (tube.step, 0, 0, 0, 0)
    rows[1:, 0] = tube.times
    rows[1:, 1:] = tube.boxes
    return rows.tobytes()


def _rows(data: bytes | memoryview) -> NDArray[np.float32]:
    return np.frombuffer(data, "<f4").reshape(-1, _ROW)


def unpack(data: bytes | memoryview) -> Tube:
    rows = _rows(data)
    # Rounded to a tenth of a millisecond, so that 0.2 read back is 0.2 and not 0.20000000298.
    times = np.round(rows[1:, 0].astype(np.float64), 4)
    return Tube(np.asarray(times, np.float64), rows[1:, 1:].copy(), step=round(float(rows[0, 0]), 4))


def boxes_between(data: bytes | memoryview, span: Span | None = None) -> list[list[float]]:
    """The stored boxes as JSON wants them, `[t, x1, y1, x2, y2]`, with one box to either side of the span so that a
    player can interpolate at its edges."""
    rows = _rows(data)[1:]
    if span is not None:
        first = max(int(np.searchsorted(rows[:, 0], span.start, "left")) - 1, 0)
        last = int(np.searchsorted(rows[:, 0], span.end, "right")) + 1
        rows = rows[first:last]
    times = np.round(rows[:, 0].astype(np.float64), 3).tolist()
    boxes = np.round(rows[:, 1:].astype(np.float64), 1).tolist()
    return [[t, *box] for t, box in zip(times, boxes, strict=True)]


def step_of(data: bytes | memoryview) -> float:
    """The nominal distance of two boxes, in seconds."""
    return round(float(_rows(data)[0, 0]), 4)
