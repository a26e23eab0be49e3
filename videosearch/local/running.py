"""The running application, seen from outside: found by its data folder, or started for a while."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from videosearch.local.children import ServerError
from videosearch.local.ports import any_free
from videosearch.local.prepare import LOGIN_FILE
from videosearch.local.visitor import Visitor

_READY = "Ctrl-C stops everything."
_SECONDS_TO_START = 180.0
_SECONDS_TO_STOP = 30.0


@dataclass(frozen=True, slots=True)
class Running:
    """pid: the supervisor's."""

    home: Path
    pid: int
    address: str

    def visitor(self) -> Visitor:
        """Somebody signed in as the first administrator.

        Raises: ServerError where the password of the first start is not kept any more; VisitError.
        """
        login = self.home / LOGIN_FILE
        if not login.is_file():
            raise ServerError(f"There is no {login}; the first administrator's password is needed to measure.")
        name, password = login.read_text(encoding="utf-8").split()
        visitor = Visitor(self.address)
        visitor.sign_in(name, password)
        return visitor

    def family(self) -> list[psutil.Process]:
        """The supervisor and everything it started, down to the last."""
        supervisor = psutil.Process(self.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def pid_of(self, name: str) -> int:
        """The process of "web", "worker-gpu" and so on; it leads a group of its own."""
        return int((self.home / "logs" / f"{name}.pid").read_text(encoding="utf-8").split()[0])


def find(home: Path) -> Running | None:
    """What runs on `home`, by the note in its lock; None where nothing does."""
    try:
        note = re.search(r"pid (\d+) at (\S+)", (home / "lock").read_text(encoding="utf-8"))
    except OSError:
        return None
    if note is None or not (home / "services.json").is_file() or not psutil.pid_exists(int(note[1])):
        return None
    return Running(home, int(note[1]), note[2])


@contextmanager
def started(**env: str) -> Iterator[Running]:
    """The whole application on a data folder of its own, gone afterwards.

    Raises: ServerError with what it said.
    """
    # Not closed to others: when we are root, the database server is somebody else.
    home = Path(tempfile.mkdtemp(prefix="videosearch-home-"))
    home.chmod(0o755)
    said = home / "said.txt"
    port = any_free()
    inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "BROKER_URL"}}
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "videosearch.local", "run", "--no-sample", "--port", str(port)],
            env={**inherited, "VIDEOSEARCH_HOME": str(home), **env}, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait(process, said)
        yield Running(home, process.pid, f"http://127.0.0.1:{port}/")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], said: Path) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while _READY not in said.read_text(encoding="utf-8"):
        if process.poll() is not None or time.monotonic() > end:
            raise ServerError(f"The application did not start. It said: {said.read_text(encoding='utf-8').strip()}")
        time.sleep(0.1)
