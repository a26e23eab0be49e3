from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.web.indexing.looker import Looker
from tests.web.library.cast import World, make_world
from videosearch.lib import engine


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture(autouse=True)
def media_root(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return Path(settings.MEDIA_ROOT)


@pytest.fixture
def looker(monkeypatch: pytest.MonkeyPatch) -> Looker:
    """Stands in for the models alone: what is done with their answers is the real thing."""
    stand_in = Looker()
    for name in (
        "plan_segments",
        "index_segment",
        "stitch",
        "save_segment",
        "load_segment",
        "version_key",
        "settings_json",
    ):
        monkeypatch.setattr(engine, name, getattr(stand_in, name))
    return stand_in
