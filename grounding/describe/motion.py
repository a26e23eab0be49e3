"""How fast somebody moves over the ground and whereto, with the motion of the camera taken out.

The foot points of about a second are carried into one picture by the camera's homographies; a line through them gives
the velocity, in body heights a second, so that no calibration is needed. Movement in depth is foreshortened: what is
one pixel up the picture is several of the same ground across it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from grounding.describe.soft import keep, ramp
from grounding.vocabulary import MOTIONS, term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from grounding.types import Tube

    Array = NDArray[np.float64]

DEPTH = 3.5
"""How much farther a step up or down the picture is over the ground than the same step across: usual for a camera on
a stand, looking down at 15 to 20 degrees."""

_BORDERS = (0.3, 1.2, 3.0)
_SOFT = 0.22
_BEFORE, _AFTER = 0.25, 1.25
_SHORTEST = 0.35
_CLOSE_UP = 0.75


class Ground(Protocol):
    """Carries points between pictures; `grounding.track.stage.Stage` is one."""

    def between(self, start: ArrayLike, end: ArrayLike) -> Array:
        """(N, 3, 3) homographies from the pictures at `start` (N,) to those at `end` (N,)."""
        ...


@dataclass(frozen=True, slots=True)
class Movement:
    """Velocity over the ground in body heights a second: `across` to the right of the picture, `away` into it.

    rise: how far the feet went up and came down again within the second, in body heights (a jump).
    """

    across: float
    away: float
    rise: float = 0.0

    @property
    def speed(self) -> float:
        return float(np.hypot(self.across, self.away))


def movements(
    tube: Tube, seconds: Sequence[int], ground: Ground, *, picture_height: float, depth: float = DEPTH
) -> dict[int, Movement]:
    """Movement in each of `seconds` in which the tube has enough times to tell.

    depth: how much farther a step along the picture's height is over the ground than across it.
    """
    windows = [
        (second, *np.searchsorted(tube.times, [second - _BEFORE, second + _AFTER])) for second in sorted(set(seconds))
    ]
    windows = [
        (second, low, high)
        for second, low, high in windows
        if high - low >= 3 and tube.times[high - 1] - tube.times[low] >= _SHORTEST
    ]
    if not windows:
        return {}
    index = np.concatenate([np.arange(low, high) for _, low, high in windows])
    middle = np.concatenate([np.full(high - low, _middle(tube.times[low:high], s)) for s, low, high in windows])
    boxes = tube.boxes[index].astype(np.float64)
    feet = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3], np.ones(len(boxes))], 1)
    carried = ground.between(tube.times[index], middle)
    moved = np.einsum("nij,nj->ni", carried, feet)
    points = moved[:, :2] / np.where(np.abs(moved[:, 2:]) > 1e-9, moved[:, 2:], 1e-9)
    # A zoom changes sizes without anybody coming nearer; sizes are carried to the same picture as the points.
    zoom = np.sqrt(np.abs(np.linalg.det(carried[:, :2, :2])))
    heights = np.maximum(1.0, (boxes[:, 3] - boxes[:, 1]) * zoom)
    out: dict[int, Movement] = {}
    at = 0
    for second, low, high in windows:
        part = slice(at, at + high - low)
        at += high - low
        out[second] = _movement(tube.times[low:high], points[part], heights[part], picture_height, depth)
    return out


def _middle(times: Array, second: int) -> float:
    return float(times[int(np.argmin(np.abs(times - (second + 0.5))))])


def _movement(times: Array, points: Array, heights: Array, picture_height: float, depth: float) -> Movement:
    height = float(np.median(heights))
    centred = times - times.mean()
    spread = float(centred @ centred)
    across, down = (float(centred @ (points[:, k] - points[:, k].mean())) / spread / height for k in (0, 1))
    away = -down * depth
    if height > _CLOSE_UP * picture_height:
        # The feet are cut off by the frame: only the change of size tells of depth, and it is too coarse for more than
        # its sign and about how fast (a focal length of 1.5 picture heights is assumed).
        growth = float(centred @ np.log(heights)) / spread
        away = -growth * 1.5 * picture_height / height
    return Movement(across, away, _rise(times, points[:, 1] / height))


def _rise(times: Array, foot: Array) -> float:
    """Highest point of the feet over the line between where they left and came down, in the unit of `foot`."""
    best = 0.0
    for k in range(1, len(foot) - 1):
        before, after = foot[:k], foot[k + 1 :]
        best = max(best, float(min(before.max(), after.max()) - foot[k]))
    # A slope from running up or down the picture is no jump: what a straight line explains is taken off.
    slope = abs(float(np.polyfit(times, foot, 1)[0])) if len(times) > 2 else 0.0
    return max(0.0, best - 0.25 * slope)


def motion_terms(movement: Movement) -> dict[str, float]:
    """Terms of `vocabulary.MOTIONS` and `vocabulary.DIRECTIONS`."""
    speed = movement.speed
    reached = [1.0, *(ramp(speed, b * (1 - _SOFT), b * (1 + _SOFT)) for b in _BORDERS), 0.0]
    terms = {term("motion", name): reached[k] - reached[k + 1] for k, name in enumerate(MOTIONS)}
    moving = ramp(speed, 0.25, 0.6)
    if moving > 0:
        x, away = movement.across / speed, movement.away / speed
        for name, share in (("right", x), ("left", -x), ("away", away), ("towards", -away)):
            terms[term("direction", name)] = moving * ramp(share, 0.3, 0.7)
    return keep(terms)
