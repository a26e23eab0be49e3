"""Finding people, balls and things on one picture."""

from __future__ import annotations

from grounding.detect.base import Detector
from grounding.detect.centernet import CenterNetDetector
from grounding.weights.labels import COCO_LABELS, SPORT_LABELS

__all__ = ["COCO_LABELS", "SPORT_LABELS", "CenterNetDetector", "Detector"]
