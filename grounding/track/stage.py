"""The still ground behind a moving camera, and how targets enter and leave a gap on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grounding.geometry import Array, centres, sizes
from grounding.types import Tracklet

_SAME_TIME = 1e-6
_TIP_SECONDS = 1.05
_FAR_AWAY = 1e9


class Stage:
    """Carries points between the pictures of two times.

    camera_times (M,) and camera (M, 3, 3): homography from the picture at the previous time to the one at that time;
    cuts: times at which shots begin. Raises ValueError when times and homographies are not equally many.
    """

    def __init__(self, camera_times: ArrayLike, camera: ArrayLike, cuts: Sequence[float]) -> None:
        self._times = np.asarray(camera_times, np.float64).reshape(-1)
        self._steps = np.asarray(camera, np.float64).reshape(-1, 3, 3)
        if len(self._steps) != len(self._times):
            raise ValueError(f"{len(self._times)} camera times need as many homographies, got {len(self._steps)}")
        self._cuts = np.sort(np.asarray(cuts, np.float64))

    def shot(self, t: float) -> int:
        """Index of the shot that holds `t`."""
        return int(np.searchsorted(self._cuts, t + _SAME_TIME, side="right"))

    def span(self, t: float) -> tuple[float, float]:
        """From when to when the shot lasts that holds `t`; the first begins at 0, the last never ends."""
        k = self.shot(t)
        return (float(self._cuts[k - 1]) if k > 0 else 0.0), (float(self._cuts[k]) if k < len(self._cuts) else math.inf)

    def times_around(self, start: float, end: float) -> Array:
        """The camera times from the last one at or before `start` to the first one at or after `end`."""
        first = np.searchsorted(self._times, start + _SAME_TIME, side="right") - 1
        last = np.searchsorted(self._times, end - _SAME_TIME)
        return self._times[max(int(first), 0) : int(last) + 1]

    def between(self, start: ArrayLike, end: ArrayLike) -> Array:
        """(N, 3, 3) homographies from the pictures at `start` (N,) to those at `end` (N,), either way round.

        Steps are chained over the gap alone: chains over a whole match would gather error without bound.
        """
        first, last = np.broadcast_arrays(np.asarray(start, np.float64).ravel(), np.asarray(end, np.float64).ravel())
        low = np.searchsorted(self._times, np.minimum(first, last) + _SAME_TIME, side="right")
        high = np.searchsorted(self._times, np.maximum(first, last) + _SAME_TIME, side="right")
        motion = np.repeat(np.eye(3)[None], len(first), axis=0)
        for k in range(int((high - low).max(initial=0))):
            on = np.flatnonzero(low + k < high)
            motion[on] = self._steps[low[on] + k] @ motion[on]
        back = first > last
        if back.any():
            motion[back] = np.linalg.inv(motion[back])
        return np.asarray(motion / motion[:, 2:, 2:], np.float64)


def move_points(points: Array, motions: Array) -> Array:
    """(N, 2) points, each moved by its own (N, 3, 3) homography; very far away where it has no image."""
    moved = np.einsum("nij,nj->ni", motions[:, :, :2], points) + motions[:, :, 2]
    depth = moved[:, 2:]
    safe = np.abs(depth) > 1e-9
    return np.where(safe, moved[:, :2] / np.where(safe, depth, 1.0), _FAR_AWAY)


@dataclass(frozen=True, slots=True, eq=False)
class Tip:
    """One end of a run: place (2,), velocity (2,) in pixels a second over the ground and size (2,), as seen at `t`."""

    t: float
    centre: Array
    velocity: Array
    size: Array

    @classmethod
    def of(cls, tracklet: Tracklet, stage: Stage, *, first: bool) -> Tip:
        """A weighted line through about a second of the run at its first or last end."""
        times = tracklet.times
        t = float(times[0] if first else times[-1])
        near: NDArray[np.intp] = np.flatnonzero(np.abs(times - t) <= _TIP_SECONDS)
        places = move_points(centres(tracklet.boxes[near]), stage.between(times[near], t))
        size = np.maximum(np.median(sizes(tracklet.boxes[near]), axis=0), 1.0)
        if len(near) < 3:
            return cls(t, places[0 if first else -1], np.zeros(2), size)
        offset = times[near] - t
        slope, place = np.polyfit(offset, places, 1, w=np.exp(-np.abs(offset)))
        # A few points make a bold slope; shrink it as a prior of standing still would.
        return cls(t, place, slope * len(near) / (len(near) + 2.0), size)
