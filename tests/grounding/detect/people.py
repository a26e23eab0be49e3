"""A detector that finds white figures, but only those tall enough as the network would see them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from grounding.types import Detections, Frame, Image

SIDE = 640


def picture(people: Sequence[tuple[int, int, int]], size: tuple[int, int] = (1280, 720)) -> Image:
    """Grey, with a white figure for each (centre x, foot y, height)."""
    image = np.full((size[1], size[0], 3), 90, np.uint8)
    for x, y, height in people:
        image[y - height : y, x - height // 6 : x + height // 6] = 250
    return image


def boxes(people: Sequence[tuple[int, int, int]]) -> np.ndarray:
    return np.asarray([[x - h // 6, y - h, x + h // 6, y] for x, y, h in people], np.float32).reshape(-1, 4)


class Figures:
    """Finds figures at least `least` pixels high once the picture's longer side is scaled to SIDE."""

    labels = ("sports ball", "person")

    def __init__(self, least: float = 10.0) -> None:
        self.least = least
        self.shapes: list[tuple[int, int]] = []
        self.calls = 0

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        self.calls += 1
        return [self._look(image) for image in images]

    def _look(self, image: Image) -> Detections:
        self.shapes.append((image.shape[1], image.shape[0]))
        scale = SIDE / max(image.shape)
        _, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(image[..., 0] > 200, np.uint8))
        found = [(x, y, x + w, y + h) for x, y, w, h, _ in stats[1:] if h * scale >= self.least]
        n = len(found)
        return Detections(
            np.asarray(found, np.float32).reshape(-1, 4), np.full(n, 0.9, np.float32), np.ones(n, np.int16)
        )


def frames(images: Sequence[Image], *, cuts: Sequence[int] = (), rate: float = 5.0) -> list[Frame]:
    return [Frame(k, k / rate, image, k in cuts) for k, image in enumerate(images)]
