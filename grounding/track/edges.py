"""People half out of the picture: their boxes are cut off at its edge, they themselves are not.

What is left of a box is completed to the expected size before it is compared, and someone of whom less than half is
in the picture is followed but not reported: there is nothing to show, and nothing to measure.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grounding.geometry import Array, as_boxes, clip, sizes
from grounding.types import Tube

Size = tuple[float, float]
"""Width and height of the picture in pixels."""

_TOUCH: Final = 0.004
LEAST_VISIBLE: Final = 0.5
_SLIVER: Final = 0.22
_STUMP: Final = 0.9


def touching(boxes: ArrayLike, size: Size) -> NDArray[np.bool_]:
    """(N, 4) whether the left, top, right and bottom side of each box lies on the edge of the picture."""
    boxes = as_boxes(boxes)
    width, height = size
    near = _TOUCH * max(size)
    return np.stack(
        [boxes[:, 0] <= near, boxes[:, 1] <= near, boxes[:, 2] >= width - near, boxes[:, 3] >= height - near], axis=1
    )


def completed(boxes: ArrayLike, expected: Array, size: Size) -> Array:
    """(T, N, 4) each of N boxes as it would be if it were as large as each of T `expected` (T, 2) widths and heights.

    Only sides on the edge of the picture move, and only outwards; a box that spans the picture stays as it is.
    """
    full = np.repeat(as_boxes(boxes)[None], len(expected), axis=0)
    at = touching(boxes, size)
    for axis in (0, 1):
        low, high = at[:, axis] & ~at[:, axis + 2], at[:, axis + 2] & ~at[:, axis]
        wanted = expected[:, axis, None]
        full[:, low, axis] = np.minimum(full[:, low, axis], full[:, low, axis + 2] - wanted)
        full[:, high, axis + 2] = np.maximum(full[:, high, axis + 2], full[:, high, axis] + wanted)
    return full


def visible_share(boxes: ArrayLike, full: Array) -> Array:
    """(N,) area of each box over that of its completed self (N, 4)."""
    return np.asarray(np.prod(sizes(boxes), axis=1) / np.maximum(np.prod(sizes(full), axis=1), 1e-6), np.float64)


def fragments(boxes: ArrayLike, size: Size) -> NDArray[np.bool_]:
    """(N,) boxes at the edge too narrow or too squat to be half a person: not worth starting a target with."""
    at = touching(boxes, size)
    extent = np.maximum(sizes(boxes), 1e-6)
    aspect = extent[:, 0] / extent[:, 1]
    sliver = (at[:, 0] | at[:, 2]) & ~(at[:, 1] | at[:, 3]) & (aspect < _SLIVER)
    stump = (at[:, 1] | at[:, 3]) & ~(at[:, 0] | at[:, 2]) & (aspect > _STUMP)
    return np.asarray(sliver | stump, np.bool_)


def within_picture(tube: Tube, size: Size) -> Tube:
    """`tube` clipped to the picture, from the first to the last time at which half of the target is in it."""
    inside = clip(tube.boxes, *size)
    seen = np.flatnonzero(visible_share(inside, as_boxes(tube.boxes)) >= LEAST_VISIBLE)
    kept = slice(seen[0], seen[-1] + 1) if len(seen) else slice(0, 1)
    return Tube(tube.times[kept], inside[kept].astype(np.float32), tube.step)
