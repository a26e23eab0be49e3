"""Detecting and embedding as the product does, beside the same by plain transformers and plain open_clip code.

Both have the same weights, pictures, size of batch, device and precision, and take turns. The plain code is what the
libraries' own pages show: their processor or transform, the model, their way of making boxes of its outputs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grounding.embed.crops import squared
from grounding.weights.torch_runtime import device, loading, lowered, precision, prepare_transformers

if TYPE_CHECKING:
    from grounding.types import Floats, Image

_THRESHOLD: Final = 0.05


@dataclass(frozen=True, slots=True)
class Beside:
    """Median seconds for all `items`, ours and plain. differ: by how much the two differ, in words."""

    model: str
    job: str
    items: int
    batch: int
    ours_s: float
    plain_s: float
    differ: str

    @property
    def ratio(self) -> float:
        """Above 1 where ours is quicker."""
        return self.plain_s / self.ours_s


def detectors_beside(name: str, folder: Path, images: Sequence[Image], batch: int, turns: int) -> Beside:
    """Pictures to boxes. Raises WeightsError if the folder holds no such model."""
    from grounding.detect.transformer import TransformerDetector

    ours = TransformerDetector(folder, threshold=_THRESHOLD, batch=batch)
    processor, plain = _plain_detector(folder, batch)
    seconds = _in_turns(lambda: ours.detect(images), lambda: plain(images), turns)
    return Beside(name, "detect", len(images), batch, *seconds, _prepared_alike(folder, processor, images[0]))


def embedders_beside(name: str, folder: Path, crops: Sequence[Image], batch: int, turns: int) -> Beside:
    """Crops to vectors. Raises WeightsError if the folder holds no such model."""
    from grounding.embed.openclip import OpenClipEmbedder

    square = [squared(crop) for crop in crops]
    ours = OpenClipEmbedder(folder, batch=batch)
    plain = _plain_embedder(folder, batch)
    cosines = (ours.embed_images(square) * plain(square)).sum(axis=1)
    seconds = _in_turns(lambda: ours.embed_images(square), lambda: plain(square), turns)
    return Beside(name, "embed", len(square), batch, *seconds, f"cosine at least {cosines.min():.4f}")


def _in_turns(ours: Callable[[], object], plain: Callable[[], object], turns: int) -> tuple[float, float]:
    """Median seconds of each; a first turn of both is not counted."""
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns + 1):
        # Whoever comes second finds the caches warm, so they change places.
        for which, work in ((0, ours), (1, plain)) if turn % 2 else ((1, plain), (0, ours)):
            started = time.perf_counter()
            work()
            if turn:
                taken[which].append(time.perf_counter() - started)
    return median(taken[0]), median(taken[1])


def _prepared_alike(folder: Path, processor: Any, image: Image) -> str:
    """How far the pictures that the network sees differ; what random weights make of them cannot be compared."""
    from grounding.detect.transformer import Preparation

    ours = Preparation.read(folder).pixels([image], device())[0].cpu()
    plain = processor(images=[image], return_tensors="pt")["pixel_values"][0].float()
    return f"pixels by {float((ours - plain).abs().mean()) * 255:.2f} of 255"


def _plain_detector(folder: Path, batch: int) -> tuple[Any, Callable[[Sequence[Image]], list[Any]]]:
    """Its processor, and what detects."""
    prepare_transformers()
    import torch
    from transformers import AutoImageProcessor, AutoModelForObjectDetection

    processors: Any = AutoImageProcessor
    with loading(folder, "detector"):
        processor = processors.from_pretrained(folder, local_files_only=True)
        model: Any = AutoModelForObjectDetection.from_pretrained(folder, local_files_only=True).eval()
    where = device()
    model = model.to(where)

    def detect(images: Sequence[Image]) -> list[Any]:
        found: list[Any] = []
        for start in range(0, len(images), batch):
            part = list(images[start : start + batch])
            inputs = processor(images=part, return_tensors="pt").to(where)
            with torch.inference_mode(), lowered(where, precision(where)):
                outputs = model(**inputs)
            sizes = torch.tensor([one.shape[:2] for one in part])
            rows = processor.post_process_object_detection(outputs, target_sizes=sizes.to(where), threshold=_THRESHOLD)
            found += [{key: value.cpu() for key, value in row.items()} for row in rows]
        return found

    return processor, detect


def _plain_embedder(folder: Path, batch: int) -> Callable[[Sequence[Image]], Floats]:
    prepare_transformers()
    import open_clip
    import torch
    from PIL import Image as Pillow

    with loading(folder, "image-text model"):
        model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}", require_pretrained=True)
    where = device()
    model = model.to(where).eval()

    def embed(images: Sequence[Image]) -> Floats:
        rows = []
        for start in range(0, len(images), batch):
            pixels = torch.stack([transform(Pillow.fromarray(one)) for one in images[start : start + batch]])
            with torch.inference_mode(), lowered(where, precision(where)):
                found = model.encode_image(pixels.to(where))
                rows.append((found / found.norm(dim=-1, keepdim=True)).float().cpu().numpy())
        return np.concatenate(rows)

    return embed
