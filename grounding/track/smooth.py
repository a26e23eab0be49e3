"""From sparse, jittering detections to a tube on the grid: interpolate, leave real gaps open."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

from grounding.geometry import Array, as_boxes, centres, from_centres, sizes
from grounding.track.stage import Stage, move_points
from grounding.types import Smoothing, Tube

_EPSILON = 1e-6
_FADING = 0.5


def smooth(
    times: ArrayLike,
    boxes: ArrayLike,
    *,
    step: float,
    method: Smoothing = "pchip",
    max_gap: float = 2.0,
    reach: float = 0.0,
    stage: Stage | None = None,
) -> Tube:
    """The tube of one target on the grid of whole multiples of `step`.

    times (N,) strictly increasing seconds, boxes (N, 4), N > 0. Neighbouring times more than `max_gap` apart are a
    gap: nothing is put between them. A run too short to hold a grid time gives its box to the nearest one.
    stage: with it curves are drawn over the still ground, so that a panning camera bends none of them. reach: seconds
    by which both ends are drawn on, within their shot: a target looked for once a second was there a little before it
    was first found.
    Raises ValueError for no times, times out of order or lengths that differ.
    """
    known, array = np.asarray(times, np.float64).reshape(-1), as_boxes(boxes)
    if len(known) == 0 or len(known) != len(array):
        raise ValueError(f"need as many boxes as times and at least one, got {len(array)} and {len(known)}")
    if np.any(np.diff(known) <= 0):
        raise ValueError("times must be strictly increasing")
    before, after = _room(known, reach, stage)
    parts = np.split(np.arange(len(known)), np.flatnonzero(np.diff(known) > max_gap + _EPSILON) + 1)
    grid: dict[int, Array] = {}
    for k, part in enumerate(parts):
        start = known[part[0]] - (before if k == 0 else 0.0)
        end = known[part[-1]] + (after if k == len(parts) - 1 else 0.0)
        first, last = math.ceil(start / step - _EPSILON), math.floor(end / step + _EPSILON)
        marks = list(range(first, last + 1)) or [round(known[part[0]] / step)]
        at = np.clip(np.array(marks) * step, start, end)
        state = _to_state(array[part])
        carried, carried_at = _carried(known[part], state, at, stage)
        drawn = _drawn(known[part], state - carried, at, method)
        for mark, box in zip(marks, _to_boxes(drawn + carried_at), strict=True):
            grid.setdefault(mark, box)
    marks = sorted(grid)
    return Tube(np.array(marks) * step, np.array([grid[m] for m in marks], np.float32), step)


def _room(times: Array, reach: float, stage: Stage | None) -> tuple[float, float]:
    """How far the ends may be drawn on without leaving their shots, or the time before the video."""
    first, last = float(times[0]), float(times[-1])
    begin = 0.0 if stage is None else stage.span(first)[0]
    end = math.inf if stage is None else stage.span(last)[1]
    # A shot ends before its end: its last picture is a step earlier.
    return max(0.0, min(reach, first - begin)), max(0.0, min(reach, end - 10 * _EPSILON - last))


def _drawn(times: Array, state: Array, at: Array, method: Smoothing) -> Array:
    """The curve at `at`; beyond its ends a target goes on as it went, at half the pace, and keeps its size."""
    inside = np.clip(at, times[0], times[-1])
    drawn = _interpolate(times, state, inside, method)
    beyond = at - inside
    if len(times) > 1 and np.any(beyond):
        slopes = [(state[k + 1, :2] - state[k, :2]) / (times[k + 1] - times[k]) for k in (0, len(times) - 2)]
        drawn[:, :2] += _FADING * beyond[:, None] * np.where(beyond[:, None] < 0, slopes[0], slopes[1])
    return drawn


def _to_state(boxes: Array) -> Array:
    """(N, 4) middles and log sizes: what moves smoothly."""
    return np.concatenate([centres(boxes), np.log(np.maximum(sizes(boxes), 1e-3))], axis=1)


def _to_boxes(state: Array) -> Array:
    return from_centres(state[:, :2], np.exp(state[:, 2:]))


def _carried(times: Array, state: Array, at: Array, stage: Stage | None) -> tuple[Array, Array]:
    """How far the camera alone has carried the target, up to a constant: at `times` and at `at`.

    Summed along the target's own way, which stays finite however far the camera turns. Between two of its pictures the
    camera is taken to move evenly: marks of the grid and pictures seldom coincide, at 29.97 pictures a second say.
    """
    stops = np.zeros(0) if stage is None else stage.times_around(min(times[0], at[0]), max(times[-1], at[-1]))
    if stage is None or len(stops) < 2:
        return np.zeros_like(state), np.zeros((len(at), state.shape[1]))
    way = np.stack([np.interp(stops, times, state[:, k]) for k in range(state.shape[1])], axis=1)
    motions = stage.between(stops[:-1], stops[1:])
    middle, reach = way[:-1, :2], np.exp(way[:-1, 3:]) / 2.0
    moved = move_points(middle, motions)
    foot = move_points(middle + reach * [0.0, 1.0], motions)
    zoom = np.log(np.maximum(np.linalg.norm(foot - moved, axis=1), 1e-6) / reach[:, 0])
    steps = np.concatenate([moved - middle, zoom[:, None], zoom[:, None]], axis=1)
    total = np.concatenate([np.zeros((1, state.shape[1])), np.cumsum(steps, axis=0)])
    known, asked = (
        np.stack([np.interp(t, stops, total[:, k]) for k in range(total.shape[1])], axis=1) for t in (times, at)
    )
    return known, asked


def _interpolate(times: Array, boxes: Array, at: Array, method: Smoothing) -> Array:
    if method == "hold" or len(times) == 1:
        return np.asarray(boxes[np.searchsorted(times, at + _EPSILON, side="right") - 1], np.float64)
    if method == "akima" and len(times) > 2:
        return np.asarray(Akima1DInterpolator(times, boxes)(at), np.float64)
    if method in ("pchip", "akima"):
        return np.asarray(PchipInterpolator(times, boxes)(at), np.float64)
    if method == "linear":
        return np.stack([np.interp(at, times, boxes[:, k]) for k in range(4)], axis=1)
    raise ValueError(f"method must be hold, linear, pchip or akima, got {method!r}")
