"""Models that see nothing, for measuring what does not need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from grounding.types import SENTENCE_COSINES, Detections, Floats, Image

if TYPE_CHECKING:
    from grounding.detect.base import Detector
    from grounding.pipeline import Models


class _Nobody:
    labels: tuple[str, ...] = ("person",)

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        return [Detections.empty() for _ in images]


class _Blind:
    """Pose, appearance, numbers and embedder that see nothing."""

    dimension = 1
    cosines = SENTENCE_COSINES

    def estimate(self, image: Image | Sequence[Image], boxes: Floats) -> Floats:  # noqa: ARG002
        return np.zeros((len(boxes), 17, 3), np.float32)

    def read(self, crops: Sequence[Image]) -> list[tuple[str, float] | None]:
        return [None] * len(crops)


class _BlindLooks(_Blind):
    def embed(self, image: Image | Sequence[Image], boxes: Floats) -> Floats:  # noqa: ARG002
        return np.ones((len(boxes), 1), np.float32)


class _BlindWords(_Blind):
    def embed(self, texts: Sequence[str]) -> Floats:
        return np.ones((len(texts), 1), np.float32)


def blind_models(detector: Detector | None = None) -> Models:
    """All of them but for `detector`, if one is given."""
    from grounding.pipeline import Models

    return Models(detector or _Nobody(), _Blind(), _BlindLooks(), _Blind(), _BlindWords())
