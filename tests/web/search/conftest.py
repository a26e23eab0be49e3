from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.web.search.world import Cast, make_cast, unit
from videosearch.lib import broker, engine
from videosearch.lib.caching import process_cache

GUESSES = {"lonesome": "alone"}


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, settings: Settings) -> None:
    process_cache.clear()
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A worker that is there: tasks run as they are sent; texts have vectors of their own. Lists what was sent."""
    sent: list[str] = []

    def send(task: object, *arguments: object, queue: str, expires: float) -> bool:
        sent.append(task.name)  # type: ignore[attr-defined]
        task(*arguments)  # type: ignore[operator]
        return True

    monkeypatch.setattr(broker, "send", send)
    monkeypatch.setattr(engine, "embed_text", lambda text: unit(zlib.crc32(text.encode())).tolist())
    monkeypatch.setattr(engine, "guesses", lambda words: {word: GUESSES[word] for word in words if word in GUESSES})
    return sent
