"""Finding what words say on given pictures: Grounding DINO, for whatever no class of a detector stands for.

Too slow for every picture of a match. Each box has a score for each token of the text (Liu et al., "Grounding DINO",
2023); a phrase is as true of a box as its truest token.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grounding.detect.transformer import boxes_of
from grounding.errors import BadQueryError
from grounding.types import Detections, Image, Query
from grounding.weights.torch_runtime import Batches, device, loading, lowered, precision

_BATCH: Final = 4
_THRESHOLD: Final = 0.25


def phrases_of(query: Query) -> tuple[str, ...]:
    """What to look for on the pictures of a query: the things it names, and the words left to the embedding."""
    named = [one.value for one in query.predicates if one.kind == "object" and not one.negated]
    return tuple(dict.fromkeys(_plain(text) for text in (*named, query.rest) if _plain(text)))


class PhraseDetector:
    """Grounding DINO out of a folder of the full profile's models. Raises WeightsError if it holds no such model."""

    def __init__(self, folder: Path, *, threshold: float = _THRESHOLD, batch: int = _BATCH) -> None:
        self._device = device()
        self._precision = precision(self._device)
        self._processor, model = _load(folder)
        self._model = model.to(self._device)
        self._threshold = threshold
        self._batches = Batches(batch)

    def find(self, images: Sequence[Image], phrases: Sequence[str]) -> list[Detections]:
        """One `Detections` per picture, strongest first; labels are indices into `phrases`.

        Raises:
            BadQueryError: no phrase, or more than the model can read at once.
        """
        texts = [_plain(phrase) for phrase in phrases]
        if not texts or not all(texts):
            raise BadQueryError("Say what to look for: at least one phrase, and none without words.")
        text = " ".join(f"{one}." for one in texts)
        owners = self._owners(texts, text)
        return self._batches.run(lambda batch: self._find(batch, text, owners, len(texts)), images)

    def _owners(self, texts: Sequence[str], text: str) -> NDArray[np.int64]:
        """For each token the phrase it belongs to, -1 for stops and marks."""
        encoded = self._processor.tokenizer(text, return_offsets_mapping=True)
        most = int(self._model.config.max_text_len)
        if len(encoded["input_ids"]) > most:
            raise BadQueryError(f"That is too much to look for at once: {len(encoded['input_ids'])} of {most} tokens.")
        ends = np.cumsum([len(one) + 2 for one in texts])  # a full stop and a blank after each
        owners = [
            int(np.searchsorted(ends, start, side="right")) if end > start and text[start] != "." else -1
            for start, end in encoded["offset_mapping"]
        ]
        return np.array(owners)

    def _find(self, images: Sequence[Image], text: str, owners: NDArray[np.int64], count: int) -> list[Detections]:
        import torch

        given = self._processor(images=list(images), text=[text] * len(images), return_tensors="pt").to(self._device)
        with torch.inference_mode(), lowered(self._device, self._precision):
            found = self._model(**given)
        tokens = found.logits[:, :, : len(owners)].float().sigmoid().cpu().numpy()
        scores = np.stack([tokens[:, :, owners == k].max(axis=2, initial=0.0) for k in range(count)], axis=2)
        boxes = found.pred_boxes.float().cpu().numpy()
        return [boxes_of(*one, self._threshold) for one in zip(images, boxes, scores, strict=True)]


def _load(folder: Path) -> tuple[Any, Any]:
    from grounding.weights.torch_runtime import prepare_transformers

    prepare_transformers()
    from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor

    processors: Any = AutoProcessor
    with loading(folder, "model of phrases"):
        model = AutoModelForZeroShotObjectDetection.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        processor = processors.from_pretrained(folder, local_files_only=True)
    return processor, model.eval()


def _plain(phrase: str) -> str:
    """In the form the model was trained on: small letters, no stops of its own."""
    return " ".join(phrase.lower().replace(".", " ").split())
