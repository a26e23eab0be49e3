"""From the goals that readings of a score board may tell to the score over time: it grows, one side after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.matchtime import ScoreChange

Pair = tuple[int, int]

_LEAST: Final = 3
"""Readings that must agree on a score."""
_MOST: Final = 400
_MISREAD: Final = 1.0
_GOAL: Final = 2.0
_POINT: Final = 0.3
_BOTH: Final = 1.0
_TAKEN_BACK: Final = 25.0
"""Costs: of a misreading, a change, each further point of it, both sides at once, and of a score that shrinks, which is
a goal taken back only when it stays so."""


def fit_scores(told: Sequence[tuple[float, Mapping[Pair, float]]]) -> tuple[ScoreChange, ...]:
    """The score over time.

    Args:
        told: for each reading, in order of time, its second of video and the scores it may tell, each with how doubtful
            it is (0..1).

    Returns:
        What was on the board first, then every change; nothing where no score was read.
    """
    runs = [(list(group), key) for key, group in groupby(told, key=lambda one: tuple(sorted(one[1].items())))]
    support: dict[Pair, int] = defaultdict(int)
    for run, key in runs:
        for pair, _ in key:
            support[pair] += len(run)
    pairs = sorted((pair for pair, count in support.items() if count >= _LEAST), key=lambda pair: -support[pair])
    pairs = sorted(pairs[:_MOST])
    if not pairs:
        return ()
    moves = _moves(np.array(pairs))
    total = np.zeros(len(pairs))
    came: list[NDArray[np.intp]] = []
    for run, key in runs:
        ways = total[None] + moves
        came.append(ways.argmin(1))
        doubts = dict(key)
        total = ways.min(1) + len(run) * np.array([doubts.get(pair, _MISREAD) for pair in pairs])
    path = [int(np.argmin(total))]
    for step in reversed(came[1:]):
        path.append(int(step[path[-1]]))
    return _changes(told, [pairs[k] for (run, _), k in zip(runs, reversed(path), strict=True) for _ in run])


def _moves(pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """(to, from) what each change costs."""
    grown = pairs[:, None] - pairs[None]
    points = grown.sum(2)
    costs = _GOAL + _POINT * np.maximum(points - 1, 0) + _BOTH * (grown > 0).all(2)
    costs = np.where((grown < 0).any(2), _TAKEN_BACK, costs)
    np.fill_diagonal(costs, 0.0)
    return np.asarray(costs, np.float64)


def _changes(told: Sequence[tuple[float, Mapping[Pair, float]]], path: Sequence[Pair]) -> tuple[ScoreChange, ...]:
    """Each stay in a score that enough readings tell, from the first of them on."""
    found: list[ScoreChange] = []
    last = None
    for pair, group in groupby(zip(path, told, strict=True), key=lambda row: row[0]):
        times = [t for _, (t, pairs) in group if pair in pairs]
        if len(times) < _LEAST:
            continue
        if not found or (found[-1].home, found[-1].away) != pair:
            found.append(ScoreChange(times[0], pair[0], pair[1], times[0] if last is None else last))
        last = times[-1]
    return tuple(found)
