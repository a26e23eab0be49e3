"""A detector that remembers what it saw, so that whatever is compared on one match sees the same boxes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grounding.files import write_atomically
from grounding.types import Detections, Image

if TYPE_CHECKING:
    from grounding.detect.base import Detector


class RememberingDetector:
    """Gives the answers of `detector`, asking it once for each picture; `save` keeps them in `file`.

    inner: the detector itself. asked: pictures, and parts of some, that it was asked for, known ones too.
    """

    def __init__(self, detector: Detector, file: Path) -> None:
        self.inner = detector
        self._file = file
        self.asked = 0
        self._known: dict[int, Detections] = _load(file) if file.is_file() else {}

    @property
    def labels(self) -> tuple[str, ...]:
        return self.inner.labels

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """See `Detector`."""
        keys = [zlib.crc32(image.tobytes(), image.shape[0]) for image in images]
        self.asked += len(images)
        new = {key: image for key, image in zip(keys, images, strict=True) if key not in self._known}
        self._known.update(zip(new, self.inner.detect(list(new.values())), strict=True))
        return [self._known[key] for key in keys]

    def save(self) -> None:
        """Writes all answers to the file, whole or not at all."""
        rows = list(self._known.values())
        arrays: dict[str, Any] = {
            "keys": np.array(list(self._known), np.int64),
            "counts": np.array([len(row) for row in rows], np.int64),
            "boxes": np.concatenate([np.zeros((0, 4), np.float32), *(row.boxes for row in rows)]),
            "scores": np.concatenate([np.zeros(0, np.float32), *(row.scores for row in rows)]),
            "labels": np.concatenate([np.zeros(0, np.int16), *(row.labels for row in rows)]),
        }
        write_atomically(self._file, lambda file: np.savez_compressed(file, **arrays))


def _load(file: Path) -> dict[int, Detections]:
    with np.load(file, allow_pickle=False) as arrays:
        ends = np.cumsum(arrays["counts"])[:-1]
        parts = [np.split(arrays[name], ends) for name in ("boxes", "scores", "labels")]
        return {int(key): Detections(*each) for key, *each in zip(arrays["keys"], *parts, strict=True)}
