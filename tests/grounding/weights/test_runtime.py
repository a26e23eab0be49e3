"""Threads are chosen in one place."""

from __future__ import annotations

import numpy as np
import pytest

from grounding.weights.runtime import Network, pool, spread, threads


@pytest.mark.parametrize(("given", "expected"), [("3", 3), ("1", 1), ("12", 12)])
def test_the_setting_is_followed(monkeypatch: pytest.MonkeyPatch, given: str, expected: int) -> None:
    monkeypatch.setenv("GROUNDING_THREADS", given)
    assert threads() == expected


@pytest.mark.parametrize("given", ["", "0", "-2", "many"])
def test_without_a_usable_setting_the_cores_decide(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("GROUNDING_THREADS", given)
    assert 1 <= threads() <= 4


def test_many_runs_keep_their_order() -> None:
    network = Network("minilm")
    feeds = [{"ids": np.full((1, n), 2000 + n), "mask": np.ones((1, n), np.int64)} for n in range(2, 9)]
    for alone, together in zip([network.run(feed) for feed in feeds], network.run_many(feeds), strict=True):
        np.testing.assert_array_equal(alone[0], together[0])


def test_work_on_the_pool_may_spread_work_itself() -> None:
    """As many at once as there are threads: were they to wait for the pool, none would ever end."""

    def outer(number: int) -> list[int]:
        return spread(lambda item: number * item, [1, 2, 3])

    count = 2 * threads()
    done = pool().map(outer, range(count), timeout=20)
    assert list(done) == [[number, 2 * number, 3 * number] for number in range(count)]
