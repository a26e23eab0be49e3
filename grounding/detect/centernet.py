"""The embedded profile's detector: CenterNet on MobileNetV3, 80 classes, 24 ms a picture on one core.

Each object is one peak of its class's heat map; at the peak a second head tells the distances to the four sides
(Zhou et al., "Objects as Points", 2019).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.types import Detections, Floats, Image
from grounding.weights.runtime import Network, spread

COCO_LABELS: Final = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant",
    "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard",
    "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli",
    "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet",
    "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink",
    "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip
"""The classes of the COCO data set, in the order of the network's outputs."""

SPORT_LABELS: Final = (
    "person", "sports ball", "bicycle", "car", "motorcycle", "bus", "truck", "boat", "bench", "dog", "horse",
    "backpack", "umbrella", "frisbee", "skis", "snowboard", "kite", "baseball bat", "baseball glove", "skateboard",
    "surfboard", "tennis racket", "bottle", "chair",
)  # fmt: skip
"""The classes that occur around sport; the default."""

_STRIDE: Final = 4
_MULTIPLE: Final = 32
_OVERLAP: Final = 0.65
"""Two boxes of one class that overlap more are one object. High, since players do stand behind each other."""

_NEIGHBOURS: Final = tuple((y, x) for y in range(3) for x in range(3) if (y, x) != (1, 1))


class CenterNetDetector:
    """Detects `labels` on pictures of any size.

    max_side: the longer side is scaled to this; 512 is what the network was trained for, 640 and 768 find smaller
    players for 1.7 and 2.5 times the time. threshold: lowest score returned; deliberately low, so that a tracker can
    continue with weak boxes; `thresholds` overrides it by label.
    """

    def __init__(
        self,
        *,
        max_side: int = 512,
        threshold: float = 0.15,
        thresholds: Mapping[str, float] | None = None,
        labels: Sequence[str] = SPORT_LABELS,
    ) -> None:
        unknown = sorted(set(labels) - set(COCO_LABELS))
        if unknown or not labels:
            raise ValueError(f"labels must be some of COCO_LABELS, got {', '.join(unknown) or 'none'}")
        if max_side < _MULTIPLE or max_side % _MULTIPLE:
            raise ValueError(f"max_side must be a multiple of {_MULTIPLE}, got {max_side}")
        self._labels = tuple(labels)
        self._channels = np.array([COCO_LABELS.index(label) for label in labels])
        wanted = np.array([(thresholds or {}).get(label, threshold) for label in labels], np.float32)
        if np.any((wanted <= 0) | (wanted >= 1)):
            raise ValueError(f"thresholds must be between 0 and 1, got {wanted.tolist()}")
        self._least = np.log(wanted / (1 - wanted))[:, None, None]
        self._max_side = max_side
        self._network = Network("centernet")

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """See `Detector`. Several pictures at once keep all threads busy; each costs the same alone."""
        return spread(self._detect, images)

    def _detect(self, image: Image) -> Detections:
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(f"a picture must be (height, width, 3) uint8, got {image.shape} {image.dtype}")
        picture, scale = fit(image, self._max_side)
        logits, sides = self._network.run({"images": picture[None]})
        boxes, scores, labels = self._peaks(logits[0][self._channels], sides[0])
        height, width = image.shape[:2]
        boxes = np.clip(boxes / scale, 0, np.array([width, height, width, height], np.float32))
        solid = (boxes[:, 2] - boxes[:, 0] > 1) & (boxes[:, 3] - boxes[:, 1] > 1)
        kept = suppress(boxes[solid], scores[solid], labels[solid])
        return Detections(boxes[solid][kept], scores[solid][kept], labels[solid][kept])

    def _peaks(self, logits: Floats, sides: Floats) -> tuple[Floats, Floats, NDArray[np.int16]]:
        """Boxes in the network's pixels at every cell that is the highest of its 3 x 3 and high enough."""
        label, row, column = np.nonzero(logits > self._least)
        padded = np.pad(logits, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
        value = logits[label, row, column]
        peak = np.ones(len(value), bool)
        for down, across in _NEIGHBOURS:
            peak &= value >= padded[label, row + down, column + across]
        label, row, column, value = label[peak], row[peak], column[peak], value[peak]
        left, top, right, bottom = sides[:, row, column]
        x, y = column.astype(np.float32) * _STRIDE, row.astype(np.float32) * _STRIDE
        boxes = np.stack([x - left, y - top, x + right, y + bottom], 1).astype(np.float32)
        return boxes, (1 / (1 + np.exp(-value))).astype(np.float32), label.astype(np.int16)


def fit(image: Image, max_side: int) -> tuple[Image, float]:
    """Scales the longer side to `max_side` and pads with black at the right and bottom to a multiple of 32.

    Returns the picture for the network and the factor from the given picture's pixels to its own.
    """
    import cv2

    height, width = image.shape[:2]
    scale = max_side / max(height, width)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, (new_width, new_height), interpolation=method)
    canvas = np.zeros((_round_up(new_height), _round_up(new_width), 3), np.uint8)
    canvas[:new_height, :new_width] = small
    return canvas, scale


def suppress(boxes: Floats, scores: Floats, labels: NDArray[np.int16]) -> NDArray[np.intp]:
    """Indices of the boxes to keep, strongest first: greedy, per class, dropping what overlaps a stronger box."""
    order = np.argsort(-scores, kind="stable")
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: list[int] = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        low = np.maximum(boxes[best, :2], boxes[order, :2])
        high = np.minimum(boxes[best, 2:], boxes[order, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        overlap = shared / np.maximum(area[best] + area[order] - shared, 1e-6)
        order = order[(overlap <= _OVERLAP) | (labels[order] != labels[best])]
    return np.array(kept, np.intp)


def _round_up(size: int) -> int:
    return math.ceil(size / _MULTIPLE) * _MULTIPLE
