"""Pictures that show what was just looked at: still pictures, paused screens, slates.

What is found on such a picture is known already. Nothing may have moved, not even a small far player: so the largest
difference decides and not the mean, on a copy at a quarter of the size, in which the noise of compression averages out.
Noise that does not average out makes a picture one to be looked at, which costs time and nothing else.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from grounding.types import Frame, Image

_STEP: Final = 4
_NOISE: Final = 6
"""Levels of 255 by which a pixel of the small copy may differ."""
_GLANCE: Final = 24
"""The distance of the pixels compared first: a moving camera is told by those few."""
_CLEARLY: Final = 40
_LONGEST: Final = 5.0
"""Seconds after which even the same picture is looked at again."""


class StillPictures:
    """Compares each picture with the last one that had to be looked at, so that slow changes add up."""

    def __init__(self) -> None:
        self._image: Image = np.zeros((1, 1, 3), np.uint8)
        self._glance: Image | None = None
        self._small: Image | None = None
        self._pts = 0.0

    def repeats(self, frame: Frame) -> bool:
        """Whether `frame` shows the same as the last frame for which this was false. Times must not go back."""
        glance = np.ascontiguousarray(frame.image[::_GLANCE, ::_GLANCE])
        small: Image | None = None
        if self._may_repeat(frame, glance):
            small = _quarter(frame.image)
            if self._small is None:
                self._small = _quarter(self._image)
            if cv2.norm(small, self._small, cv2.NORM_INF) <= _NOISE:
                return True
        self._image, self._glance, self._small, self._pts = frame.image, glance, small, frame.pts
        return False

    def _may_repeat(self, frame: Frame, glance: Image) -> bool:
        if self._glance is None or frame.cut or frame.pts - self._pts >= _LONGEST - 1e-6:
            return False
        return glance.shape == self._glance.shape and cv2.norm(glance, self._glance, cv2.NORM_INF) <= _CLEARLY


def _quarter(image: Image) -> Image:
    size = (max(1, image.shape[1] // _STEP), max(1, image.shape[0] // _STEP))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
