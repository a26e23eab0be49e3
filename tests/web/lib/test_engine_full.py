"""The door to the models in the full profile: which are used, which are missing, and what embeds queries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.grounding.embed.test_openclip import CLIP
from videosearch.lib import engine


@pytest.fixture
def full(settings: Any) -> Iterator[Any]:
    settings.VIDEOSEARCH_PROFILE = "full"
    settings.VIDEOSEARCH_DETECTOR = "embedded"
    settings.VIDEOSEARCH_EMBEDDER = f"local-dir:{CLIP}"
    forget()
    yield settings
    forget()


def forget() -> None:
    for one in (engine._settings, engine._embedder, engine._models):
        one.cache_clear()


def test_queries_are_embedded_by_the_image_text_model(full: Any) -> None:
    red, blue = (np.array(engine.embed_text(f"a player in {colour} shirt")) for colour in ("red", "blue"))
    assert red.shape == (128,)
    assert np.linalg.norm(red) == pytest.approx(1, abs=1e-4)
    assert red @ blue < 0.99  # another text, another vector
    assert engine.guesses(["lonesome"])["lonesome"] in ("alone", "lone")  # that stays with the sentences


def test_the_version_says_which_models(full: Any) -> None:
    key, facts = engine.version_key(), engine.settings_json()
    assert key.startswith("full-")
    assert facts["embedder"] == f"local-dir:{CLIP}"
    cosines: Any = facts["cosines"]
    assert cosines[0] < cosines[1]
    assert engine.missing_weights() == []


def test_models_that_are_missing_are_named(full: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full.VIDEOSEARCH_DETECTOR, full.VIDEOSEARCH_EMBEDDER = "", f"local-dir:{tmp_path / 'nowhere'}"
    forget()
    monkeypatch.setattr("grounding.weights.pulling.home", lambda: tmp_path)
    assert engine.missing_weights() == ["d-fine-s", f"local-dir:{tmp_path / 'nowhere'}"]


def test_the_embedded_profile_has_none(full: Any) -> None:
    full.VIDEOSEARCH_PROFILE = "embedded"
    forget()
    assert engine.missing_weights() == []
    assert engine.version_key().startswith("embedded-")
    assert "cosines" not in engine.settings_json()
