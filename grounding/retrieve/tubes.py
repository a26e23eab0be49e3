"""Cutting and comparing tubes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grounding.geometry import paired_iou
from grounding.types import Span, Times, Tube

EDGE = 1e-6
"""Seconds by which a time may miss the edge of a span and still count as on it."""


def cut_tube(tube: Tube, span: Span) -> Tube | None:
    """The part of a tube whose times lie in `[span.start, span.end)`, or None when there is none."""
    low, high = np.searchsorted(tube.times, [span.start - EDGE, span.end - EDGE])
    if high <= low:
        return None
    return Tube(tube.times[low:high], tube.boxes[low:high], tube.step)


def same_boxes(one: Tube, other: Tube, samples: int = 8) -> float:
    """Mean IoU of two tubes at `samples` times spread over those they have in common, 0 when there are none."""
    start = max(one.times[0], other.times[0])
    end = min(one.times[-1], other.times[-1])
    if end < start:
        return 0.0
    at = np.linspace(start, end, samples)
    ours, theirs = _nearest(one, at), _nearest(other, at)
    both = (np.abs(one.times[ours] - at) <= one.step) & (np.abs(other.times[theirs] - at) <= other.step)
    if not both.any():
        return 0.0
    return float(paired_iou(one.boxes[ours], other.boxes[theirs])[both].mean())


def _nearest(tube: Tube, at: Times) -> NDArray[np.intp]:
    """Index of the last time of the tube that is not after each of `at`."""
    return np.maximum(np.searchsorted(tube.times, at + EDGE, side="right") - 1, 0)
