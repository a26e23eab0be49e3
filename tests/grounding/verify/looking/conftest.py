from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.grounding.verify.looking.drawn import Player, write_film
from tests.grounding.verify.looking.seeing import SeeingServer, seeing

PLAYERS = (Player("blue", 90, 150, 12), Player("yellow", 260, 60, 8), Player("white", 420, 200, 5))


@pytest.fixture
def server() -> Iterator[SeeingServer]:
    with seeing() as one:
        yield one


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of three players."""
    return write_film(tmp_path_factory.mktemp("clip") / "a.mp4", PLAYERS, 12)
