"""Detectors of the DETR family through transformers: D-FINE, RT-DETRv2 and others with the same outputs.

Each of some hundred queries of the network gives one box and a score for each class (Zhao et al., "DETRs Beat YOLOs on
Real-time Object Detection", 2024; Peng et al., "D-FINE", 2024).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grounding.detect.centernet import suppress
from grounding.errors import BadInputError, WeightsError
from grounding.types import Detections, Floats, Image
from grounding.weights.labels import SPORT_LABELS
from grounding.weights.torch_pictures import normalised, squeezed
from grounding.weights.torch_runtime import Batches, device, loading, lowered, precision

if TYPE_CHECKING:
    import torch

_OTHER_NAMES: Final[Mapping[str, str]] = {
    "motorbike": "motorcycle", "aeroplane": "airplane", "sofa": "couch", "pottedplant": "potted plant",
    "diningtable": "dining table", "tvmonitor": "tv", "ball": "sports ball", "player": "person",
}  # fmt: skip
"""Names of other data sets for classes of COCO."""
_BATCH: Final = 16
_NO_MEAN: Final = (0.0, 0.0, 0.0)
_NO_DEVIATION: Final = (1.0, 1.0, 1.0)
_CUBIC: Final = (1, 3)
"""Pillow's numbers for Lanczos, which no device has, and cubic."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """What a model expects of a picture, as its folder's preprocessor_config.json says.

    size: (height, width) it is squeezed to, cubic: by cubic interpolation; factor: of the pixels' values; mean,
    deviation: of R, G and B, then.
    """

    size: tuple[int, int] = (640, 640)
    factor: float = 1 / 255
    mean: tuple[float, ...] = _NO_MEAN
    deviation: tuple[float, ...] = _NO_DEVIATION
    cubic: bool = False

    @classmethod
    def read(cls, folder: Path) -> Preparation:
        """Raises WeightsError if the file is missing or says something that is not provided for."""
        path = folder / "preprocessor_config.json"
        try:
            said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            normal = bool(said.get("do_normalize", False))
            return cls(
                size=(int(said["size"]["height"]), int(said["size"]["width"])),
                factor=float(said.get("rescale_factor", 1 / 255)) if said.get("do_rescale", True) else 1.0,
                mean=tuple(said["image_mean"]) if normal else _NO_MEAN,
                deviation=tuple(said["image_std"]) if normal else _NO_DEVIATION,
                cubic=said.get("resample") in _CUBIC,
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WeightsError(f"{path} is missing, or asks for another preparation than a fixed size.") from error

    def pixels(self, images: Sequence[Image], where: torch.device) -> Any:
        """(N, 3, height, width) on that device as the model's own processor makes them there: the shapes are not kept,
        and on the CPU they are the same to single precision."""
        made = squeezed(images, self.size, where, cubic=self.cubic)
        return normalised(made, self.factor, self.mean, self.deviation)


class TransformerDetector:
    """A detector out of a folder of the full profile's models; see `grounding.weights.pulling`.

    labels: those of `SPORT_LABELS` to be found; of them, those that the model has. threshold: lowest score returned;
    `thresholds` overrides it by label. Safe to use from several threads.

    Raises:
        BadInputError: the model does not know people. WeightsError: the folder holds no such model.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threshold: float = 0.15,
        thresholds: Mapping[str, float] | None = None,
        labels: Sequence[str] = SPORT_LABELS,
        batch: int = _BATCH,
    ) -> None:
        self._preparation = Preparation.read(folder)
        self._device = device()
        self._precision = precision(self._device)
        self._model = _load(folder).to(self._device)
        names = [_name(text) for _, text in sorted(self._model.config.id2label.items())]
        self._labels = tuple(label for label in labels if label in names)
        if "person" not in self._labels:
            raise BadInputError(f"The detector in {folder} does not know people; its classes are {', '.join(names)}.")
        self._columns = [names.index(label) for label in self._labels]
        self._least = np.array([(thresholds or {}).get(label, threshold) for label in self._labels], np.float32)
        self._batches = Batches(batch)

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """See `Detector`. Pictures may differ in size; a batch that does not fit in memory is halved."""
        return self._batches.run(self._detect, images)

    def _detect(self, images: Sequence[Image]) -> list[Detections]:
        import torch

        with torch.inference_mode():
            pixels = self._preparation.pixels(images, self._device)
            with lowered(self._device, self._precision):
                found = self._model(pixel_values=pixels)
            scores = found.logits[:, :, self._columns].float().sigmoid().cpu().numpy()
            boxes = found.pred_boxes.float().cpu().numpy()
        return [boxes_of(*one, self._least) for one in zip(images, boxes, scores, strict=True)]


def boxes_of(image: Image, centred: Floats, scores: Floats, least: Floats | float) -> Detections:
    """What the queries found on one picture.

    Args:
        image: only its size counts; centred: (Q, 4) centre, width and height as shares of its sides; scores: (Q, L) by
        label; least: from which they count, for each label or for all.
    """
    height, width = image.shape[:2]
    query, label = np.nonzero(scores >= least)
    half = centred[query, 2:] / 2
    corners = np.concatenate([centred[query, :2] - half, centred[query, :2] + half], axis=1)
    boxes = np.clip(corners, 0, 1).astype(np.float32) * np.array([width, height] * 2, np.float32)
    solid = (boxes[:, 2] - boxes[:, 0] > 1) & (boxes[:, 3] - boxes[:, 1] > 1)
    boxes, values, names = boxes[solid], scores[query, label][solid], label[solid].astype(np.int16)
    kept = suppress(boxes, values, names)
    return Detections(boxes[kept], values[kept], names[kept])


def _load(folder: Path) -> Any:
    from grounding.weights.torch_runtime import prepare_transformers

    prepare_transformers()
    from transformers import AutoModelForObjectDetection

    with loading(folder, "detector"):
        model = AutoModelForObjectDetection.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    return model.eval()


def _name(text: str) -> str:
    plain = text.strip().lower().replace("_", " ")
    return _OTHER_NAMES.get(plain, plain)
