"""Tiles: parts of a picture that are looked at enlarged, and one set of boxes out of what is found on each of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.detect.clean import MOST_BOXES
from grounding.geometry import as_boxes, coverage_matrix, iou_matrix
from grounding.types import Detections, Floats

Rect = tuple[int, int, int, int]
"""x1, y1, x2, y2 in whole pixels of the picture."""

_SAME: Final = 0.5
"""Boxes of two tiles that overlap more are one object."""
_PART: Final = 0.6
"""A box cut off by its tile's border, of which more than this lies in a box of another tile, is a part of that one."""
_AT_BORDER: Final = 2.0
_MULTIPLE: Final = 32


@dataclass(frozen=True, slots=True)
class Layout:
    """How a picture is looked at: as a `whole` at normal size, in `tiles` that are each enlarged, or both."""

    whole: bool = True
    tiles: tuple[Rect, ...] = ()

    def parts(self, size: tuple[int, int]) -> tuple[Rect, ...]:
        """Every part of a picture of `size` (width, height) that is looked at, the whole first."""
        return ((0, 0, *size), *self.tiles) if self.whole else self.tiles


WHOLE: Final = Layout()


def row_of_tiles(size: tuple[int, int], band: tuple[float, float], columns: int, overlap: float) -> tuple[Rect, ...]:
    """`columns` tiles of equal width side by side over the band `top, bottom` of a picture of `size`, each two of them
    `overlap` pixels in common."""
    width, height = size
    top, bottom = max(0, math.floor(band[0])), min(height, math.ceil(band[1]))
    wide = min(width, math.ceil((width + (columns - 1) * overlap) / columns))
    lefts = [round(k * (width - wide) / max(1, columns - 1)) for k in range(columns)]
    return tuple((left, top, left + wide, bottom) for left in lefts)


def cost_of(layout: Layout, size: tuple[int, int], side: int) -> float:
    """What looking in this layout costs, in pictures looked at as a whole: network pixels of all parts over those of
    the whole, each part's longer side scaled to `side` pixels."""
    sizes = [(x2 - x1, y2 - y1) for x1, y1, x2, y2 in layout.parts(size)]
    return sum(network_pixels(part, side) for part in sizes) / network_pixels(size, side)


def network_pixels(size: tuple[int, int], side: int) -> int:
    """Pixels that a network sees of a picture of `size` (width, height) whose longer side is scaled to `side`."""
    width, height = size
    scale = side / max(width, height)
    pixels = [math.ceil(max(1, round(length * scale)) / _MULTIPLE) * _MULTIPLE for length in (width, height)]
    return pixels[0] * pixels[1]


def merge(found: Sequence[Detections], parts: Sequence[Rect], size: tuple[int, int]) -> Detections:
    """The boxes of all parts of one picture in its own pixels, everybody once, strongest first; at most `MOST_BOXES`.

    found: for each part what was found on it, in that part's pixels. Of one object seen on two parts the box is kept
    that no border cuts, and of two such the one of the smaller, more enlarged part.
    """
    if len(parts) == 1 and parts[0][:2] == (0, 0):
        return found[0]
    boxes = np.concatenate(
        [f.boxes + np.asarray([*p[:2], *p[:2]], np.float32) for f, p in zip(found, parts, strict=True)]
    )
    scores = np.concatenate([f.scores for f in found])
    labels = np.concatenate([f.labels for f in found])
    part = np.repeat(np.arange(len(parts)), [len(f) for f in found])
    cut = np.concatenate([_cut_off(f.boxes, p, size) for f, p in zip(found, parts, strict=True)])
    area = np.asarray([(p[2] - p[0]) * (p[3] - p[1]) for p in parts], np.float64)[part]
    order = np.lexsort((-scores, area, cut))
    kept = _once(boxes, labels, part, cut, order)
    kept = kept[np.argsort(-scores[kept], kind="stable")][:MOST_BOXES]
    return Detections(np.asarray(boxes[kept], np.float32), scores[kept], labels[kept])


def _cut_off(boxes: Floats, part: Rect, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which boxes end at a border of their part that is not the picture's own."""
    x1, y1, x2, y2 = part
    cut = np.zeros(len(boxes), bool)
    if x1 > 0:
        cut |= boxes[:, 0] < _AT_BORDER
    if y1 > 0:
        cut |= boxes[:, 1] < _AT_BORDER
    if x2 < size[0]:
        cut |= boxes[:, 2] > x2 - x1 - _AT_BORDER
    if y2 < size[1]:
        cut |= boxes[:, 3] > y2 - y1 - _AT_BORDER
    return cut


def _once(
    boxes: Floats, labels: NDArray[np.int16], part: NDArray[np.intp], cut: NDArray[np.bool_], order: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Indices to keep: greedy in `order`, dropping what another part has shown already."""
    exact = as_boxes(boxes)
    kept: list[int] = []
    while len(order):
        best, order = int(order[0]), order[1:]
        kept.append(best)
        same = iou_matrix(exact[best], exact[order])[0] > _SAME
        piece = cut[order] & (coverage_matrix(exact[order], exact[best])[:, 0] > _PART)
        twice = (same | piece) & (labels[order] == labels[best]) & (part[order] != part[best])
        order = order[~twice]
    return np.asarray(kept, np.intp)
