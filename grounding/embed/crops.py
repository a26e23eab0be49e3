"""What an image embedder is shown, and one vector out of several pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from grounding.embed.base import ImageEmbedder
from grounding.types import Floats, Image, PictureVector

_LONGEST: Final = 512
_BATCH: Final = 16


def squared(image: Image) -> Image:
    """The picture with its shorter side filled up to a square by its borders, so that squeezing keeps shapes."""
    height, width = image.shape[:2]
    down, across = max(0, width - height), max(0, height - width)
    if not down and not across:
        return image
    sides = (down // 2, down - down // 2, across // 2, across - across // 2)
    return np.asarray(cv2.copyMakeBorder(image, *sides, cv2.BORDER_REPLICATE), np.uint8)


def pool(rows: Floats, weights: Sequence[float]) -> Floats:
    """(D,) unit mean of `rows` (N, D), the heavier ones more. Those of no weight at all count alike."""
    shares = np.asarray(weights, np.float32)
    if not shares.sum() > 0:
        shares = np.ones(len(rows), np.float32)
    mean = (rows * shares[:, None]).sum(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-6), np.float32)


class PictureVectors:
    """One vector of the whole picture for each second, of the first picture in it. Holds a few small pictures."""

    def __init__(self, embedder: ImageEmbedder) -> None:
        self._embedder = embedder
        self._waiting: list[tuple[float, Image]] = []
        self._done: list[PictureVector] = []
        self._second: int | None = None

    def look(self, t: float, image: Image) -> None:
        """Takes in the next picture; times must not go back."""
        second = int(t + 1e-6)
        if second == self._second:
            return
        self._second = second
        self._waiting.append((t, _small(image)))
        if len(self._waiting) >= _BATCH:
            self._embed()

    def finish(self) -> tuple[PictureVector, ...]:
        """All of them, in order of time."""
        self._embed()
        return tuple(self._done)

    def _embed(self) -> None:
        waiting, self._waiting = self._waiting, []
        rows = self._embedder.embed_images([image for _, image in waiting])
        self._done += [PictureVector(t, row.astype(np.float16)) for (t, _), row in zip(waiting, rows, strict=True)]


def _small(image: Image) -> Image:
    scale = _LONGEST / max(image.shape[:2])
    if scale >= 1:
        return image.copy()
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
