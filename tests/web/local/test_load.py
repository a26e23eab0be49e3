"""The load command: who does what, what is counted, and what it refuses. A short run of all of it is slow."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from videosearch.config import PROJECT
from videosearch.local import load
from videosearch.local.children import ServerError
from videosearch.local.running import Running


def test_roles() -> None:
    assert Counter(load.roles(50)) == {"search": 33, "play": 15, "upload": 2}
    assert Counter(load.roles(3)) == {"search": 1, "play": 1, "upload": 1}
    assert load.roles(1) == ["search"]


def answer(status: int) -> Any:
    return SimpleNamespace(status=status, body=b"12345")


def test_what_is_counted() -> None:
    tally = load.Tally()
    assert tally.note("search", lambda: answer(200), 200) is not None
    assert tally.note("search", lambda: answer(500), 200) is None

    def broken() -> Any:
        raise ConnectionResetError

    assert tally.note("play", broken, 206) is None
    assert tally.errors == {"search: 500": 1, "play: ConnectionResetError": 1}
    assert tally.figures()["search"]["count"] == 1
    assert tally.received == 5


@pytest.mark.parametrize(("users", "minutes"), [(0, 1.0), (201, 1.0), (5, 0.0), (5, 61.0)])
def test_its_bounds(users: int, minutes: float) -> None:
    with pytest.raises(ServerError, match="Give 1 to 200 users"):
        load.main(argparse.Namespace(users=users, minutes=minutes, home=None, json=False))


def test_it_asks_this_machine_only(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="Only what runs on this machine"):
        load.measure(Running(tmp_path, os.getpid(), "http://video.example.org:80/"), 1, 1.0)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_short_run_without_an_error() -> None:
    command = [sys.executable, "-m", "videosearch.local", "load", "--users", "12", "--minutes", "0.5", "--json"]
    done = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True, timeout=560)
    figures = json.loads(done.stdout)
    assert (done.returncode, figures["errors"]) == (0, {}), done.stderr[-2000:]
    assert {"search", "play", "upload", "video page"} <= set(figures["requests"])
    assert figures["usage"]["peak_mb"] > 100
