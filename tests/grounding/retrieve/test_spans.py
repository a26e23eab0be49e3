import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grounding.retrieve.spans import NEVER, maximal_runs, smooth, without_bridges


def slow(gains: list[float], low: int, high: int) -> list[tuple[int, int]]:
    """The definition: the best run, then the same left and right of it."""
    best = 0.0
    at: tuple[int, int] | None = None
    for start in range(low, high):
        for end in range(start + 1, high + 1):
            total = sum(gains[start:end])
            if total > best:
                best, at = total, (start, end)
    if at is None:
        return []
    return [*slow(gains, low, at[0]), at, *slow(gains, at[1], high)]


def test_dips_are_bridged_when_it_pays() -> None:
    assert maximal_runs([1, 1, -1, 1, 1]) == [(0, 5)]
    assert maximal_runs([1, -3, 1]) == [(0, 1), (2, 3)]
    assert maximal_runs([]) == []
    assert maximal_runs([-1, -2]) == []


@given(st.lists(st.integers(-5, 5), max_size=14))
def test_as_by_the_definition(steps: list[int]) -> None:
    # Powers of two make every sum another one: with ties the definition leaves a choice.
    gains = [step + 2.0 ** -(4 + i) for i, step in enumerate(steps)]
    assert maximal_runs(gains) == slow(gains, 0, len(gains))


def test_smooth_keeps_the_mean_of_the_inside() -> None:
    assert smooth(np.array([0.0, 0.0, 1.0, 0.0, 0.0])).tolist() == [0.0, 0.25, 0.5, 0.25, 0.0]
    assert smooth(np.array([0.7])).tolist() == [0.7]


def test_long_dips_are_not_bridged() -> None:
    gains = np.array([1.0, -0.1, 1.0, -0.1, -0.1, 1.0])
    assert without_bridges(gains, 1).tolist() == [1.0, -0.1, 1.0, NEVER, NEVER, 1.0]
    assert without_bridges(gains, 2).tolist() == gains.tolist()
    assert maximal_runs(without_bridges(gains, 1).tolist()) == [(0, 3), (5, 6)]
