"""The white lines on a picture of a field, found by colour and shape alone.

The ground is what has the field's colour; a line is a thin bright ridge on it with ground on both sides (after Farin,
Krabbe, de With and Effelsberg, "Robust camera calibration for sport videos using court models", SPIE 2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from grounding.geometry import as_boxes, expand

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from grounding.types import Image

    Array = NDArray[np.float64]
    Mask = NDArray[np.uint8]

WORKING_WIDTH: Final = 640
_LEAST_GROUND: Final = 0.25
"""Share of the picture that has to show the ground."""
_LEAST_POINTS: Final = 60
_MAX_POINTS: Final = 400
_RIDGE: Final = 14
"""Levels of red and blue by which a line is whiter than the ground on both of its sides."""
_REACH: Final = (4, 7, 12)
"""Pixels of the small picture to either side at which the ground has to show again."""


@dataclass(frozen=True, slots=True, eq=False)
class Paint:
    """What one picture shows of a field, in pixels of the small copy `scale` times the size of the picture.

    points: (N, 2) of lines; lines: (K, 4) ends of straight pieces, the longest first; ground: (M, 2) corners of the
    part of the picture that is ground; away: distance in pixels to the nearest line pixel; hidden: where people stand.
    """

    points: Array
    lines: Array
    ground: Array
    away: NDArray[np.float32]
    hidden: Mask
    scale: float

    @property
    def size(self) -> tuple[int, int]:
        return self.away.shape[1], self.away.shape[0]

    def on_ground(self, places: Array) -> NDArray[np.bool_]:
        """Whether places (N, 2) lie inside the outline of the ground."""
        start, along = self.ground, np.roll(self.ground, -1, axis=0) - self.ground
        to = places[:, None] - start
        side = along[:, 0] * to[..., 1] - along[:, 1] * to[..., 0]
        return np.asarray((side >= -3).all(1) | (side <= 3).all(1), np.bool_)


_WINDOW: Final = 31
_CROWDED: Final = 0.14
"""Share of a window of so many pixels that crests may cover: two crossing lines do not, the net of a goal does."""


def find_paint(image: Image, people: ArrayLike | None = None) -> Paint | None:
    """The lines on a picture; None where it shows too little of a green ground or too few lines.

    people: (N, 4) boxes in `image` of those who stand on it.
    """
    scale = min(1.0, WORKING_WIDTH / image.shape[1])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    grass = _grass(small)
    if cv2.countNonZero(grass) < _LEAST_GROUND * grass.size:
        return None
    ground, corners = _ground(grass)
    hidden = _boxes_mask(grass.shape, people, scale)
    ridges = _ridges(small, grass)
    ridges[(ground == 0) | (hidden > 0)] = 0
    ridges = _long_ones(ridges)
    ys, xs = np.nonzero(ridges)
    if len(xs) < _LEAST_POINTS:
        return None
    away = cv2.distanceTransform(255 - ridges, cv2.DIST_L2, 3)
    keep = np.linspace(0, len(xs) - 1, min(len(xs), _MAX_POINTS)).astype(int)
    points = np.column_stack([xs, ys])[keep].astype(np.float64)
    return Paint(points, _straight(ridges), corners, np.asarray(away, np.float32), hidden, scale)


def _grass(small: Image) -> Mask:
    """255 where the picture has the colour of grass: green over red and blue, in sun and in shade."""
    r, g, b = cv2.split(small)
    green = (g > cv2.addWeighted(r, 1.08, r, 0, 0)) & (g > cv2.addWeighted(b, 1.15, b, 0, 0)) & (g > 36)
    return np.asarray(green, np.uint8) * np.uint8(255)


def _ground(grass: Mask) -> tuple[Mask, Array]:
    """The field with its lines and people filled in, and the corners of its convex outline."""
    closed = cv2.morphologyEx(grass, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    closed = cv2.morphologyEx(closed, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = np.zeros_like(grass)
    if not outlines:
        return filled, np.zeros((0, 2))
    largest = max(outlines, key=cv2.contourArea)
    hull = cv2.convexHull(largest)
    cv2.drawContours(filled, [largest], -1, 255, cv2.FILLED)
    return filled, np.asarray(hull.reshape(-1, 2), np.float64)


def _boxes_mask(shape: tuple[int, ...], boxes: ArrayLike | None, scale: float) -> Mask:
    mask = np.zeros(shape[:2], np.uint8)
    if boxes is not None:
        for x1, y1, x2, y2 in np.rint(expand(as_boxes(boxes) * scale, 1.15)).astype(int):
            mask[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = 255
    return mask


def _ridges(small: Image, grass: Mask) -> Mask:
    """255 on the crests of thin white ridges, across or down, that have ground on both sides."""
    # Grass has little red and least blue, whether it is mown light or dark; paint has both.
    r, _, b = cv2.split(small)
    grey = cv2.min(r, b)
    found = np.zeros(grey.shape, np.uint8)
    for axis in (0, 1):
        beside = cv2.max(np.roll(grey, 1, axis), np.roll(grey, -1, axis))
        crest = np.asarray(cv2.compare(grey, beside, cv2.CMP_GE), np.uint8)
        for reach in _REACH:
            around = cv2.max(np.roll(grey, reach, axis), np.roll(grey, -reach, axis))
            both = np.asarray(cv2.bitwise_and(np.roll(grass, reach, axis), np.roll(grass, -reach, axis)), np.uint8)
            found[(cv2.subtract(grey, around) > _RIDGE) & (both & crest > 0)] = 255
    edge = max(_REACH)
    found[:edge] = found[-edge:] = 0
    found[:, :edge] = found[:, -edge:] = 0
    return found


def _long_ones(ridges: Mask) -> Mask:
    """Only ridges of some length and as thin as lines: no socks and shirts, no nets, no noise of the grass."""
    crowded = cv2.boxFilter(ridges, cv2.CV_32F, (_WINDOW, _WINDOW)) > 255 * _CROWDED
    ridges = np.where(crowded, 0, ridges).astype(np.uint8)
    joined = cv2.dilate(ridges, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    area = stats[:, cv2.CC_STAT_AREA]
    good = (extent > 24) & (area < 0.22 * extent**2) & ((area < 8 * extent) | (extent > 150))
    good[0] = False
    return np.asarray(np.where(good[labels], ridges, 0), np.uint8)


def _straight(ridges: Mask) -> Array:
    """(K, 4) straight pieces of the lines, the longest first, no two along the same line."""
    found = cv2.HoughLinesP(ridges, 1, np.pi / 360, 40, minLineLength=50, maxLineGap=12)
    if found is None:
        return np.zeros((0, 4))
    pieces = found.reshape(-1, 4).astype(np.float64)
    order = np.argsort(-np.hypot(pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1]))
    kept: list[Array] = []
    ys, xs = np.nonzero(ridges)
    inked = np.column_stack([xs, ys]).astype(np.float64)
    for piece in pieces[order]:
        if all(_apart(piece, other) for other in kept) and not _bent(piece, inked):
            kept.append(piece)
        if len(kept) == 8:
            break
    return np.array(kept).reshape(-1, 4)


def _bent(piece: Array, inked: Array) -> bool:
    """Whether a piece is a chord of a curve: what is painted along and a little beyond it bows by over 1.5 pixels."""
    along = piece[2:] - piece[:2]
    length = float(np.linalg.norm(along))
    along = along / length
    to = inked - piece[:2]
    share, aside = to @ along / length - 0.5, to @ np.array([-along[1], along[0]])
    near = (np.abs(share) < 0.75) & (np.abs(aside) < 7)
    if near.sum() < 12:
        return True
    bow = np.polyfit(share[near], aside[near], 2)[0]
    return bool(abs(bow) / 4 > 1.5)


def _apart(piece: Array, other: Array) -> bool:
    """Whether a piece lies on another line than `other`: more than 6 pixels from it somewhere."""
    along = other[2:] - other[:2]
    normal = np.array([-along[1], along[0]]) / np.linalg.norm(along)
    return bool(max(abs((piece[:2] - other[:2]) @ normal), abs((piece[2:] - other[:2]) @ normal)) > 6)
