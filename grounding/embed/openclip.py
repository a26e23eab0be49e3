"""Image-text models through open_clip: PE-Core, SigLIP2 and whatever else lies in a folder of its form.

Both towers end in the same space (Radford et al., "Learning Transferable Visual Models From Natural Language
Supervision", 2021).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from grounding.errors import WeightsError
from grounding.types import Floats, Image
from grounding.weights.runtime import spread
from grounding.weights.torch_pictures import normalised, squeezed
from grounding.weights.torch_runtime import Batches, device, loading, lowered, precision

_CONFIG: Final = "open_clip_config.json"
_WEIGHTS: Final = "open_clip_model.safetensors"
_IMAGES: Final = 64
_TEXTS: Final = 256

TEMPLATES: Final = ("{}", "a photo of {}.", "a photo of {} during a match.")
"""Forms that a text is put into; the mean of their vectors is steadier than any one of them."""

COSINES: Final = (0.05, 0.35)
"""Cosines of texts to pictures run between about these in models of this kind, where their folder does not say."""


class OpenClipEmbedder:
    """Both towers out of a folder of the full profile's models; see `grounding.weights.pulling`.

    templates: forms of a text, with {} for it; None for those that the folder names, or `TEMPLATES`. batch: pictures
    at a time at first. Safe to use from several threads.

    Raises:
        WeightsError: the folder holds no such model.
    """

    def __init__(self, folder: Path, *, templates: Sequence[str] | None = None, batch: int = _IMAGES) -> None:
        said = _config(folder)
        self._templates = tuple(templates if templates is not None else said.get("templates", TEMPLATES))
        low, high = said.get("cosines", COSINES)
        self.cosines = (float(low), float(high))
        self._device = device()
        self._precision = precision(self._device)
        model, self._tokenizer, self._transform = _load(folder)
        self._model = model.to(self._device)
        looks = dict(model.visual.preprocess_cfg)
        height, width = looks["size"] if not isinstance(looks["size"], int) else (looks["size"],) * 2
        self._squeezed = looks.get("resize_mode") == "squash"
        self._size = (int(height), int(width))
        self._smooth = looks.get("interpolation") != "bilinear"
        self._mean, self._deviation = looks["mean"], looks["std"]
        self._images, self._texts = Batches(batch), Batches(_TEXTS)
        self.dimension = int(self.embed(["a player"]).shape[1])

    def embed(self, texts: Sequence[str]) -> Floats:
        """See `TextEmbedder`: the mean over the templates, of unit length again."""
        if not texts:
            return np.zeros((0, getattr(self, "dimension", 0)), np.float32)
        every = [template.format(text) for text in texts for template in self._templates]
        rows = np.stack(self._texts.run(self._read, every))
        return _unit(rows.reshape(len(texts), len(self._templates), -1).mean(axis=1))

    def embed_images(self, images: Sequence[Image]) -> Floats:
        """See `ImageEmbedder`. A batch that does not fit in memory is halved."""
        if not images:
            return np.zeros((0, self.dimension), np.float32)
        return np.stack(self._images.run(self._see, images))

    def _read(self, texts: Sequence[str]) -> list[Floats]:
        import torch

        tokens = self._tokenizer(list(texts)).to(self._device)
        with torch.inference_mode(), lowered(self._device, self._precision):
            rows = self._model.encode_text(tokens)
        return list(_unit(rows.float().cpu().numpy()))

    def _see(self, images: Sequence[Image]) -> list[Floats]:
        import torch

        with torch.inference_mode():
            pixels = self._pixels(images)
            with lowered(self._device, self._precision):
                rows = self._model.encode_image(pixels)
        return list(_unit(rows.float().cpu().numpy()))

    def _pixels(self, images: Sequence[Image]) -> Any:
        """(N, 3, height, width) as the model's own transform gives them; where shapes are not kept, within 1 of 255."""
        import torch
        from PIL import Image as Pillow

        if not self._squeezed:
            return torch.stack(spread(lambda one: self._transform(Pillow.fromarray(one)), images)).to(self._device)
        made = squeezed(images, self._size, self._device, cubic=self._smooth)
        return normalised(made, 1 / 255, self._mean, self._deviation)


def _config(folder: Path) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"{folder / _CONFIG} is missing or damaged: the folder holds no image-text model."
        ) from error
    if not (folder / _WEIGHTS).is_file():
        raise WeightsError(f"{folder / _WEIGHTS} is missing: the folder holds no weights of an image-text model.")
    return said


def _load(folder: Path) -> tuple[Any, Any, Any]:
    """Model, tokenizer, transform."""
    from grounding.weights.torch_runtime import prepare_transformers

    prepare_transformers()
    import open_clip

    with loading(folder, "image-text model"):
        model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}", require_pretrained=True)
        tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    return model.eval(), tokenizer, transform


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-6), np.float32)
