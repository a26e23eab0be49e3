from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models import tiny_chat, tuned


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """So small a model is many times slower on two threads where something else runs beside it."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def smolvlm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_chat.smolvlm(tmp_path_factory.mktemp("models") / "smol-tiny")


@pytest.fixture(scope="session")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_chat.qwen3_vl(tmp_path_factory.mktemp("models") / "qwen-tiny")


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen drawn clips of two pictures."""
    folder = tmp_path_factory.mktemp("clips")
    tuned.write(folder, range(12), people=2, pictures=2)
    return folder


@pytest.fixture(scope="session")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unseen")
    tuned.write(folder, range(500, 504), people=2, pictures=2)
    return folder
