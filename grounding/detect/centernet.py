"""The embedded profile's detector: CenterNet on MobileNetV3, the 24 classes around sport.

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
from grounding.weights.labels import SPORT_LABELS
from grounding.weights.runtime import Network, spread

_STRIDE: Final = 4
_MULTIPLE: Final = 32
_OVERLAP: Final = 0.65
"""Two boxes of one class that overlap more are one object. High, since players do stand behind each other."""

_NEIGHBOURS: Final = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0))


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
        unknown = sorted(set(labels) - set(SPORT_LABELS))
        if unknown or not labels:
            raise ValueError(f"labels must be some of SPORT_LABELS, got {', '.join(unknown) or 'none'}")
        if max_side < _MULTIPLE or max_side % _MULTIPLE:
            raise ValueError(f"max_side must be a multiple of {_MULTIPLE}, got {max_side}")
        self._labels = tuple(labels)
        channels = [SPORT_LABELS.index(label) for label in labels]
        self._channels = None if channels == list(range(len(SPORT_LABELS))) else np.array(channels)
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
        chosen = logits[0] if self._channels is None else logits[0][self._channels]
        boxes, scores, labels = self._peaks(chosen, sides[0])
        height, width = image.shape[:2]
        boxes = np.clip(boxes / scale, 0, np.array([width, height, width, height], np.float32))
        solid = (boxes[:, 2] - boxes[:, 0] > 1) & (boxes[:, 3] - boxes[:, 1] > 1)
        kept = suppress(boxes[solid], scores[solid], labels[solid])
        return Detections(boxes[solid][kept], scores[solid][kept], labels[solid][kept])

    def _peaks(self, logits: Floats, sides: Floats) -> tuple[Floats, Floats, NDArray[np.int16]]:
        """Boxes in the network's pixels at every cell that is the highest of its 3 x 3 and high enough."""
        # Far faster than `np.nonzero` of three dimensions.
        label, row, column = np.unravel_index(np.flatnonzero(logits > self._least), logits.shape)
        value = logits[label, row, column]
        peak = np.ones(len(value), bool)
        bottom, right = logits.shape[1] - 1, logits.shape[2] - 1
        for down, across in _NEIGHBOURS:
            # Beyond the edge the nearest cell stands in: the cell itself or another neighbour.
            peak &= value >= logits[label, np.clip(row + down, 0, bottom), np.clip(column + across, 0, right)]
        label, row, column, value = label[peak], row[peak], column[peak], value[peak]
        to_left, to_top, to_right, to_bottom = sides[:, row, column]
        x, y = column.astype(np.float32) * _STRIDE, row.astype(np.float32) * _STRIDE
        boxes = np.stack([x - to_left, y - to_top, x + to_right, y + to_bottom], 1).astype(np.float32)
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
    exact = boxes[order]
    area = (exact[:, 2] - exact[:, 0]) * (exact[:, 3] - exact[:, 1])
    shared = np.minimum(exact[:, None, 2:], exact[:, 2:]) - np.maximum(exact[:, None, :2], exact[:, :2])
    shared = np.prod(np.maximum(shared, 0), axis=2)
    overlap = shared / np.maximum(area[:, None] + area - shared, 1e-6)
    again = np.triu((overlap > _OVERLAP) & (labels[order, None] == labels[order]), 1)
    kept = np.ones(len(order), bool)
    for k in np.flatnonzero(again.any(axis=1)):
        if kept[k]:
            kept &= ~again[k]
    return order[kept]


def _round_up(size: int) -> int:
    return math.ceil(size / _MULTIPLE) * _MULTIPLE
