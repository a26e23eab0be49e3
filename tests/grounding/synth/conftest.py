"""Two short matches, rendered once for all tests here."""

from __future__ import annotations

from pathlib import Path

import pytest

from grounding.synth import Truth, Written, generate, load_truth
from grounding.synth.arena import FPS, arena_of
from grounding.synth.match import Match

SEED, SECONDS = 7, 4


def write(sport: str, seed: int, seconds: float, folder: Path) -> Written:
    made = list(generate(sport, seed, seconds, folder))[-1]
    assert isinstance(made, Written)
    return made


@pytest.fixture(scope="session", params=["football", "basketball"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write(request.param, SEED, SECONDS, tmp_path_factory.mktemp("synth"))


@pytest.fixture(scope="session")
def truth(written: Written) -> Truth:
    return load_truth(written.truth)


@pytest.fixture(scope="session")
def match(truth: Truth) -> Match:
    """The match behind `truth`, played again from its seed."""
    return Match.make(arena_of(truth.sport), truth.seed, round(truth.seconds * FPS))
