"""Cutting boxes out of pictures for the networks that look at one target at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grounding.types import Floats, Image

Affine = NDArray[np.float64]


def each(image: Image | Sequence[Image], boxes: Floats) -> Sequence[Image]:
    """The picture of each box, where one is given for all, or already one for each."""
    return [image] * len(boxes) if isinstance(image, np.ndarray) else image


def window(box: Floats, *, aspect: float, margin: float) -> Floats:
    """The box grown about its centre to `aspect` (width / height), then by `margin` of its size in all."""
    x1, y1, x2, y2 = (float(value) for value in box)
    height = max(y2 - y1, (x2 - x1) / aspect, 1.0) * (1 + margin)
    width = height * aspect
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    return np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2], np.float32)


def cut(image: Image, area: Floats, size: tuple[int, int]) -> Image:
    """The part `area` (x1, y1, x2, y2) of the picture, scaled to `size` (width, height); black outside the picture."""
    import cv2

    height, width = image.shape[:2]
    x1, y1, x2, y2 = (round(float(value)) for value in area)
    x2, y2 = max(x2, x1 + 1), max(y2, y1 + 1)
    inner = image[max(y1, 0) : max(min(y2, height), 0), max(x1, 0) : max(min(x2, width), 0)]
    if inner.size == 0:
        return np.zeros((size[1], size[0], 3), np.uint8)
    sides = (max(-y1, 0), max(y2 - height, 0), max(-x1, 0), max(x2 - width, 0))
    if any(sides):
        top, bottom, left, right = sides
        inner = np.pad(inner, ((top, bottom), (left, right), (0, 0)))
    shrinks = inner.shape[0] > size[1]
    crop = cv2.resize(inner, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(crop, np.uint8)
