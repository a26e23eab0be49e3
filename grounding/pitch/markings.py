"""The lines painted on a field, in metres.

x runs along the touchline, to the right as the camera on the stand sees it; y away from that camera. The field is
`[0, length] x [0, width]`. Football after the Laws of the Game (IFAB, Law 1) on 105 x 68 m, basketball after the FIBA
rules (28 x 15 m).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding import zones

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_CELL: Final = 0.5
"""Metres of a cell of the map that tells the nearest line."""
_APRON: Final = 12.0
"""Metres around the field that the map covers."""


@dataclass(frozen=True, eq=False)
class Field:
    """A field and its lines: segments (S, 4) `x1, y1, x2, y2`; curves are cut into short ones."""

    name: str
    length: float
    width: float
    segments: Array

    @cached_property
    def _nearest_map(self) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        x = np.arange(-_APRON, self.length + _APRON, _CELL) + _CELL / 2
        y = np.arange(-_APRON, self.width + _APRON, _CELL) + _CELL / 2
        cells = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        best = np.full(len(cells), np.inf)
        which = np.zeros(len(cells), np.int16)
        for k, segment in enumerate(self.segments):
            away = np.hypot(*(cells - _foot(cells, segment[None])).T)
            nearer = away < best
            best[nearer], which[nearer] = away[nearer], k
        shape = (len(y), len(x))
        return which.reshape(shape), best.reshape(shape).astype(np.float32)

    def nearest(self, points: Array) -> tuple[Array, Array]:
        """The nearest point on a line to each of `points` (N, 2), and the unit direction (N, 2) of that line."""
        which = self._nearest_map[0][self._cells(points)]
        segments = self.segments[which]
        along = segments[:, 2:] - segments[:, :2]
        return _foot(points, segments), along / np.linalg.norm(along, axis=1, keepdims=True)

    def _cells(self, points: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        rows, columns = self._nearest_map[0].shape
        at = np.clip(np.floor((points + _APRON) / _CELL), 0, [columns - 1, rows - 1]).astype(np.intp)
        return at[:, 1], at[:, 0]

    def closeness(self, cell: float, shape: tuple[int, int], reach: float) -> NDArray[np.float32]:
        """How near each cell of a map is to a line, 1 on it, falling with `reach` metres; row 0, column 0 is the origin
        and the map wraps around."""
        rows, columns = shape
        y, x = np.meshgrid(_wrapped(rows, cell), _wrapped(columns, cell), indexing="ij")
        points = np.column_stack([x.ravel(), y.ravel()])
        away = np.hypot(*(points - self.nearest(points)[0]).T)
        return np.asarray(np.exp(-0.5 * (away / reach) ** 2), np.float32).reshape(shape)

    @cached_property
    def samples(self) -> tuple[Array, Array]:
        """Points along all lines about half a metre apart (N, 2), and the direction (N, 2) of the line at each."""
        places, ways = [], []
        for x1, y1, x2, y2 in self.segments:
            length = float(np.hypot(x2 - x1, y2 - y1))
            share = (np.arange(max(1, round(length / 0.5))) + 0.5) / max(1, round(length / 0.5))
            places.append(np.column_stack([x1 + share * (x2 - x1), y1 + share * (y2 - y1)]))
            ways.append(np.repeat([[(x2 - x1) / length, (y2 - y1) / length]], len(share), axis=0))
        return np.concatenate(places), np.concatenate(ways)


def _wrapped(count: int, cell: float) -> Array:
    """Coordinates of the cells of a map that wraps around: the last quarter lies before the origin."""
    index = np.arange(count)
    return np.where(index < 0.8 * count, index, index - count) * cell


def _foot(points: Array, segments: Array) -> Array:
    """The nearest point of each segment to each point."""
    start, along = segments[:, :2], segments[:, 2:] - segments[:, :2]
    share = np.sum((points - start) * along, axis=1) / np.sum(along * along, axis=1)
    return np.asarray(start + np.clip(share, 0, 1)[:, None] * along, np.float64)


def _box(x1: float, y1: float, x2: float, y2: float) -> list[tuple[float, float, float, float]]:
    return [(x1, y1, x2, y1), (x2, y1, x2, y2), (x1, y2, x2, y2), (x1, y1, x1, y2)]


def _arc(x: float, y: float, radius: float, low: float, high: float) -> list[tuple[float, float, float, float]]:
    """A curve between two angles in degrees, cut every 10 degrees or less."""
    steps = max(2, int(np.ceil((high - low) / 10)))
    angles = np.radians(np.linspace(low, high, steps + 1))
    points = np.column_stack([x + radius * np.cos(angles), y + radius * np.sin(angles)])
    return [(*points[k], *points[k + 1]) for k in range(steps)]


def _football() -> Field:
    length, width = zones.FOOTBALL.length, zones.FOOTBALL.width
    middle = width / 2
    lines = [*_box(0, 0, length, width), (length / 2, 0, length / 2, width)]
    lines += _arc(length / 2, middle, 9.15, 0, 360)
    for goal, way in ((0.0, 1.0), (length, -1.0)):
        for deep, half in ((16.5, 20.16), (5.5, 9.16)):
            lines += _box(goal, middle - half, goal + way * deep, middle + half)
        turn = 0.0 if way > 0 else 180.0
        lines += _arc(goal + way * 11, middle, 9.15, turn - 53, turn + 53)
    return Field("football", length, width, np.array(lines))


def _basketball() -> Field:
    length, width = zones.BASKETBALL.length, zones.BASKETBALL.width
    middle = width / 2
    lines = [*_box(0, 0, length, width), (length / 2, 0, length / 2, width)]
    lines += _arc(length / 2, middle, 1.8, 0, 360)
    for end, way in ((0.0, 1.0), (length, -1.0)):
        turn = 0.0 if way > 0 else 180.0
        lines += _box(end, middle - 2.45, end + way * 5.8, middle + 2.45)
        lines += _arc(end + way * 5.8, middle, 1.8, turn - 90, turn + 90)
        lines += _arc(end + way * 1.575, middle, 1.25, turn - 90, turn + 90)
        lines += _arc(end + way * 1.575, middle, 6.75, turn - 78, turn + 78)
        lines += [(end, y, end + way * 2.99, y) for y in (0.9, width - 0.9)]
    return Field("basketball", length, width, np.array(lines))


FOOTBALL: Final = _football()
BASKETBALL: Final = _basketball()
FIELDS: Final = {field.name: field for field in (FOOTBALL, BASKETBALL)}
