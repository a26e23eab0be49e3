"""Shot cuts on pictures a fifth of a second apart, told from fast pans and zooms."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grounding.types import Floats, Image

_WIDTH = 96
_BORDER = 0.08
_GRAIN = 3.0  # grey levels of contrast below which there is only noise
_RECENT = 12
_ABOVE_USUAL = 0.2
_HUES, _SATURATIONS, _VALUES = 18, 4, 6


class CutDetector:
    """Hard cuts between two consecutive pictures of one video.

    Two measures are weighed together: the colours changed (histogram), and no shift or camera motion of the earlier
    picture explains the later one (correlation after the best of them). A pan keeps its colours and can be undone; a
    cut between two cameras on the same grass keeps most of its colours but not its layout; a flash changes colours but
    not the layout. The bar rises with what was usual lately, so that confetti or a whip pan does not read as a row of
    cuts.
    """

    def __init__(self, *, threshold: float = 0.635) -> None:
        """threshold: change in 0..1 from which a step is a cut, where little happened before."""
        self._threshold = threshold
        self._grey: Floats | None = None
        self._histogram: Floats | None = None
        self._recent: deque[float] = deque(maxlen=_RECENT)

    def update(self, image: Image, motion: NDArray[np.float64] | None = None) -> bool:
        """True where a new shot begins with this picture.

        image: (h, w, 3) RGB, the next picture. motion: (3, 3) homography from the last picture to this one in pixels,
        if one was estimated as for a moving camera; it explains zooms and fast pans better than a shift can.
        """
        height = max(16, round(image.shape[0] * _WIDTH / image.shape[1]))
        # Every few pixels are enough: averaging all of a large picture takes longer than everything else here.
        sparse = image[:: _stride(image), :: _stride(image)]
        small = np.asarray(cv2.resize(sparse, (_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        histogram = _histogram(small)
        cut = False
        if self._grey is not None and self._histogram is not None and self._grey.shape == grey.shape:
            moved = None if motion is None else _moved(self._grey, motion, _WIDTH / image.shape[1])
            change = _change(self._grey, grey, self._histogram, histogram, moved)
            usual = float(np.median(self._recent)) if self._recent else 0.0
            cut = change > max(self._threshold, min(0.9, usual + _ABOVE_USUAL))
            if not cut:
                self._recent.append(change)
        elif self._grey is not None:
            cut = True
        self._grey, self._histogram = grey, histogram
        if cut:
            self._recent.clear()
        return cut


def _stride(image: Image) -> int:
    return max(1, min(int(image.shape[1]) // (3 * _WIDTH), int(image.shape[0]) // 48))


def _histogram(small: Image) -> Floats:
    """Joint histogram of hue, saturation and value over two halves (upper, lower), summing to 1."""
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    middle = hsv.shape[0] // 2
    parts = [
        cv2.calcHist([half], [0, 1, 2], None, [_HUES, _SATURATIONS, _VALUES], [0, 180, 0, 256, 0, 256])
        for half in (hsv[:middle], hsv[middle:])
    ]
    # A little blur over neighbouring bins, so that slight shading does not count as other colours.
    joined = np.stack([cv2.GaussianBlur(part.reshape(_HUES, -1), (3, 3), 0).ravel() for part in parts])
    return np.asarray(joined / max(1.0, float(joined.sum())), np.float32)


def _moved(before: Floats, motion: NDArray[np.float64], scale: float) -> Floats | None:
    """The earlier picture as the camera's motion would show it now, not-a-number where it showed nothing; None where
    the motion is not believable."""
    to_small = np.diag([scale, scale, 1.0])
    small = to_small @ motion @ np.linalg.inv(to_small)
    if not np.isfinite(small).all() or abs(np.linalg.det(small[:2, :2])) < 0.1:
        return None
    size = (before.shape[1], before.shape[0])
    warped = cv2.warpPerspective(before, small, size, flags=cv2.INTER_LINEAR, borderValue=float("nan"))
    return np.asarray(warped, np.float32)


def _change(
    before: Floats, after: Floats, hist_before: Floats, hist_after: Floats, moved: Floats | None = None
) -> float:
    """How unlike two pictures are, in 0..1: loss of layout, weighing more where the colours changed as well."""
    colours = 0.5 * float(np.abs(hist_before - hist_after).sum())
    alike = _aligned_correlation(before, after)
    if moved is not None:
        alike = max(alike, _correlation_where_both(moved, after))
    layout = 1.0 - max(0.0, alike)
    return min(1.0, layout * (0.6 + 0.9 * float(np.sqrt(colours))))


def _aligned_correlation(before: Floats, after: Floats) -> float:
    """Correlation of two grey pictures where they overlap after the best shift (none, or by phase correlation)."""
    window = cv2.createHanningWindow((before.shape[1], before.shape[0]), cv2.CV_32F)
    # It multiplies its arguments by the window in place.
    (dx, dy), _ = cv2.phaseCorrelate(before.copy(), after.copy(), window)
    return max(_correlation(before, after, 0, 0), _correlation(before, after, round(dx), round(dy)))


def _correlation(before: Floats, after: Floats, dx: int, dy: int) -> float:
    height, width = before.shape
    if abs(dx) > width // 2 or abs(dy) > height // 2:
        return 0.0
    a = before[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
    b = after[max(0, dy) : height - max(0, -dy), max(0, dx) : width - max(0, -dx)]
    border = round(_BORDER * min(a.shape))
    a, b = _details(a, border), _details(b, border)
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    if scale < 1e-3:
        # Two flat pictures have no layout to compare; their colours decide.
        return 1.0 if float(np.abs(a).sum() + np.abs(b).sum()) < 1e-3 else 0.0
    return float((a * b).sum()) / scale


def _correlation_where_both(moved: Floats, after: Floats) -> float:
    """Correlation over the part that `moved` shows, if that is half of the picture at least."""
    shown = np.isfinite(moved)
    if shown.mean() < 0.5:
        return 0.0
    a = _details(np.where(shown, moved, after).astype(np.float32), 0)
    b = _details(after, 0)
    inner = cv2.erode(shown.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    x, y = a[inner], b[inner]
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / scale if scale > 1e-3 else 0.0


def _details(part: NDArray[np.float32], border: int) -> Floats:
    inner = part[border : part.shape[0] - border, border : part.shape[1] - border]
    # What stands side by side, each part of the picture counting alike: the large areas (stand above, pitch below)
    # and the edge between them are in the same place in all shots of one ground.
    detail = cv2.GaussianBlur(inner, (0, 0), 1.0)
    detail = detail - cv2.GaussianBlur(detail, (0, 0), sigmaX=6.0, sigmaY=0.5)
    contrast = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), 6.0))
    return np.asarray(detail / (contrast + _GRAIN), np.float32)
