"""How fast somebody moves over the ground and whereto, with the motion of the camera taken out.

The foot points of about a second are carried into one picture by the camera's homographies; a line through them gives
the velocity, in body heights a second, so that no calibration is needed. Movement in depth is foreshortened: what is
one pixel up the picture is several of the same ground across it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from grounding.describe.soft import keep, ramp
from grounding.vocabulary import MOTIONS, term

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from grounding.types import Tube

    Array = NDArray[np.float64]

DEPTH = 3.5
"""How much farther a step up or down the picture is over the ground than the same step across: usual for a camera on
a stand, looking down at 15 to 20 degrees. `tilt` tells it for each shot."""

_BORDERS = (0.25, 1.22, 3.2)
_SOFT = 0.22
_WRONG, _WRONG_SPEED = 0.07, 0.15
"""How wrong feet are up the picture, in body heights a second, against how fast people usually are over the ground."""
_BEFORE, _AFTER = 0.25, 1.25
_SHORTEST = 0.55
_CLOSE_UP = 0.75
_STEEPEST = 0.6
"""Slope up to which heads tell of depth; by more they hardly move for who comes nearer."""
_LEAST_OFF = 0.0001
"""Variance of a rate, in body heights a second, that no line is trusted beyond."""


class Ground(Protocol):
    """Carries points between pictures; `grounding.track.stage.Stage` is one."""

    def between(self, start: ArrayLike, end: ArrayLike) -> Array:
        """(N, 3, 3) homographies from the pictures at `start` (N,) to those at `end` (N,)."""
        ...


@dataclass(frozen=True, slots=True)
class Movement:
    """Velocity over the ground in body heights a second: `across` to the right of the picture, `away` into it.

    by_size: `away` was told by how fast the size changes, not by the feet;
    held: share of `away` that is believed of the speed.
    """

    across: float
    away: float
    by_size: bool = False
    held: float = 1.0

    @property
    def speed(self) -> float:
        return float(np.hypot(self.across, self.away * self.held))

    def deep(self, depth: float) -> Movement:
        """The same where a step up the picture is `depth` times that across, other than it was taken for.

        The more a wrong foot counts by that, the less it is believed; of the speed still less than of the direction.
        """
        if self.by_size:
            return self
        believed, of_speed = (1.0 / (1.0 + (depth * wrong) ** 2) for wrong in (_WRONG, _WRONG_SPEED))
        return replace(self, away=self.away * depth * believed, held=of_speed / believed)


def movements(
    tube: Tube,
    seconds: Sequence[int],
    ground: Ground,
    *,
    picture_height: float,
    depth: float = DEPTH,
    slope: Callable[[float], float] | None = None,
) -> dict[int, Movement]:
    """Movement in each of `seconds` in which the tube has enough times to tell.

    depth: how much farther a step along the picture's height is over the ground than across it; slope: by how much
    taller somebody is seen with each pixel nearer, at a time; with it the head tells of steps into depth as well.
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
    carried = ground.between(tube.times[index], middle)
    feet, heads = (_carried(carried, (boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, k]) for k in (3, 1))
    # A zoom changes sizes without anybody coming nearer; sizes are carried to the same picture as the points.
    zoom = np.sqrt(np.abs(np.linalg.det(carried[:, :2, :2])))
    heights = np.maximum(1.0, (boxes[:, 3] - boxes[:, 1]) * zoom)
    out: dict[int, Movement] = {}
    at = 0
    for second, low, high in windows:
        part = slice(at, at + high - low)
        at += high - low
        rows = np.column_stack([feet[part], heads[part, 1]])
        shrinks = 0.0 if slope is None else slope(second + 0.5)
        out[second] = _movement(tube.times[low:high], rows, heights[part], picture_height, depth, shrinks)
    return out


def _carried(motions: Array, x: Array, y: Array) -> Array:
    """(N, 2) points, each moved by its own homography."""
    moved = np.einsum("nij,nj->ni", motions, np.stack([x, y, np.ones(len(x))], 1))
    return np.asarray(moved[:, :2] / np.where(np.abs(moved[:, 2:]) > 1e-9, moved[:, 2:], 1e-9), np.float64)


def _middle(times: Array, second: int) -> float:
    return float(times[int(np.argmin(np.abs(times - (second + 0.5))))])


def _movement(times: Array, rows: Array, heights: Array, picture_height: float, depth: float, slope: float) -> Movement:
    """rows (N, 3): x, the feet's y and the head's, in one picture; slope: 0 where it is not known."""
    height = float(np.median(heights))
    centred = times - times.mean()
    spread = float(centred @ centred)
    rates = centred @ (rows - rows.mean(0)) / spread
    off = np.square(rows - rows.mean(0) - centred[:, None] * rates).sum(0) / max(1, len(times) - 2) / spread
    rates, off = rates / height, off / height**2 + _LEAST_OFF
    down, doubt = float(rates[1]), float(off[1])
    if 0.0 < slope < _STEEPEST:
        # A head goes up the picture less than the feet by as much as the body is seen smaller. It is hidden less often.
        head, unsure = float(rates[2]) / (1 - slope), float(off[2]) / (1 - slope) ** 2
        down = (down / doubt + head / unsure) / (1 / doubt + 1 / unsure)
    by_size = height > _CLOSE_UP * picture_height
    if by_size:
        # The feet are cut off by the frame: only the change of size tells of depth, and it is too coarse for more than
        # its sign and about how fast (a focal length of 1.5 picture heights is assumed).
        growth = float(centred @ np.log(heights)) / spread
        return Movement(float(rates[0]), -growth * 1.5 * picture_height / height, by_size=True)
    return Movement(float(rates[0]), -down * depth)


def motion_terms(movement: Movement) -> dict[str, float]:
    """Terms of `vocabulary.MOTIONS` and `vocabulary.DIRECTIONS`."""
    speed = movement.speed
    reached = [1.0, *(ramp(speed, b * (1 - _SOFT), b * (1 + _SOFT)) for b in _BORDERS), 0.0]
    terms = {term("motion", name): reached[k] - reached[k + 1] for k, name in enumerate(MOTIONS)}
    moving = ramp(speed, 0.25, 0.6)
    if moving > 0:
        whole = float(np.hypot(movement.across, movement.away))
        x, away = movement.across / whole, movement.away / whole
        for name, share in (("right", x), ("left", -x), ("away", away), ("towards", -away)):
            terms[term("direction", name)] = moving * ramp(share, 0.3, 0.7)
    return keep(terms)
