"""What the tracker needs of a detector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from grounding.types import Detections, Image


class Detector(Protocol):
    """Finds boxes on pictures. `labels` names the classes that `Detections.labels` points into."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """One `Detections` per picture (RGB), boxes in that picture's pixels, strongest first."""
        ...
