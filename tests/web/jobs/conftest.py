from __future__ import annotations

from collections.abc import Callable

import pytest

from videosearch.jobs import registry
from videosearch.jobs.run import JobRun

Register = Callable[..., None]


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Register:
    """Registers a handler for kind "paint" (or `kind=`) for one test."""
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))

    def register(work: Callable[[JobRun], None], kind: str = "paint", **options: object) -> None:
        registry.register(kind, work, **options)  # type: ignore[arg-type]

    return register
