"""A detector that cannot spoil a match: it may fail on a picture, or give boxes that are none."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from grounding.detect.base import Detector
from grounding.detect.clean import sound
from grounding.types import Detections, Image

log = logging.getLogger(__name__)


class CarefulDetector:
    """`detector`, with pictures that it fails on counted as empty and boxes that are none dropped (see `sound`).

    Both are logged once for each instance.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._failed = self._dropped = False

    @property
    def labels(self) -> tuple[str, ...]:
        return self._detector.labels

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """See `Detector`; never raises what the detector raises."""
        return [self._sound(found, image) for found, image in zip(self._found(images), images, strict=True)]

    def _found(self, images: Sequence[Image]) -> list[Detections]:
        try:
            return self._detector.detect(images)
        except Exception:
            if len(images) == 1:
                if not self._failed:
                    self._failed = True
                    log.warning("the detector failed on a picture; such pictures count as empty", exc_info=True)
                return [Detections.empty()]
        return [found for image in images for found in self._found([image])]

    def _sound(self, found: Detections, image: Image) -> Detections:
        good, bad = sound(found, len(self.labels), image.shape[1], image.shape[0])
        if bad and not self._dropped:
            self._dropped = True
            log.warning("the detector gave %d boxes of a picture that are none; such boxes are dropped", bad)
        return good
