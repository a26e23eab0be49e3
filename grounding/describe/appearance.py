"""What a person looks like as one vector, for joining tracks and for "more like this"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from grounding.describe.crops import cut, each, window
from grounding.types import Floats, Image
from grounding.weights.runtime import Network, spread

_WIDTH, _HEIGHT = 64, 128
_CHANNELS: Final = 80
_HALVES: Final = 2

_STRIPES: Final = ((0.02, 0.17), (0.17, 0.34), (0.30, 0.48), (0.46, 0.66), (0.64, 0.98))
"""Head, shoulders, belly, shorts, legs: shares of the box's height."""
_MIDDLE: Final = (0.22, 0.78)
"""Share of the box's width in which there is more person than background."""
_GRID: Final = (16, 32)
_LIGHTNESSES: Final = np.linspace(12, 88, 5)
_HUES: Final = np.linspace(-55, 55, 7)
_SOFTNESS: Final = 9.0
_AXES: Final = np.array([0.5, 1, 1], np.float32) ** 0.5
"""Scales of L*, a*, b*: lightness differs with sun and shade, hue does not."""
_COLUMNS: Final = slice(round(_GRID[0] * _MIDDLE[0]), round(_GRID[0] * _MIDDLE[1]))

_COLOUR_SHARE: Final = 0.7
"""Share of the dot product that is colour; the rest is texture and shape. On rendered matches either alone was worse at
telling team-mates apart, texture alone much worse at telling teams apart, and shares from 0.5 to 0.85 were alike."""


def _stripe_shares() -> Floats:
    """(stripes, pixels): the mean over each stripe's rows of the grid's middle columns."""
    rows = np.arange(_GRID[1])
    inside = np.array([(rows >= round(_GRID[1] * top)) & (rows < round(_GRID[1] * end)) for top, end in _STRIPES])
    pixels = np.repeat(inside, _COLUMNS.stop - _COLUMNS.start, axis=1)
    return np.asarray(pixels / pixels.sum(axis=1, keepdims=True), np.float32)


_STRIPE_SHARES: Final = _stripe_shares()


class AppearanceEmbedder:
    """Embeds person boxes. Two boxes of one person have a larger dot product than of two persons.

    A vector is the colours of five stripes of the body, and network features of its upper and lower half: who wears
    what where tells teams apart, build and hair and shoes tell team-mates apart a little. Safe to use from several
    threads.

    where: a GPU, on which the boxes of a call are looked at together; without, the CPU.
    """

    def __init__(self, where: str = "") -> None:
        self.network = Network("efficientnet-lite0", where)
        self._colours = _colour_anchors() * _AXES

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return len(_STRIPES) * len(self._colours) + _HALVES * _CHANNELS

    def embed(self, image: Image | Sequence[Image], boxes: Floats) -> Floats:
        """(N, dimension) float32 unit rows for `boxes` (N, 4) in pixels of `image`, or of one picture for each."""
        pictures = each(image, boxes)
        asked = list(zip(pictures, boxes, strict=True))
        crops = spread(_crop, asked)
        outputs = self.network.run_many([{"images": crop[None]} for crop in crops])
        colours = spread(lambda one: self._colour(cut(one[0], one[1], _GRID)), asked)
        rows = [
            np.concatenate([np.sqrt(_COLOUR_SHARE) * colour, np.sqrt(1 - _COLOUR_SHARE) * _halves(parts[0][0])])
            for colour, parts in zip(colours, outputs, strict=True)
        ]
        return np.stack(rows).astype(np.float32) if rows else np.zeros((0, self.dimension), np.float32)

    def _colour(self, small: Image) -> Floats:
        """How much of each colour is in each stripe; square roots, so that dot products compare distributions."""
        pixels = _lab(small)[:, _COLUMNS].reshape(-1, 3) * _AXES
        # Squared distances, multiplied out: for a thousandth of the memory of all differences.
        squares = (pixels**2).sum(axis=1)[:, None] + (self._colours**2).sum(axis=1) - 2 * pixels @ self._colours.T
        near = np.exp(squares * np.float32(-1 / (2 * _SOFTNESS**2))) + np.float32(1e-9)
        near /= near.sum(axis=1, keepdims=True)
        return np.asarray(np.sqrt(_STRIPE_SHARES @ near / len(_STRIPES)).ravel(), np.float32)


def _crop(asked: tuple[Image, Floats]) -> Image:
    image, box = asked
    return cut(image, window(box, aspect=_WIDTH / _HEIGHT, margin=0.0), (_WIDTH, _HEIGHT))


def _halves(parts: Floats) -> Floats:
    """Means of (channels, rows, columns) over the upper and the lower half, each of equal length, together of 1."""
    channels, rows, _ = parts.shape
    halves = parts.mean(axis=2).reshape(channels, _HALVES, rows // _HALVES).mean(axis=2).T
    lengths = np.maximum(np.linalg.norm(halves, axis=1, keepdims=True), 1e-6)
    return np.asarray((halves / lengths).ravel() / np.sqrt(_HALVES), np.float32)


def _lab(image: Image) -> Floats:
    """CIE L*a*b*: distances in it are roughly as large as they look."""
    import cv2

    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _colour_anchors() -> Floats:
    """(C, 3) L*a*b* colours on a grid, of which a screen can show something near."""
    steps = np.linspace(0, 255, 18).astype(np.uint8)
    shown = _lab(np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3))[0]
    grid = np.stack(np.meshgrid(_LIGHTNESSES, _HUES, _HUES), -1).reshape(-1, 3)
    nearest = np.array([np.min(((shown - colour) ** 2).sum(axis=1)) for colour in grid])
    return grid[nearest < _SOFTNESS**2].astype(np.float32)
