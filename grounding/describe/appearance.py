"""What a person looks like as one vector, for joining tracks and for "more like this"."""

from __future__ import annotations

from typing import Final

import numpy as np

from grounding.describe.crops import cut, window
from grounding.types import Floats, Image
from grounding.weights.runtime import Network

_WIDTH, _HEIGHT = 64, 128
_STRIPES: Final = 4


class AppearanceEmbedder:
    """Embeds person boxes. Two boxes of one person have a larger dot product than of two persons.

    The network's features are averaged over horizontal stripes (head, shirt, shorts, legs): who wears what where is
    what tells players apart. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._network = Network("efficientnet-lite0")

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return 112 * _STRIPES

    def embed(self, image: Image, boxes: Floats) -> Floats:
        """(N, dimension) float32 unit rows for `boxes` (N, 4)."""
        areas = [window(box, aspect=_WIDTH / _HEIGHT, margin=0.0) for box in boxes]
        feeds = [{"images": cut(image, area, (_WIDTH, _HEIGHT))[None]} for area in areas]
        rows = [pool(outputs[0][0]) for outputs in self._network.run_many(feeds)]
        return np.stack(rows) if rows else np.zeros((0, self.dimension), np.float32)


def pool(parts: Floats) -> Floats:
    """Means of (channels, rows, columns) over stripes of rows, each of unit length, all together of unit length."""
    channels, rows, _ = parts.shape
    stripes = parts.mean(axis=2).reshape(channels, _STRIPES, rows // _STRIPES).mean(axis=2).T
    stripes = stripes / np.maximum(np.linalg.norm(stripes, axis=1, keepdims=True), 1e-6)
    return np.asarray(stripes.ravel() / np.sqrt(_STRIPES), np.float32)
