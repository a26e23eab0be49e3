"""Jumping, lying and falling, told by how the box of a body changes: learned curves over the moments of `body`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.describe.learned import curves
from grounding.describe.soft import between, keep
from grounding.vocabulary import term

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from grounding.describe.body import Moments

    Array = NDArray[np.float64]

INPUTS: Final[dict[str, tuple[str, ...]]] = {
    "jumping": (
        "up2",
        "far up2",
        "up1",
        "stretch",
        "crowded",
        "covered",
        "cut",
        "short",
        "tall",
        "wide",
        "clear",
        "clear up2",
        "clear far up2",
    ),
    "lying": ("flat", "low", "flat and low", "flat or low", "crowded", "covered", "cut"),
    "falling": ("sinks", "widens", "sinks and widens", "stood", "crowded", "covered", "cut", "low"),
}
"""Inputs of each curve."""
_BEFORE: Final = (-6, -2)
_AFTER: Final = (2, 6)


def columns(m: Moments) -> dict[str, Array]:
    """(N,) values of all inputs at each moment."""
    rise2, rise1 = np.minimum(m.foot2, m.top2), np.minimum(m.foot1, m.top1)
    stretch = np.abs(m.foot2 - m.top2)
    clear = 1 - between(np.maximum(m.crowded, m.covered), 0.02, 0.25)
    flat, low = between(m.wide, 0.7, 1.6), between(1 - m.size, 0.1, 0.55)
    before, after = _around(m.size, *_BEFORE), _around(m.size, *_AFTER)
    sinks = between(before - after, 0.0, 0.5)
    widens = between(_around(m.wide, *_AFTER) - _around(m.wide, *_BEFORE), 0.0, 1.0)
    return {
        "up2": between(rise2, 0.0, 0.3),
        "far up2": between(rise2, 0.1, 0.2),
        "up1": between(rise1, 0.0, 0.2),
        "stretch": between(stretch, 0.0, 0.2),
        "crowded": between(m.crowded, 0.0, 0.4),
        "covered": m.covered,
        "cut": m.cut.astype(np.float64),
        "short": between(1 - m.size, 0.0, 0.3),
        "tall": between(m.size - 1, 0.0, 0.3),
        "wide": between(m.wide, 0.4, 1.2),
        "clear": clear,
        "clear up2": between(rise2, 0.0, 0.3) * clear * (1 - between(stretch, 0.0, 0.15)),
        "clear far up2": between(rise2, 0.1, 0.2) * clear,
        "flat": flat,
        "low": low,
        "flat and low": np.sqrt(flat * low),
        "flat or low": np.maximum(flat, low),
        "sinks": sinks,
        "widens": widens,
        "sinks and widens": np.sqrt(sinks * widens),
        "stood": between(before, 0.6, 0.95),
    }


def _around(values: Array, low: int, high: int) -> Array:
    """(N,) means over the moments `low` to `high` away, as far as there are such, else the nearest."""
    n = len(values)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    first = np.clip(np.arange(n) + low, 0, n - 1)
    last = np.maximum(first + 1, np.clip(np.arange(n) + high + 1, 1, n))
    return np.asarray((sums[last] - sums[first]) / (last - first), np.float64)


def body_terms(m: Moments) -> dict[int, Mapping[str, float]]:
    """Second → terms: a jump and a fall at its surest moment, lying on the whole of the second."""
    values, learned = columns(m), curves()
    seconds = np.floor(m.times + 1e-6).astype(np.int64)
    degrees = {name: learned[name].degrees(values) for name in INPUTS}
    out: dict[int, Mapping[str, float]] = {}
    for second in np.unique(seconds).tolist():
        rows = seconds == second
        out[second] = keep({
            term("action", "jumping"): float(degrees["jumping"][rows].max()),
            term("action", "falling"): float(degrees["falling"][rows].max()),
            term("action", "lying"): float(degrees["lying"][rows].mean()),
        })  # fmt: skip
    return out
