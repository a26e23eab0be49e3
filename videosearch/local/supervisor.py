"""Starts everything, keeps it running, and stops it in the right order.

Postgres, Valkey → migrations → web server, workers, beat          and back: web and beat first, the servers last
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from videosearch.config import Config
from videosearch.local.children import Program, ServerError
from videosearch.local.ports import any_free, is_free, remembered
from videosearch.local.postgres import Postgres
from videosearch.local.secret import keep, write
from videosearch.local.valkey import Valkey

_SECONDS_TO_STOP = 4.0
_STEADY_AFTER = 60.0
_LONGEST_BACKOFF = 30.0
_WORKERS = {
    "worker-gpu": ("gpu", "prefork", 1),
    "worker-media": ("media", "prefork", 1),
    "worker-search": ("search", "prefork", 2),
    "worker-films": ("films", "prefork", 1),
    "worker-default": ("default", "threads", 2),
    "worker-looking": ("looking", "prefork", 1),
}
"""Kind of work, pool and count. The last one is started only where a model looks at pictures."""


@dataclass
class Watched:
    """Something that must run, and how often it did not."""

    name: str
    start: Callable[[], None]
    poll: Callable[[], int | None]
    started: float = 0.0
    failures: int = 0
    due: float = 0.0


class Supervisor:
    """Everything of one data folder.

    Raises (from `start`): ServerError with a sentence for people.
    """

    def __init__(self, home: Path, *, host: str, port: int | None, say: Callable[[str], None]) -> None:
        self.home = home.resolve()
        self.host = host
        self._wanted_port = port
        self._say = say
        self._programs: list[Program] = []
        self._watched: list[Watched] = []
        self._servers = ExitStack()
        self._lock: IO[str] | None = None
        self._stopping = False
        self.env: dict[str, str] = {}
        self.port = 0

    @property
    def address(self) -> str:
        shown = "127.0.0.1" if self.host in {"127.0.0.1", "0.0.0.0"} else self.host  # noqa: S104
        return f"http://{shown}:{self.port}/"

    def start(self) -> None:
        """Bring everything up; when it returns, pages are served."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "logs").mkdir(exist_ok=True)
        self._take_lock()
        self.port = self._choose_port()
        self._note(f"pid {os.getpid()} at {self.address}")
        self.env = self._environment()
        self._step("database", self._start_postgres)
        self._step("broker", self._start_valkey)
        self._write_services()
        self._step("migrations", self._migrate)
        for program in [self._web(), *self._workers(), self._beat()]:
            program.start()
            self._programs.append(program)
            self._watch(program.name, program.start, program.poll)
        self._step("web server", self._wait_for_web)

    def watch(self) -> None:
        """Restart what dies, until `request_stop`."""
        while not self._stopping:
            now = time.monotonic()
            for watched in self._watched:
                self._look_after(watched, now)
            time.sleep(0.25)

    def request_stop(self, *_: int | FrameType | None) -> None:
        self._stopping = True

    def stop(self) -> None:
        """Stop everything; safe at any point of `start`. A second Ctrl-C changes nothing."""
        if self._lock is None:
            return  # refused: what runs on this data is somebody else's
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, signal.SIG_IGN)
        for program in self._programs:
            program.ask_to_stop()
        end = time.monotonic() + _SECONDS_TO_STOP
        while time.monotonic() < end and any(program.poll() is None for program in self._programs):
            time.sleep(0.05)
        for program in self._programs:
            program.end()
        self._servers.close()
        (self.home / "services.json").unlink(missing_ok=True)
        self._lock.close()

    def python(self, module: str, *arguments: str, background: bool = False) -> subprocess.Popen[bytes]:
        """One of our modules in a process of its own, with the environment of the workers."""
        process = Program(module, [sys.executable, "-m", module, *arguments], self.env, self._log("tasks"))
        if background:
            return subprocess.Popen(list(process.command), env=self.env, start_new_session=True)
        return subprocess.Popen(list(process.command), env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def _take_lock(self) -> None:
        lock = (self.home / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise ServerError(f"It is already running on {self.home} ({lock.read().strip()}).") from None
        self._lock = lock

    def _note(self, text: str) -> None:
        assert self._lock is not None
        self._lock.seek(0)
        self._lock.truncate()
        self._lock.write(text)
        self._lock.flush()

    def _choose_port(self) -> int:
        if self._wanted_port is None:
            return remembered(self.home / "ports.json", "web", 8000)
        if not is_free(self._wanted_port):
            raise ServerError(f"Port {self._wanted_port} is in use; choose another with --port.")
        return self._wanted_port

    def _environment(self) -> dict[str, str]:
        node = hashlib.sha256(str(self.home).encode()).hexdigest()[:8]
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "videosearch.settings",
            "SECRET_KEY": os.environ.get("SECRET_KEY")
            or keep(self.home / "secret_key", lambda: secrets.token_urlsafe(50)),
            "VIDEOSEARCH_HOME": str(self.home),
            "VIDEOSEARCH_NODE": f"local-{node}",
            "VIDEOSEARCH_STAFF_MFA": os.environ.get("VIDEOSEARCH_STAFF_MFA", "0"),  # one person's own machine
            "PYTHONUNBUFFERED": "1",
        }

    def _start_postgres(self) -> None:
        if self.env.get("DATABASE_URL"):
            return
        server = Postgres(self.home, remembered(self.home / "ports.json", "postgres", any_free()))
        if not server.data.is_relative_to(self.home):
            self._say(f"  (the database lives in {server.data}: its server may not enter {self.home})")
        self._serve("Postgres", server)
        server.create_database()
        self.env["DATABASE_URL"] = server.url()

    def _start_valkey(self) -> None:
        if self.env.get("BROKER_URL"):
            return
        server = Valkey(self.home, remembered(self.home / "ports.json", "valkey", any_free()))
        self._serve("Valkey", server)
        self.env["BROKER_URL"] = server.url

    def _serve(self, name: str, server: Postgres | Valkey) -> None:
        running: list[subprocess.Popen[bytes]] = []

        def start() -> None:
            running[:] = [server.start(tied=True)]

        def poll() -> int | None:
            return running[0].poll()

        self._servers.callback(server.stop)
        start()
        self._watch(name, start, poll)

    def _write_services(self) -> None:
        """So that `manage.py` in another terminal finds what runs here."""
        urls = {"database_url": self.env["DATABASE_URL"], "broker_url": self.env["BROKER_URL"]}
        write(self.home / "services.json", json.dumps(urls))

    def _migrate(self) -> None:
        process = self.python("videosearch.local.prepare")
        _, errors = process.communicate()
        if process.returncode != 0:
            tail = errors.decode("utf-8", errors="replace").strip()[-1500:]
            raise ServerError(f"The database could not be prepared. It said: {tail}")

    def _web(self) -> Program:
        command = [
            sys.executable, "-m", "gunicorn", "videosearch.wsgi", "--bind", f"{self.host}:{self.port}",
            "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--graceful-timeout", "3",
            "--timeout", "120", "--access-logfile", "-", "--name", "videosearch",
        ]  # fmt: skip
        return Program("web", command, self.env, self._log("web"))

    def _workers(self) -> list[Program]:
        return [
            Program(
                name,
                [
                    sys.executable, "-m", "celery", "-A", "videosearch", "worker", "-Q", queue, "-P", pool,
                    "-c", str(count), "-n", f"{queue}@{self.env['VIDEOSEARCH_NODE']}", "-l", "INFO",
                    "--without-mingle", "--without-gossip",
                ],
                self.env, self._log(name),
            )
            for name, (queue, pool, count) in _WORKERS.items()
            if queue != "looking" or Config().verifier != "predicates"
        ]  # fmt: skip

    def _beat(self) -> Program:
        schedule = self.home / "beat"
        command = [sys.executable, "-m", "celery", "-A", "videosearch", "beat", "-s", str(schedule), "--pidfile=", "-l"]
        return Program("beat", [*command, "WARNING"], self.env, self._log("beat"))

    def _log(self, name: str) -> Path:
        return self.home / "logs" / f"{name}.log"

    def _wait_for_web(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and self._programs[0].poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}healthz", timeout=5):  # noqa: S310
                    return
            except OSError:
                time.sleep(0.1)
        raise ServerError(f"The web server did not start; see {self._log('web')}.")

    def _step(self, name: str, action: Callable[[], None]) -> None:
        if self._stopping:
            raise KeyboardInterrupt
        started = time.monotonic()
        action()
        self._say(f"  {name:<12} {time.monotonic() - started:5.1f} s")

    def _watch(self, name: str, start: Callable[[], None], poll: Callable[[], int | None]) -> None:
        self._watched.append(Watched(name, start, poll, started=time.monotonic()))

    def _look_after(self, watched: Watched, now: float) -> None:
        """Notice that it died and say so in a line; start it again when its pause is over."""
        if watched.due:
            if now >= watched.due:
                self._start_again(watched, now)
            return
        status = watched.poll()
        if status is None:
            if watched.failures and now - watched.started > _STEADY_AFTER:
                watched.failures = 0
            return
        pause = min(2.0**watched.failures, _LONGEST_BACKOFF)
        watched.failures += 1
        watched.due = now + pause
        self._say(f"{watched.name} stopped (status {status}); it starts again in {pause:.0f} s.")

    def _start_again(self, watched: Watched, now: float) -> None:
        watched.due, watched.started = 0.0, now
        try:
            watched.start()
        except (ServerError, OSError) as error:
            watched.failures += 1
            watched.due = now + min(2.0**watched.failures, _LONGEST_BACKOFF)
            self._say(f"{watched.name} does not start: {error}")
