"""Boxes carried from one picture to the next by optical flow: what stands in for a detector between its pictures.

Points spread over the upper body are followed forwards and back by pyramidal Lucas-Kanade; their median tells the way,
the change of their distances the growth (median flow, Kalal, Mikolajczyk and Matas, ICPR 2010). Legs swing, so no point
is put on them. A box whose points do not agree is not carried at all: no place is better than a wrong one.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from grounding.geometry import Array, as_boxes, centres, from_centres, sizes
from grounding.track.points import follow_points
from grounding.types import Image

_ACROSS: Final = np.linspace(0.3, 0.7, 4)
_DOWN: Final = np.linspace(0.08, 0.6, 7)
"""Where points are put, as shares of a box: head to hips, clear of the ground on both sides."""
_POINTS: Final = len(_ACROSS) * len(_DOWN)
_BACK_ERROR: Final = 1.0
_LEAST_SHARE: Final = 0.3
_MOST_SPREAD: Final = 0.08
"""Median deviation of the points' ways from their median, in box heights, above which they do not agree."""
_GROWTH: Final = (0.9, 1.1)
_LEVELS: Final = 4


class BoxFlow:
    """Follows boxes over the pictures given to it; `working_width` is that of the small grey copy it works on."""

    def __init__(self, working_width: int = 640) -> None:
        self.working_width = working_width
        self._before: NDArray[np.uint8] | None = None
        self._after: NDArray[np.uint8] | None = None
        self._scale = 1.0

    def reset(self) -> None:
        """Forget all pictures; to be called at a cut, before the first picture of the new shot."""
        self._before = self._after = None

    def update(self, image: Image) -> None:
        """Take in the next picture; boxes are then carried from the one before to it."""
        self._scale = min(1.0, self.working_width / image.shape[1])
        size = (max(16, round(image.shape[1] * self._scale)), max(16, round(image.shape[0] * self._scale)))
        grey = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), cv2.COLOR_RGB2GRAY)
        self._before, self._after = self._after, np.asarray(grey, np.uint8)
        if self._before is not None and self._before.shape != self._after.shape:
            self._before = None

    def carry(self, boxes: ArrayLike, expected: ArrayLike) -> tuple[Array, NDArray[np.bool_]]:
        """Where `boxes` (N, 4) of the picture before are in the last one, and which of them (N,) could be followed.

        expected: (N, 4) where they should be, as motion and camera tell: the search begins there. A box that could not
        be followed comes back as expected.
        """
        old, guess = as_boxes(boxes), np.array(as_boxes(expected))
        sure = np.zeros(len(old), bool)
        if self._before is None or self._after is None or len(old) == 0:
            return guess, sure
        start, found, good = _follow(self._before, self._after, old * self._scale, guess * self._scale)
        for k in np.flatnonzero(good.sum(axis=1) >= _LEAST_SHARE * _POINTS):
            a, b = start[k, good[k]], found[k, good[k]]
            way = np.median(b - a, axis=0)
            height = (old[k, 3] - old[k, 1]) * self._scale
            if np.median(np.abs(b - a - way)) > _MOST_SPREAD * height:
                continue
            middle = centres(old[k : k + 1]) + way / self._scale
            guess[k] = from_centres(middle, sizes(old[k : k + 1]) * _growth(a, b))[0]
            sure[k] = True
        return guess, sure


def _follow(
    before: NDArray[np.uint8], after: NDArray[np.uint8], old: Array, guess: Array
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """(N, P, 2) points of the picture before, where they are now, and (N, P) which came back when reversed."""
    start = _points(old)
    flat, first = (points.reshape(-1, 2).astype(np.float32) for points in (start, _points(guess)))
    found, miss, good = follow_points(before, after, flat, first, window=9, levels=_LEVELS, steps=10, texture=1e-4)
    good &= miss < _BACK_ERROR
    shape = start.shape[:2]
    return start, np.asarray(found, np.float64).reshape(*shape, 2), good.reshape(shape)


def _points(boxes: Array) -> Array:
    """(N, P, 2) the points of each box."""
    extent = sizes(boxes)
    x = boxes[:, 0, None] + extent[:, 0, None] * np.tile(_ACROSS, len(_DOWN))
    y = boxes[:, 1, None] + extent[:, 1, None] * np.repeat(_DOWN, len(_ACROSS))
    return np.stack([x, y], axis=2)


def _growth(before: Array, after: Array) -> float:
    """Median change of the points' distances from each other, held to what a fifth of a second allows."""
    i, j = np.triu_indices(len(before), 1)
    apart = np.linalg.norm(before[i] - before[j], axis=1)
    far = apart > 0.3 * apart.max()
    ratio = np.linalg.norm(after[i] - after[j], axis=1)[far] / apart[far]
    return float(np.clip(np.median(ratio), *_GROWTH))
