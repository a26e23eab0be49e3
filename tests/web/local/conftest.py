from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder. Not pytest's own: those are closed, and when we are root the database server is another user."""
    folder = Path(tempfile.mkdtemp(prefix="videosearch-home-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
