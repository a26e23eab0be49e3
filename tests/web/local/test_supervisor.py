"""The whole application as `make run` starts it, looked at from outside."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from videosearch.local.ports import any_free
from videosearch.local.postgres import Postgres

pytestmark = pytest.mark.slow


class App:
    """A running `python -m videosearch.local run`."""

    def __init__(self, home: Path, *arguments: str, **env: str) -> None:
        self.home = home
        self.port = any_free()
        self.out = home / f"out-{self.port}.txt"
        clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "BROKER_URL"}}
        command = [sys.executable, "-m", "videosearch.local", "run", "--no-sample", "--port", str(self.port)]
        with self.out.open("ab") as out:
            self.process = subprocess.Popen(
                [*command, *arguments], stdout=out, stderr=out, start_new_session=True,
                env={**clean, "VIDEOSEARCH_HOME": str(home), "SECRET_KEY": "", **env},
            )  # fmt: skip

    def said(self) -> str:
        return self.out.read_text(encoding="utf-8")

    def wait_for(self, text: str, *, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while text not in self.said():
            assert time.monotonic() < end, self.said()
            assert self.process.poll() is None, self.said()
            time.sleep(0.1)

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
            return bytes(response.read())

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def pid_of(self, name: str) -> int:
        return int((self.home / "logs" / f"{name}.pid").read_text().split()[0])

    def stop(self, sign: signal.Signals = signal.SIGINT) -> float:
        """Seconds it took."""
        started = time.monotonic()
        self.process.send_signal(sign)
        self.process.wait(60)
        return time.monotonic() - started


@pytest.fixture
def apps() -> Iterator[list[App]]:
    started: list[App] = []
    yield started
    for app in started:
        if app.process.poll() is None:
            app.stop(signal.SIGTERM)


def test_its_life(home: Path, apps: list[App]) -> None:
    app = App(home)
    apps.append(app)
    app.wait_for("Ctrl-C stops everything.")
    assert app.get("/healthz") == b"ok"
    told = json.loads(app.get("/readyz"))
    assert told["database"]["ok"]
    assert told["broker"]["ok"]
    login = re.search(r"Sign in as (\w+) with password (\S+)", app.said())
    assert login is not None
    assert (home / "login.txt").read_text().split() == list(login.groups())
    assert (home / "login.txt").stat().st_mode & 0o077 == 0

    second = subprocess.run(
        [sys.executable, "-m", "videosearch.local", "run"], env={**os.environ, "VIDEOSEARCH_HOME": str(home)},
        check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert second.returncode == 1
    assert re.fullmatch(r"It is already running on .*\(pid \d+ at http://127.0.0.1:\d+/\)\.\n", second.stderr)

    assert (home / "services.json").exists(), "the refused one took nothing away"

    for name in ("worker-default", "web"):
        os.kill(app.pid_of(name), signal.SIGKILL)
        app.wait_for(f"{name} stopped (status -9); it starts again in 1 s.")
    postgres = next(process for process in app.family() if process.name() == "postgres")
    postgres.kill()
    app.wait_for("Postgres stopped (status -9)")
    _until_ready(app)

    family = app.family()
    assert app.stop() < 15
    assert app.process.returncode == 0
    assert app.said().endswith("Stopped.\n")
    _, left = psutil.wait_procs(family, timeout=5)
    assert left == []

    again = App(home)
    apps.append(again)
    again.wait_for("Ctrl-C stops everything.")
    assert login[0] in again.said(), "the same login on the same data"


def _until_ready(app: App) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            if json.loads(app.get("/readyz"))["database"]["ok"]:
                return
        except OSError:
            assert time.monotonic() < end, app.said()
        time.sleep(0.3)


def test_a_killed_supervisor_leaves_nothing_in_the_way(home: Path, apps: list[App]) -> None:
    app = App(home)
    apps.append(app)
    app.wait_for("Ctrl-C stops everything.")
    app.process.kill()
    app.process.wait()
    again = App(home)
    apps.append(again)
    again.wait_for("Ctrl-C stops everything.")
    assert again.get("/healthz") == b"ok"


def test_it_uses_ones_own_database(home: Path, apps: list[App], postgres_server: Postgres) -> None:
    name = f"own_{os.getpid()}"
    postgres_server.create_database(name)
    app = App(home, DATABASE_URL=postgres_server.url(name))
    apps.append(app)
    app.wait_for("Ctrl-C stops everything.")
    assert json.loads(app.get("/readyz"))["database"]["ok"]
    assert not (home / "postgres").exists()
    assert "postgres" not in {process.name() for process in app.family()}
    assert (home / "valkey").exists()


def test_a_missing_file_is_refused_in_a_sentence(home: Path) -> None:
    app = App(home, "--video", str(home / "none.mp4"))
    assert app.process.wait(30) == 1
    assert app.said() == f"There is no file {home / 'none.mp4'}.\n"
