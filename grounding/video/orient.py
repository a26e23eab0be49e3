"""From the coded picture to the picture as displayed: rotation, mirroring and pixel shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from av.sidedata.sidedata import Type

if TYPE_CHECKING:
    from fractions import Fraction

    from av.video.frame import VideoFrame

    from grounding.types import Image


@dataclass(frozen=True, slots=True)
class Orientation:
    """The quarter turn or mirroring a display matrix asks for: transpose first, then flips."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def rotation(self) -> int:
        """Degrees clockwise to show the coded picture upright; mirroring is not told apart."""
        if self.transpose:
            return 90 if self.flip_x else 270
        return 180 if self.flip_x and self.flip_y else 0

    def apply(self, image: Image) -> Image:
        """image: (h, w, 3) as coded → (h', w', 3) as displayed, contiguous."""
        if self.transpose:
            image = image.transpose(1, 0, 2)
        if self.flip_x:
            image = image[:, ::-1]
        if self.flip_y:
            image = image[::-1]
        return np.ascontiguousarray(image)


def orientation_of(frame: VideoFrame) -> Orientation:
    """Reads the display matrix of a decoded frame: x' = a x + c y, y' = b x + d y (ISO 14496-12, 8.5.3)."""
    data = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if data is None:
        return Orientation()
    values = np.frombuffer(bytes(data), np.int32)
    if values.size < 9:
        return Orientation()
    a, b, c, d = (int(values[i]) for i in (0, 1, 3, 4))
    if abs(a) >= abs(b):
        return Orientation(transpose=False, flip_x=a < 0, flip_y=d < 0)
    return Orientation(transpose=True, flip_x=c < 0, flip_y=b < 0)


@dataclass(frozen=True, slots=True)
class Display:
    """How a stream's pictures are shown; taken from its first decoded frame and held for the whole file."""

    orientation: Orientation
    coded_width: int
    coded_height: int

    @classmethod
    def of(cls, frame: VideoFrame, pixel_shape: Fraction | None) -> Display:
        width = frame.width
        # Pixels that are not square: the width is stretched, as players do.
        if pixel_shape and 0.1 < float(pixel_shape) < 10 and abs(float(pixel_shape) - 1) > 0.005:
            width = max(1, round(frame.width * float(pixel_shape)))
        return cls(orientation_of(frame), width, frame.height)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) as displayed."""
        if self.orientation.transpose:
            return self.coded_height, self.coded_width
        return self.coded_width, self.coded_height

    def to_image(self, frame: VideoFrame, max_side: int | None = None) -> Image:
        """RGB as displayed; scaled so that its longer side is at most `max_side`."""
        width, height = self.coded_width, self.coded_height
        if max_side is not None and max(width, height) > max_side:
            scale = max_side / max(width, height)
            width, height = max(1, round(width * scale)), max(1, round(height * scale))
        array = frame.to_ndarray(format="rgb24", width=width, height=height)
        return self.orientation.apply(array.astype(np.uint8, copy=False))
