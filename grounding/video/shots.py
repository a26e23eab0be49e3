"""Shot cuts on consecutive pictures, told from fast pans, zooms and flashes.

Every decoded picture is looked at, not only those on the tracker's grid: from one picture to the next a camera moves
little, so a cut stands out, and looking costs a third of a millisecond.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from grounding.types import Floats

_WIDTH = 96
_BORDER = 0.08
_GRAIN = 3.0  # grey levels of contrast below which there is only noise
_RECENT = 12
_FLAT = 0.01  # mean detail of a picture without layout
_CHANGED = 0.6  # loss of layout where nothing is shifted
_UNEXPLAINED = 0.6  # loss of layout that no shift explains
_SUDDEN = 2.0  # times the usual difference


class CutDetector:
    """Hard cuts between two consecutive pictures of one video.

    The layout must have changed, and either no shift of the earlier picture explains the later one, or the change is
    sudden against the last pictures: a pan can be undone and gathers speed, a flash keeps the layout.
    """

    def __init__(self) -> None:
        self._before: Floats | None = None
        self._details: Floats | None = None
        self._recent: deque[float] = deque(maxlen=_RECENT)

    def update(self, luma: NDArray[np.uint8]) -> bool:
        """True where a new shot begins with this picture.

        luma: (h, w) brightness of the next picture, of any size; `luma_of` gives it cheaply.
        """
        height = max(16, round(luma.shape[0] * _WIDTH / luma.shape[1]))
        grey = np.asarray(cv2.resize(luma, (_WIDTH, height), interpolation=cv2.INTER_AREA), np.float32)
        details = _details(grey, _border(grey))
        cut = False
        if self._before is not None and self._details is not None:
            if self._before.shape != grey.shape:
                cut = True
            else:
                cut = self._differs(self._before, grey, self._details, details)
        self._before, self._details = grey, details
        if cut:
            self._recent.clear()
        return cut

    def _differs(self, before: Floats, after: Floats, details_before: Floats, details_after: Floats) -> bool:
        difference = float(np.abs(before - after).mean())
        usual = float(np.median(self._recent)) if self._recent else difference
        self._recent.append(difference)
        if 1.0 - _correlation(details_before, details_after) < _CHANGED:
            return False
        if difference > _SUDDEN * max(usual, _GRAIN):
            return True
        return 1.0 - _shifted_correlation(before, after) > _UNEXPLAINED


def luma_of(frame: VideoFrame) -> NDArray[np.uint8]:
    """(h, w) brightness of a decoded frame as it is coded (not rotated), thinned to about 200 columns.

    The brightness plane of 8-bit planar formats is read where it lies; other formats are converted at small size.
    """
    plane: Any = frame.planes[0]
    stride = max(1, frame.width // (2 * _WIDTH))
    if frame.format.name.startswith(("yuv4", "yuvj4", "nv12", "gray")) and plane.line_size < 2 * frame.width:
        rows = np.frombuffer(plane, np.uint8)[: plane.line_size * frame.height]
        return rows.reshape(frame.height, plane.line_size)[::stride, : frame.width : stride]
    height = max(2, frame.height // stride)
    return np.asarray(frame.reformat(frame.width // stride, height, "gray").to_ndarray(), np.uint8)


def _border(grey: Floats) -> int:
    shorter: int = min(grey.shape)
    return round(_BORDER * shorter)


def _shifted_correlation(before: Floats, after: Floats) -> float:
    """Correlation of two grey pictures where they overlap after the shift that fits best."""
    window = cv2.createHanningWindow((before.shape[1], before.shape[0]), cv2.CV_32F)
    # It multiplies its arguments by the window in place.
    (x, y), _ = cv2.phaseCorrelate(before.copy(), after.copy(), window)
    dx, dy = round(x), round(y)
    height, width = before.shape
    if abs(dx) > width // 2 or abs(dy) > height // 2:
        return 0.0
    a = before[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
    b = after[max(0, dy) : height - max(0, -dy), max(0, dx) : width - max(0, -dx)]
    return _correlation(_details(a, _border(a)), _details(b, _border(b)))


def _correlation(a: Floats, b: Floats) -> float:
    flat = [float(np.abs(part).mean()) < _FLAT for part in (a, b)]
    if any(flat):
        # Two flat pictures are alike; a flat one and another have nothing in common.
        return float(all(flat))
    return float((a * b).sum()) / float(np.sqrt((a * a).sum() * (b * b).sum()))


def _details(part: Floats, border: int) -> Floats:
    inner = part[border : part.shape[0] - border, border : part.shape[1] - border]
    # What stands side by side, each part of the picture counting alike: the large areas (stand above, pitch below)
    # and the edge between them are in the same place in all shots of one ground.
    detail = cv2.GaussianBlur(inner, (0, 0), 1.0)
    detail = detail - cv2.GaussianBlur(detail, (0, 0), sigmaX=6.0, sigmaY=0.5)
    contrast = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), 6.0))
    return np.asarray(detail / (contrast + _GRAIN), np.float32)
