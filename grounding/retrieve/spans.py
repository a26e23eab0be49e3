"""Spans of consecutive seconds that score above a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEVER: Final = -1e6
"""A gain that no run can make up for."""


def maximal_runs(gains: Sequence[float]) -> list[tuple[int, int]]:
    """All maximal scoring runs `[start, end)`: disjoint, each with the largest sum that no longer run around it beats.

    A short dip inside a run is bridged when both sides gain more than the dip costs. Linear time (Ruzzo and Tompa,
    "A linear time algorithm for finding all maximal scoring subsequences", ISMB 1999).
    """
    runs: list[tuple[int, int, float, float]] = []  # start, end, sum before start, sum up to end
    total = 0.0
    for at, gain in enumerate(gains):
        before, total = total, total + gain
        if gain <= 0:
            continue
        start, left = at, before
        while True:
            j = len(runs) - 1
            while j >= 0 and runs[j][2] >= left:
                j -= 1
            if j < 0 or runs[j][3] >= total:
                runs.append((start, at + 1, left, total))
                break
            start, left = runs[j][0], runs[j][2]
            del runs[j:]
    return [(start, end) for start, end, _, _ in runs]


def smooth(values: Array, weight: float = 0.25) -> Array:
    """Each value with `weight` of both neighbours; the ends repeat themselves."""
    if len(values) < 2:
        return values
    before, after = np.concatenate((values[:1], values[:-1])), np.concatenate((values[1:], values[-1:]))
    return np.asarray((1 - 2 * weight) * values + weight * (before + after))


def without_bridges(gains: Array, longest: int) -> Array:
    """The gains with every dip of more than `longest` seconds made too deep to be bridged."""
    out = gains.copy()
    start = 0
    for at in range(len(gains) + 1):
        if at < len(gains) and gains[at] <= 0:
            continue
        if at - start > longest:
            out[start:at] = NEVER
        start = at + 1
    return out
