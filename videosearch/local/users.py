"""Running servers as somebody unprivileged when we are root, since Postgres refuses to be root."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

_UNPRIVILEGED = "nobody"


def server_user(data: Path) -> str | None:
    """Whom a server over `data` runs as: None for ourselves, an unprivileged name when we are root."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return pwd.getpwuid(owner).pw_name
    return _UNPRIVILEGED


def drop_to(user: str | None) -> dict[str, Any]:
    """Arguments for `subprocess` that leave root's groups, folder and environment behind."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "env": env, "cwd": "/"}


def give(path: Path, user: str | None) -> None:
    """Make `path` that user's own, closed to others."""
    path.chmod(0o700 if path.is_dir() else 0o600)
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def can_reach(path: Path, user: str | None) -> bool:
    """Whether `user` can enter `path` (every folder above it lets others through)."""
    if user is None:
        return True
    probe = subprocess.run(
        ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(path)], check=False, capture_output=True, **drop_to(user)
    )
    return probe.returncode == 0


def reachable_folder(path: Path, user: str | None) -> Path:
    """`path`, or when its parents are closed to `user`, a folder of the system's own that stands for it."""
    parent = path
    while not parent.exists():
        parent = parent.parent
    if can_reach(parent if parent != path else path.parent, user):
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    return Path("/var/lib/videosearch") / f"{path.name}-{name}"


def reachable_copy(folder: Path, user: str | None) -> Path:
    """`folder` if `user` can read it, else a copy beside the data (made once per version of the files)."""
    if can_reach(folder, user):
        return folder
    stamp = hashlib.sha256(f"{folder}{folder.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = Path("/var/lib/videosearch") / f"{folder.name}-{stamp}"
    if not copy.exists():
        partial = copy.with_suffix(f".{os.getpid()}")
        partial.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        shutil.copytree(folder, partial, symlinks=True)
        partial.rename(copy)
    return copy
