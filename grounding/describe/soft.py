"""Soft edges: measurements near a threshold are partly true on both sides of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MIN_DEGREE = 0.05
"""Terms less true than this are left out."""


def ramp(x: float, low: float, high: float) -> float:
    """0 at `low`, 1 at `high`, linear between and held outside; `low` above `high` falls instead of rising."""
    if low == high:
        return 1.0 if x >= high else 0.0
    return min(1.0, max(0.0, (x - low) / (high - low)))


def between(x: Array, low: float, high: float) -> Array:
    """`ramp` of every value."""
    return np.clip((x - low) / (high - low), 0.0, 1.0)


def keep(terms: dict[str, float]) -> dict[str, float]:
    """The terms that are true enough to store, rounded to two places."""
    return {name: round(degree, 2) for name, degree in terms.items() if degree >= MIN_DEGREE}
