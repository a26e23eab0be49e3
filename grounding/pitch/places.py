"""From boxes in the picture to places on the field: which of the known registrations tells where somebody stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from grounding.pitch.lens import inverse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from grounding.types import Floats, Registration, Tube

    Array = NDArray[np.float64]

_REACH: Final = 1.3
"""Seconds from a registration over which the camera's motion carries it."""
_SLIP: Final = 0.3
"""Metres it may be off more for each second it is carried."""
_FOOT: Final = 0.035
"""How far the lower edge of a box may be from the feet, as a share of the box's height."""
_OFF: Final = 8.0
"""Metres outside the lines beyond which a place cannot be right."""


class Stage(Protocol):
    """Carries points between the pictures of two times; `grounding.track.stage.Stage` is one."""

    def between(self, start: ArrayLike, end: ArrayLike) -> Array:
        """(N, 3, 3) homographies from the pictures at `start` (N,) to those at `end` (N,)."""
        ...

    def shot(self, t: float) -> int:
        """Index of the shot that holds `t`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Where somebody stood at each time: points (N, 2) in metres, nan where it is not known; errors (N,) in metres;
    sided (N,): whether the ends of the field were told apart; sport: whose field."""

    points: Array
    errors: Array
    sided: NDArray[np.bool_]
    sport: str


class Pitch:
    """Tells where on the field people are.

    registrations: of one video; stage: its camera; size: width and height of its pictures.
    """

    def __init__(self, registrations: Sequence[Registration], stage: Stage, size: tuple[int, int]) -> None:
        self._known = sorted(registrations, key=lambda one: one.t)
        self._times = np.array([one.t for one in self._known])
        self._shots = np.array([stage.shot(one.t) for one in self._known], np.int64)
        self._stage, self._size = stage, size

    def __bool__(self) -> bool:
        return bool(self._known)

    def spots(self, tube: Tube) -> Spots | None:
        """Where the feet of the boxes of a tube stand; None where nothing is known of any of its times."""
        if not self._known:
            return None
        nearest = self._nearest(tube)
        usable = np.flatnonzero((nearest >= 0) & self._on_feet(tube.boxes))
        if not len(usable):
            return None
        chosen = nearest[usable]
        times = tube.times[usable]
        carried = self._stage.between(self._times[chosen], times)
        to_ground = inverse(carried @ np.stack([self._known[k].homography for k in chosen]))
        boxes = np.asarray(tube.boxes[usable], np.float64)
        feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
        tall = boxes[:, 3] - boxes[:, 1]
        points = _moved(to_ground, feet)
        off_feet = np.linalg.norm(_moved(to_ground, feet - np.column_stack([0 * tall, _FOOT * tall])) - points, axis=1)
        own = np.array([self._known[k].error for k in chosen])
        slip = _SLIP * np.abs(times - self._times[chosen])
        return self._spread(len(tube.times), usable, points, np.sqrt(own**2 + off_feet**2) + slip, chosen)

    def _spread(
        self, count: int, usable: NDArray[np.intp], points: Array, errors: Array, chosen: NDArray[np.int64]
    ) -> Spots:
        """The spots of the usable times among all."""
        every, wide = np.full((count, 2), np.nan), np.full(count, np.nan)
        sided = np.zeros(count, np.bool_)
        every[usable], wide[usable] = points, errors
        sided[usable] = [self._known[k].sided for k in chosen]
        return Spots(every, wide, sided, self._known[int(chosen[0])].sport)

    def _nearest(self, tube: Tube) -> NDArray[np.int64]:
        """For each time the registration to use, the nearest in the same shot; -1 where there is none."""
        shot = self._stage.shot(float(tube.times[0]))
        own = np.flatnonzero(self._shots == shot)
        if not len(own):
            return np.full(len(tube.times), -1, np.int64)
        times = self._times[own]
        after = np.clip(np.searchsorted(times, tube.times), 0, len(own) - 1)
        before = np.maximum(after - 1, 0)
        nearer = np.abs(times[before] - tube.times) <= np.abs(times[after] - tube.times)
        best = np.where(nearer, before, after)
        near = np.abs(times[best] - tube.times) <= _REACH
        return np.where(near, own[best], -1)

    def _on_feet(self, boxes: Floats) -> NDArray[np.bool_]:
        """Whether the feet are on the picture: a box that ends at its lower edge may go on below."""
        return np.asarray(boxes[:, 3] < self._size[1] - 3, np.bool_)


def _moved(motions: Array, points: Array) -> Array:
    moved = np.einsum("nij,nj->ni", motions[:, :, :2], points) + motions[:, :, 2]
    return np.asarray(moved[:, :2] / np.where(np.abs(moved[:, 2:]) < 1e-12, np.nan, moved[:, 2:]), np.float64)


def on_the_field(spots: Spots, length: float, width: float) -> NDArray[np.bool_]:
    """(N,) whether a spot is known and lies on the field or close to it."""
    with np.errstate(invalid="ignore"):
        inside = (spots.points > -_OFF).all(1) & (spots.points < [length + _OFF, width + _OFF]).all(1)
    return np.asarray(inside & np.isfinite(spots.points).all(1), np.bool_)
