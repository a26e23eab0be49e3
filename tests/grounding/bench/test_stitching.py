"""The load of `bench stitch` is a match, costs in proportion to its length, and is small in memory."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from grounding.bench.stitching import load, measure
from grounding.cli import main
from grounding.pipeline import Settings, load_segment, save_segment
from grounding.synth.truth import Player, Team, TrueShot, TrueTube, Truth, save_truth
from grounding.types import Tube

SETTINGS = Settings()


def match(people: int = 12) -> Truth:
    """Two shots of 8 s, everybody standing in both."""
    tubes: list[TrueTube] = []
    for shot in range(2):
        times = np.arange(40 * shot, 40 * shot + 40) / 5
        for k in range(people):
            box = np.asarray([80 * k + 10, 200, 80 * k + 50, 300], np.float32)
            seen = np.ones(len(times), np.float32)
            tubes.append(TrueTube(len(tubes), k, shot, Tube(times, np.tile(box, (40, 1))), seen, seen, {}))
    teams = (Team("A", "red", "white"), Team("B", "blue", "white"))
    players = tuple(Player(k, k % 2, "player", k + 1, ("red", "blue")[k % 2], "white", 1.8) for k in range(people))
    shots = (TrueShot(0, "wide", 0.0, 8.0), TrueShot(1, "wide", 8.0, 16.0))
    return Truth("football", 0, 16.0, "m.mp4", 1280, 720, 25.0, teams, players, shots, tuple(tubes), None, (), ())


def test_the_load_becomes_the_people_it_was_made_of() -> None:
    cost = measure(match(), 2.0, SETTINGS)
    shots = 2 * 120 / 16
    assert cost.tracklets > 12 * shots
    # Nearly all that break are put together again, and every shot has its picture.
    assert 13 * shots <= cost.tracks <= 1.15 * 13 * shots
    uncut = measure(match(), 2.0, SETTINGS, cuts=False)
    assert 13 <= uncut.tracks <= 16


@pytest.mark.slow
@pytest.mark.parametrize("cuts", [True, False])
def test_twice_the_match_costs_twice_the_cpu(cuts: bool) -> None:
    measure(match(), 1.0, SETTINGS, cuts=cuts)
    short, long = (measure(match(), minutes, SETTINGS, cuts=cuts).cpu_s for minutes in (4.0, 24.0))
    assert long < 6 * 1.7 * short


def test_a_second_of_a_person_is_kept_in_few_bytes(tmp_path: Path) -> None:
    """A match has 120,000 of them, all in memory when it is stitched."""
    (result,) = load(match(), 60.0, SETTINGS)
    save_segment(tmp_path / "0.npz", result)
    load_segment(tmp_path / "0.npz")
    tracemalloc.start()
    try:
        back = load_segment(tmp_path / "0.npz")
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    samples = [sample for tracklet in back.tracklets for sample in tracklet.samples]
    assert len(samples) > 600
    assert {s.appearance.dtype for s in samples if s.appearance is not None} == {np.dtype(np.float16)}
    assert kept / len(samples) < 4000


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_truth(match(4), tmp_path / "m.json")
    assert main(["bench", "stitch", str(tmp_path / "m.json"), "--minutes", "0.5,1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["stitch"]
    assert [row["minutes"] for row in rows] == [0.5, 1.0]
    assert rows[1]["tracks"] > rows[0]["tracks"] > 0
    assert main(["bench", "stitch", str(tmp_path / "m.json"), "--minutes", "0"]) != 0
    assert "--minutes must be numbers" in capsys.readouterr().err
