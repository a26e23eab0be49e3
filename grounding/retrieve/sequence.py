"""One thing after the other: "receives the ball, then shoots"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.types import Predicate

Array = NDArray[np.float64]
Run = tuple[int, int]
"""Seconds `[start, end)`, counted from the first."""

MAX_PAUSE: Final = 5
"""Seconds that may pass between the end of one step and the beginning of the next."""
PAUSE_COST: Final = 0.05
"""What each of them costs, so that of two endings the nearer one is taken."""


def steps_of(predicates: Sequence[Predicate]) -> tuple[list[int], ...]:
    """For each step, the indices of its predicates, in order; () without predicates."""
    numbers = sorted({predicate.step for predicate in predicates})
    return tuple([i for i, one in enumerate(predicates) if one.step == number] for number in numbers)


def best_sequence(gains: Sequence[Array]) -> tuple[list[Run], float]:
    """A run for each step, one after the other, with the largest sum.

    Two runs may share one second, since short things follow each other within it, and `MAX_PAUSE` may lie between them.

    Args:
        gains: for each step the (seconds,) gain of every second, the same seconds for all; at least one second.

    Returns:
        The runs, and the sum of what they gain. There is always one, though its sum may be below 0.
    """
    n = len(gains[0])
    totals: list[Array] = []
    starts: list[NDArray[np.intp]] = []
    befores: list[NDArray[np.intp]] = []
    for step, gain in enumerate(gains):
        # lead[s]: the best sum of all earlier steps when this one starts at second s; before[s]: where they end.
        lead, before = (np.zeros(n), np.zeros(n, np.intp)) if step == 0 else _leads(totals[-1])
        total, start = np.empty(n), np.zeros(n, np.intp)
        for at in range(n):
            fresh = lead[at] + gain[at]
            going = total[at - 1] + gain[at] if at else -np.inf
            total[at], start[at] = (going, start[at - 1]) if going > fresh else (fresh, at)
        totals.append(total)
        starts.append(start)
        befores.append(before)
    end = int(np.argmax(totals[-1]))
    best = float(totals[-1][end])
    runs: list[Run] = []
    for start, before in zip(reversed(starts), reversed(befores), strict=True):
        first = int(start[end])
        runs.append((first, end + 1))
        end = int(before[first])
    return runs[::-1], best


def _leads(total: Array) -> tuple[Array, NDArray[np.intp]]:
    """For each second the best total of a run that ended then or up to `MAX_PAUSE` before, and where that was."""
    n = len(total)
    best, where = total.copy(), np.arange(n)
    for back in range(1, min(n, MAX_PAUSE + 2)):
        moved = total[: n - back] - PAUSE_COST * (back - 1)
        better = moved > best[back:]
        best[back:][better] = moved[better]
        where[back:][better] = np.arange(n - back)[better]
    return best, where
