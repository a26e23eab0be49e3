"""From sparse, jittering detections to a tube on the grid: denoise, interpolate, leave real gaps open."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

from grounding.geometry import Array, as_boxes, centres, from_centres, sizes
from grounding.types import Tube

Method = Literal["hold", "linear", "pchip", "akima"]

_EPSILON = 1e-6


def smooth(
    times: ArrayLike,
    boxes: ArrayLike,
    *,
    step: float,
    method: Method = "pchip",
    max_gap: float = 2.0,
    denoise: float = 0.0,
) -> Tube:
    """The tube of one target on the grid of whole multiples of `step`.

    times (N,) strictly increasing seconds, boxes (N, 4), N > 0. Neighbouring times more than `max_gap` apart are a
    gap: nothing is put between them. A run too short to hold a grid time gives its box to the nearest one.
    denoise: seconds over which middles and sizes are smoothed before; 0 keeps the boxes as detected.
    Raises ValueError for no times, times out of order or lengths that differ.
    """
    known, array = np.asarray(times, np.float64).reshape(-1), as_boxes(boxes)
    if len(known) == 0 or len(known) != len(array):
        raise ValueError(f"need as many boxes as times and at least one, got {len(array)} and {len(known)}")
    if np.any(np.diff(known) <= 0):
        raise ValueError("times must be strictly increasing")
    grid: dict[int, Array] = {}
    for part in np.split(np.arange(len(known)), np.flatnonzero(np.diff(known) > max_gap + _EPSILON) + 1):
        part_boxes = _denoised(known[part], array[part], denoise) if denoise > 0 else array[part]
        first, last = math.ceil(known[part[0]] / step - _EPSILON), math.floor(known[part[-1]] / step + _EPSILON)
        marks = list(range(first, last + 1)) or [round(known[part[0]] / step)]
        for mark, box in zip(marks, _interpolate(known[part], part_boxes, np.array(marks) * step, method), strict=True):
            grid.setdefault(mark, box)
    marks = sorted(grid)
    return Tube(np.array(marks) * step, np.array([grid[m] for m in marks], np.float32), step)


def _interpolate(times: Array, boxes: Array, at: Array, method: Method) -> Array:
    at = np.clip(at, times[0], times[-1])
    if method == "hold" or len(times) == 1:
        return np.asarray(boxes[np.searchsorted(times, at + _EPSILON, side="right") - 1], np.float64)
    if method == "akima" and len(times) > 2:
        return np.asarray(Akima1DInterpolator(times, boxes)(at), np.float64)
    if method in ("pchip", "akima"):
        return np.asarray(PchipInterpolator(times, boxes)(at), np.float64)
    if method == "linear":
        return np.stack([np.interp(at, times, boxes[:, k]) for k in range(4)], axis=1)
    raise ValueError(f"method must be hold, linear, pchip or akima, got {method!r}")


def _denoised(times: Array, boxes: Array, reach: float) -> Array:
    """Middles and log sizes, each moved onto a robust local line through the neighbours within `reach` seconds."""
    state = np.concatenate([centres(boxes), np.log(np.maximum(sizes(boxes), 1.0))], axis=1)
    state = _local_lines(times, state, reach)
    return from_centres(state[:, :2], np.exp(state[:, 2:]))


def _local_lines(times: Array, values: Array, reach: float) -> Array:
    """(N, K) local linear regression with Gaussian weights, once reweighted against outliers (LOWESS)."""
    offset = times[None, :] - times[:, None]
    weight = np.exp(-0.5 * (offset / reach) ** 2)
    robust = np.ones_like(values)
    fitted = values
    for _ in range(2):
        w = weight[:, :, None] * robust[None]
        s0, s1, s2 = (np.sum(w * (offset**p)[:, :, None], axis=1) for p in range(3))
        y0 = np.einsum("ijk,jk->ik", w, values)
        y1 = np.einsum("ijk,jk->ik", w * offset[:, :, None], values)
        det = s0 * s2 - s1**2
        safe = det > 1e-9
        fitted = np.where(safe, (s2 * y0 - s1 * y1) / np.where(safe, det, 1.0), y0 / np.maximum(s0, 1e-9))
        rest = np.abs(values - fitted)
        scale = 6.0 * np.maximum(np.median(rest, axis=0), 1e-6)
        robust = np.maximum((1.0 - np.minimum(rest / scale, 1.0) ** 2) ** 2, 1e-3)
    return np.asarray(fitted, np.float64)
