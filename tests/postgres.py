"""One throw-away Postgres for all test processes of this machine and environment.

The first process that needs it starts it, the last one that leaves stops it. A process that was killed does not keep it
alive: who uses it is a list of process ids, and dead ones are crossed out.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TypedDict

import psutil
from filelock import FileLock

from videosearch.local.ports import any_free
from videosearch.local.postgres import Postgres

_UNSAFE_BUT_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
_KEY = hashlib.sha256(sys.prefix.encode()).hexdigest()[:8]
HOME = Path(tempfile.gettempdir()) / f"videosearch-pg-{os.getuid()}-{_KEY}"
_LOCK = HOME.with_suffix(".lock")
_STATE = HOME / "users.json"

User = list[float]
"""Process id and the time the process was created: an id alone may be given to another process later."""


class State(TypedDict):
    port: int
    users: list[User]


def acquire() -> Postgres:
    with FileLock(_LOCK):
        state = _living()
        server = Postgres(HOME, state["port"] or any_free(), _UNSAFE_BUT_FAST)
        if not state["users"]:
            server.stop()
            shutil.rmtree(HOME, ignore_errors=True)
            HOME.mkdir(parents=True)
            HOME.chmod(0o755)
            server.start()
        _write(server.port, [*state["users"], _me()])
    return server


def release(server: Postgres) -> None:
    with FileLock(_LOCK):
        users = [user for user in _living()["users"] if user != _me()]
        if users:
            _write(server.port, users)
            return
        server.stop()
        shutil.rmtree(HOME, ignore_errors=True)


def _me() -> User:
    return [os.getpid(), psutil.Process().create_time()]


def _living() -> State:
    if not _STATE.is_file():
        return {"port": 0, "users": []}
    state: State = json.loads(_STATE.read_text(encoding="utf-8"))
    return {"port": state["port"], "users": [user for user in state["users"] if _is_alive(*user)]}


def _is_alive(pid: float, created: float) -> bool:
    try:
        return abs(psutil.Process(int(pid)).create_time() - created) < 1
    except psutil.Error:
        return False


def _write(port: int, users: list[User]) -> None:
    _STATE.write_text(json.dumps({"port": port, "users": users}), encoding="utf-8")
