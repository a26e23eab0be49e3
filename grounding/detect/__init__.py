"""Finding people, balls and things on one picture."""

from __future__ import annotations

from grounding.detect.base import Detector
from grounding.detect.centernet import COCO_LABELS, SPORT_LABELS, CenterNetDetector

__all__ = ["COCO_LABELS", "SPORT_LABELS", "CenterNetDetector", "Detector"]
