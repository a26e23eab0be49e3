"""Pictures a second of the detectors and crops a second of the embedders, asked as the product asks them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grounding.bench.gpu.watching import GpuWatch
from grounding.embed.crops import squared

if TYPE_CHECKING:
    from grounding.types import Image

_LEAST_SECONDS: Final = 0.6
_MOST_TURNS: Final = 200


@dataclass(frozen=True, slots=True)
class Speed:
    """model: as in the registry; job: "detect" or "embed"; batch: items at a time; per_second: items; busy: share of
    time in which the GPU was, None without one; memory_mb: most that torch took on it, the model included."""

    model: str
    job: str
    batch: int
    per_second: float
    busy: float | None
    memory_mb: float | None


def detector_speeds(name: str, folder: Path, images: Sequence[Image], batches: Sequence[int]) -> list[Speed]:
    """One row for each size of batch. images: of the video."""
    from grounding.detect.transformer import TransformerDetector

    detector = TransformerDetector(folder, batch=max(batches))
    return [_speed(name, "detect", detector.detect, images, batch) for batch in batches]


def embedder_speeds(name: str, folder: Path, crops: Sequence[Image], batches: Sequence[int]) -> list[Speed]:
    """One row for each size of batch. crops: of people, as large as they are in the video."""
    from grounding.embed.openclip import OpenClipEmbedder

    embedder = OpenClipEmbedder(folder, batch=max(batches))
    square = [squared(crop) for crop in crops]
    return [_speed(name, "embed", embedder.embed_images, square, batch) for batch in batches]


def _speed(name: str, job: str, work: Callable[[Sequence[Image]], object], items: Sequence[Image], batch: int) -> Speed:
    """Batch after batch of `items`, over and over, for over half a second; the first turn is not counted."""
    many = (list(items) * (1 + batch // len(items)))[:batch]
    work(many)
    memory = _GpuMemory()
    turns, started = 0, time.perf_counter()
    with GpuWatch() as watch:
        while turns < _MOST_TURNS and (turns < 2 or time.perf_counter() - started < _LEAST_SECONDS):
            work(many)
            turns += 1
    seconds = time.perf_counter() - started
    return Speed(name, job, batch, turns * batch / seconds, watch.busy, memory.most_mb())


class _GpuMemory:
    """What this process takes of the GPU's memory from now on."""

    def __init__(self) -> None:
        import torch

        from grounding.weights.torch_runtime import device

        self._cuda: Any = torch.cuda if device().type == "cuda" else None
        if self._cuda is not None:
            self._cuda.reset_peak_memory_stats()

    def most_mb(self) -> float | None:
        return None if self._cuda is None else self._cuda.max_memory_allocated() / 2**20


def pictures_of(video: Path, count: int) -> list[Image]:
    """The first pictures of a video, five a second. Raises BadVideoError if it is not one."""
    from contextlib import closing
    from itertools import islice

    from grounding.video import read_frames

    with closing(read_frames(video, rate=5.0)) as frames:
        return [frame.image for frame in islice(frames, count)]


def crops_of(images: Sequence[Image], count: int) -> list[Image]:
    """So many crops as large as people in the pictures of a match: 2 of 3 as high as a sixth of the picture, 1 a third.

    They are cut at regular places: what they show costs nothing more or less.
    """
    crops = []
    for k in range(count):
        image = images[k % len(images)]
        height = image.shape[0] // (3 if k % 3 == 2 else 6)
        width = height * 3 // 4
        x = (k * 97) % max(1, image.shape[1] - width)
        y = (k * 53) % max(1, image.shape[0] - height)
        crops.append(image[y : y + height, x : x + width].copy())
    return crops
