"""What indexing costs without its networks: that they are asked once, and that what is counted adds up."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.bench.gpu.ceiling import Ceiling, Constant, CpuTimes, Replayed, Timed, ceiling_apart
from grounding.bench.gpu.plan import Plan
from grounding.synth import generate


class Network:
    """Says how bright its input is."""

    def __init__(self) -> None:
        self.asked = 0

    def run(self, feed: Mapping[str, Any]) -> list[Any]:
        self.asked += 1
        began = time.thread_time()
        while time.thread_time() < began + 0.01:
            pass
        return [float(feed["images"].mean())]

    def run_many(self, feeds: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        return [self.run(feed) for feed in feeds]


def test_a_network_is_asked_once_about_each_crop() -> None:
    network = Network()
    replayed = Replayed(network)
    feeds = [{"images": np.full((1, 20, 10, 3), value, np.uint8)} for value in (1, 2, 1)]
    assert replayed.run_many(feeds) == [[1.0], [2.0], [1.0]]
    assert replayed.run_many(feeds[::-1]) == [[1.0], [2.0], [1.0]]
    assert network.asked == 2


def test_runs_are_timed() -> None:
    timed = Timed(Network())
    assert timed.run({"images": np.ones(3)}) == [1.0]
    assert 0.01 <= timed.seconds < 0.1


def test_stages_count_the_processor_and_not_the_clock() -> None:
    times = CpuTimes()
    with times.stage("waiting"):
        time.sleep(0.05)
    assert times.seconds()["waiting"] < 0.02


def test_vectors_are_of_unit_length() -> None:
    rows = Constant().embed_images([np.zeros((2, 2, 3), np.uint8)] * 3)
    assert rows.shape == (3, Constant.dimension)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_speed_that_cores_allow() -> None:
    found = Ceiling(seconds=60.0, cpu={"decode": 4.0, "track": 2.0}, tracks=3)
    assert found.per_second == pytest.approx(0.1)
    assert found.times_real_time(16) == pytest.approx(160.0)


@pytest.mark.slow
def test_a_match_in_small(tmp_path: Path) -> None:
    for _ in generate("football", 5, 3, tmp_path):
        pass
    plan = Plan(tmp_path / "football-5.mp4", tmp_path, small=True)
    found = ceiling_apart(plan.video, plan.settings)
    assert found.tracks > 3
    assert found.unknown == 0
    assert {"decode", "detect", "camera", "track", "sample", "crops", "describe", "stitch", "write"} <= found.cpu.keys()
    assert all(seconds >= 0 for seconds in found.cpu.values())
    assert found.cpu["detect"] < 0.3 * sum(found.cpu.values())  # nobody looks
