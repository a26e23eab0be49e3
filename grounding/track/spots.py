"""What may be a ball on one picture, and how much it looks like one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from grounding.geometry import Array, centres, sizes
from grounding.types import Floats, Image

OF_A_BODY: Final = 0.14
"""Diameter of a ball against the height of a person, boxes being a little loose."""

_DIRECTIONS = 12
_ANGLES = np.arange(_DIRECTIONS) * (2 * np.pi / _DIRECTIONS)
_RING = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
_DISC = np.concatenate([np.zeros((1, 2)), 0.45 * _RING[::2], 0.7 * _RING[1::2]])


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Detections on one picture that may be a ball.

    boxes (N, 4) and scores (N,) of a detector; colours (N, 3): RGB of the inside, 0..1; contrasts (N,): how different
    the inside is from what is around, 0 alike, 1.7 black on white.
    """

    boxes: Floats
    scores: Floats
    colours: Array
    contrasts: Array

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Of each spot: shape (N,), log-odds that it is a ball but for its colour; body (N,), how tall people are there in
    pixels; apart (N,), body heights to the box of the nearest person, 0 inside, infinite without people."""

    shape: Array
    body: Array
    apart: Array


def spots_of(image: Image, boxes: Floats, scores: Floats) -> Spots:
    """Measures the pixels of boxes (N, 4) with scores (N,).

    The contrast is the median over twelve directions: whatever goes on at one side (a boot on its leg, a hand) is there
    like its surroundings, and a ball beside a boot is not.
    """
    height, width = image.shape[:2]
    middle, reach = centres(boxes), np.maximum(sizes(boxes) / 2, 2.0)

    def colours(places: Array) -> Array:
        x, y = np.rint(middle[:, None] + reach[:, None] * places).astype(int).transpose(2, 0, 1)
        found = image[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
        return np.asarray(found, np.float64) / 255.0

    around = (colours(1.3 * _RING) + colours(1.6 * _RING)) / 2
    inside = colours(_DISC).mean(axis=1)
    different = np.linalg.norm(around - inside[:, None], axis=2)
    return Spots(boxes, scores, inside, np.sort(different, axis=1)[:, _DIRECTIONS // 2])


def evidence(spots: Spots, people: Floats) -> Evidence:
    """How much each spot looks like a ball among people (M, 4).

    Round, not smaller than a ball beside the three nearest people, and neither a head nor another part of a body. The
    weights were fitted (logistic regression) to detections on rendered football.
    """
    extent = np.maximum(sizes(spots.boxes), 1.0)
    size, middle = extent.mean(axis=1), centres(spots.boxes)
    scores = np.clip(spots.scores.astype(np.float64), 1e-3, 1 - 1e-3)
    shape = 2.2 * np.log(scores / (1.0 - scores)) - 1.6 * np.log(extent[:, 0] / extent[:, 1]) ** 2
    if len(people) == 0:
        return Evidence(shape, size / OF_A_BODY, np.full(len(size), np.inf))
    width, height = (np.maximum(sizes(people), 1.0)[:, k] for k in (0, 1))
    feet_away = np.hypot((people[:, 0] + people[:, 2]) / 2 - middle[:, :1], people[:, 3] - middle[:, 1:])
    body = np.median(height[np.argsort(feet_away, axis=1)[:, :3]], axis=1)
    shape -= 5.5 * np.clip(np.log(body * OF_A_BODY / size), 0, 2)
    across = (middle[:, :1] - people[:, 0]) / width
    down = (middle[:, 1:] - people[:, 1]) / height
    inside = (across > -0.05) & (across < 1.05)
    head = inside & (np.abs(across - 0.5) < 0.35) & (down > -0.03) & (down < 0.16)
    trunk = inside & (down >= 0.16) & (down <= 0.84)
    shape -= 1.8 * head.any(axis=1) + 0.8 * trunk.any(axis=1)
    beside = np.maximum(0, np.maximum(people[:, 0] - middle[:, :1], middle[:, :1] - people[:, 2]))
    above = np.maximum(0, np.maximum(people[:, 1] - middle[:, 1:], middle[:, 1:] - people[:, 3]))
    return Evidence(shape, body, np.hypot(beside, above).min(axis=1) / body)


def with_colour(shape: Array, spots: Spots, ball: Array | None) -> Array:
    """(N,) log-odds with the colour taken in: that of the ball (3,) where it is known, else any that stands out."""
    if ball is None:
        return np.asarray(shape + 6.5 * spots.contrasts - 1.9, np.float64)
    away = np.linalg.norm(spots.colours - ball, axis=1)
    return np.asarray(shape + 0.8 * spots.contrasts + 3.0 - 7.5 * away, np.float64)
