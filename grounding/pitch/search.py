"""Finds where a camera might stand, out of the lines of one picture and the height of the people on it.

The straight lines tell how the camera is turned, once its tilt is assumed: on a field all are parallel or at right
angles. How high people are tells how large a metre is. With these given, the lines lie on the ground up to a shift, and
one correlation with the map of the field's lines tries all shifts at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from scipy import fft

from grounding.pitch.lens import homographies, inverse, position
from grounding.pitch.markings import FIELDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grounding.pitch.markings import Field

    Array = NDArray[np.float64]

PERSON: Final = 1.78
"""Height in metres of the box around somebody who plays: seldom quite upright."""
_ROWS, _COLUMNS = 144, 192
_MIDDLE: Final = np.array([_COLUMNS // 2, _ROWS // 2])
_HALF: Final = np.array([78, 60])
"""Cells of the map to either side of the middle of the picture that are looked at."""
_CELLS: Final = {"football": 1.0, "basketball": 0.25}
_SINES: Final = np.exp(np.arange(np.log(0.06), np.log(0.72), 0.08))
_DISTANCES: Final = {"football": (25.0, 45.0, 80.0), "basketball": (12.0, 20.0, 34.0)}
_SIZES: Final = np.array([0.85, 0.91, 0.97, 1.04, 1.11, 1.19])
_ALONG: Final = np.radians(3.5)
"""How far from parallel or square to each other two lines on the ground may seem."""
_LEAST: Final = 8
_MANY: Final = 30
_HIGHEST: Final = {"football": 40.0, "basketball": 20.0}
_MISSING: Final = 0.05
"""What a metre of line that should be seen and is not counts against a metre that is."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What is known of one picture, in pixels of its small copy.

    points (N, 2): on lines; lines (K, 4): straight pieces; outlines: corners of the grounds in view; people (P, 4):
    boxes of those who stand on it; size: width and height.
    """

    points: Array
    lines: Array
    outlines: tuple[Array, ...]
    people: Array
    size: tuple[int, int]


def propose(field: Field, sight: Sight, most: int = 24) -> Array:
    """(K, 6) lenses that may be right, the likeliest first; none where there is no straight line or nobody to tell the
    size of things by."""
    poses = _poses(field, sight)
    if not len(poses):
        return np.zeros((0, 6))
    found: list[tuple[float, Array]] = []
    cell = _CELLS[field.name]
    for lens in poses:
        score, places = _shifts(field, lens, sight, cell)
        found += [(value, np.concatenate([place, lens[2:]])) for value, place in zip(score, places, strict=True)]
    found.sort(key=lambda item: -item[0])
    kept: list[Array] = []
    for _, lens in found:
        if len(kept) == most:
            break
        if _stands_aside(field, lens) and not any(_alike(lens, other, 2 * cell) for other in kept):
            kept.append(lens)
    return np.array(kept).reshape(-1, 6)


def _alike(lens: Array, other: Array, away: float) -> bool:
    """Whether two proposals look at the same spot, turned and sized alike: one of them is enough to go on from."""
    gap = np.abs(lens - other)
    return bool(max(gap[0], gap[1]) <= away and gap[2] < 0.1 and gap[3] < 0.13 and gap[4] < 0.1)


def _stands_aside(field: Field, lens: Array) -> bool:
    """Whether the camera stands off the field."""
    x, y, _ = position(lens)
    return bool(x < 1 or x > field.length - 1 or y < 1 or y > field.width - 1)


def _poses(field: Field, sight: Sight) -> Array:
    """(G, 6) all that is assumed of tilt, distance and size, turned as the straight lines say; x and y are 0."""
    if not len(sight.lines) or not len(sight.people):
        return np.zeros((0, 6))
    sines, distances = (a.ravel() for a in np.meshgrid(_SINES, _DISTANCES[field.name]))
    possible = sines * distances < _HIGHEST[field.name]
    sines, distances = sines[possible], distances[possible]
    sizes = _metre(sight, sines, distances)
    sines, distances, sizes = (a[np.isfinite(sizes)] for a in (sines, distances, sizes))
    if not len(sizes):
        return np.zeros((0, 6))
    flat = np.column_stack(
        [np.zeros((len(sines), 2)), np.log(sizes), np.log(sines), np.zeros(len(sines)), np.log(distances)]
    )
    turns, agreement = _turns(flat, sight)
    good = agreement >= min(agreement.max() - 0.1, np.sort(agreement)[-_LEAST])
    flat, turns = flat[good], turns[good]
    sizes = _SIZES
    if len(flat) > _MANY:
        # One straight line tells little of the tilt; all that is possible is tried, but less finely.
        flat, turns, sizes = flat[::2], turns[::2], _SIZES[::2]
    poses = []
    for size in sizes:
        for quarter in (0.0, -np.pi / 2):
            rows = flat.copy()
            rows[:, 2] += np.log(size)
            rows[:, 4] = turns + quarter
            poses.append(rows)
    return np.concatenate(poses)


def _metre(sight: Sight, sines: Array, distances: Array) -> Array:
    """Pixels per metre in the middle of the picture, by the height of people, for each tilt and distance; nan where
    they do not go together."""
    boxes = sight.people
    heights, feet = boxes[:, 3] - boxes[:, 1], boxes[:, 3] - sight.size[1] / 2
    cosines = np.sqrt(1 - sines**2)
    upright = heights / PERSON
    sizes = np.median(upright) / cosines
    for _ in range(2):
        focal = (sizes * distances)[:, None]
        nearer = 1 + feet / focal * (cosines / sines)[:, None]
        possible = (nearer > 0.1).mean(1) > 0.8  # or too many would stand above the horizon
        sizes = np.where(possible, np.median(upright / np.maximum(nearer, 0.1), axis=1) / cosines, np.nan)
    return np.asarray(sizes, np.float64)


def _turns(lenses: Array, sight: Sight) -> tuple[Array, Array]:
    """The yaw of each lens in [0, 90) degrees at which the lines lie best along and across the field, and how well."""
    back = inverse(homographies(lenses, sight.size))
    ends = sight.lines.reshape(-1, 2)
    moved = np.einsum("gij,nj->gni", back, np.column_stack([ends, np.ones(len(ends))]))
    before = moved[..., 2] > 1e-9
    ground = moved[..., :2] / np.where(before, moved[..., 2], 1.0)[..., None]
    way = ground[:, 1::2] - ground[:, 0::2]
    angles = np.arctan2(way[..., 1], way[..., 0])
    weights = np.linalg.norm(sight.lines[:, 2:] - sight.lines[:, :2], axis=1)
    shown = before[:, 1::2] & before[:, 0::2]
    agreed = np.zeros(len(lenses))
    turns = np.zeros(len(lenses))
    for k in range(min(3, len(weights))):
        apart = _quarter(angles - angles[:, k : k + 1])
        same = weights * (np.abs(apart) < _ALONG) * shown
        agreement = same.sum(1) / weights.sum()
        better = agreement > agreed
        turn = angles[:, k] + (same * apart).sum(1) / np.maximum(same.sum(1), 1e-9)
        agreed, turns = np.where(better, agreement, agreed), np.where(better, turn, turns)
    return np.mod(turns, np.pi / 2), agreed


def _quarter(angles: Array) -> Array:
    """Angles to the nearest multiple of 90 degrees."""
    return np.asarray(np.mod(angles + np.pi / 4, np.pi / 2) - np.pi / 4, np.float64)


def _shifts(field: Field, lens: Array, sight: Sight, cell: float) -> tuple[Array, Array]:
    """The best two shifts (2, 2) of a lens in metres and how much speaks for each."""
    back = inverse(homographies(lens, sight.size))
    lines, count = _raster(back, sight.points, cell)
    if count < 8:
        return np.zeros(0), np.zeros((0, 2))
    view = np.zeros((_ROWS, _COLUMNS), np.uint8)
    for outline in sight.outlines:
        _fill(view, back, outline, cell)
    close, painted = _maps(field.name)
    product = np.conj(fft.rfft2(lines)) * close - _MISSING * np.conj(fft.rfft2(view.astype(np.float32))) * painted
    score = fft.irfft2(product, s=(_ROWS, _COLUMNS)) / (count + 6.0)
    rows, columns = round(field.width / cell), round(field.length / cell)
    allowed = score[:rows, :columns]
    values, places = [], []
    for _ in range(2):
        row, column = np.unravel_index(int(allowed.argmax()), allowed.shape)
        values.append(float(allowed[row, column]))
        places.append((column * cell, row * cell))
        allowed[max(0, row - 4) : row + 5, max(0, column - 4) : column + 5] = -np.inf
    return np.array(values), np.array(places)


@lru_cache(maxsize=4)
def _maps(name: str) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
    """The transforms of the maps of a field: how close a line is, and where lines are."""
    field, cell = FIELDS[name], _CELLS[name]
    close = field.closeness(cell, (_ROWS, _COLUMNS), 0.9 * cell)
    painted = (field.closeness(cell, (_ROWS, _COLUMNS), cell) > np.exp(-0.5 * 0.55**2)).astype(np.float32)
    # Pictures lie in the middle of their maps; moved by as much, the field's map gives shifts that count from 0.
    close, painted = (np.roll(one, _MIDDLE[::-1], (0, 1)) for one in (close, painted))
    return fft.rfft2(close), fft.rfft2(painted)


def _cells_of(back: Array, places: Array, cell: float) -> NDArray[np.intp]:
    """(M, 2) columns and rows of places in the picture, on a map with the middle of the picture in its middle."""
    moved = places @ back[:, :2].T + back[:, 2]
    moved = moved[moved[:, 2] > 1e-9]
    at = np.rint(moved[:, :2] / moved[:, 2:] / cell) + _MIDDLE
    return np.asarray(at, np.intp)


def _raster(back: Array, points: Array, cell: float) -> tuple[NDArray[np.float32], int]:
    """The cells with points in them, and their number."""
    at = _cells_of(back, points, cell)
    at = at[((at >= _MIDDLE - _HALF) & (at < _MIDDLE + _HALF)).all(1)]
    lines = np.zeros((_ROWS, _COLUMNS), np.float32)
    lines[at[:, 1], at[:, 0]] = 1.0
    return lines, int(lines.sum())


def _fill(view: NDArray[np.uint8], back: Array, outline: Array, cell: float) -> None:
    """Adds what lies inside an outline to a map."""
    at = np.clip(_cells_of(back, outline, cell), _MIDDLE - _HALF, _MIDDLE + _HALF - 1)
    if len(at) >= 3:
        cv2.fillConvexPoly(view, cv2.convexHull(at.astype(np.int32)), 1)
