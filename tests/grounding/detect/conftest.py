"""Small models of the true architectures, made once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models import tiny


@pytest.fixture(scope="session")
def d_fine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.d_fine(tmp_path_factory.mktemp("d-fine"))


@pytest.fixture(scope="session")
def rt_detr_v2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.rt_detr_v2(tmp_path_factory.mktemp("rt-detr-v2"))


@pytest.fixture(scope="session")
def grounding_dino(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.grounding_dino(tmp_path_factory.mktemp("grounding-dino"))
