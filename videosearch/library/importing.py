"""Videos that are already on this server: a folder below the import root, with all folders in it, once or watched."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from videosearch import jobs
from videosearch.jobs.run import JobRun
from videosearch.library import services
from videosearch.library.models import ImportedFile, ImportFolder

ENDINGS: Final = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg"}
STILL_SECONDS: Final = 30
"""A file that changed less than this ago may still be being copied."""

KIND: Final = "import_folder"


class ImportRefused(Exception):  # noqa: N818
    """The folder may not be imported; the message says why."""


def register() -> None:
    jobs.register(KIND, _run, queue="media", time_limit=12 * 3600)


def resolve(path: str) -> Path:
    """The folder that `path` names below the import root, links followed. Raises: ImportRefused."""
    root = settings.IMPORT_ROOT
    if root is None:
        raise ImportRefused("Nothing is imported here: VIDEOSEARCH_IMPORT_ROOT is not set.")
    folder = (root / path).resolve() if "\0" not in path else root.parent
    if not folder.is_relative_to(root):
        raise ImportRefused(f"Only folders below {root} can be imported.")
    if not folder.is_dir():
        raise ImportRefused(f"There is no folder {path} below {root}.")
    return folder


def start(folder: ImportFolder) -> None:
    jobs.enqueue(KIND, folder.pk, again=True)


def start_watched() -> int:
    """Look into every watched folder; how many there are."""
    watched = list(ImportFolder.objects.filter(watch=True))
    for folder in watched:
        start(folder)
    return len(watched)


def scan(folder: ImportFolder, *, say: Callable[[str], None], check: Callable[[], None] = lambda: None) -> str:
    """Take in what is new; a sentence on how that went. `say` gets a line for each file, `check` may raise to stop.

    Raises: ImportRefused.
    """
    base = resolve(folder.path)
    known = {file.path: (file.size_bytes, file.modified_ns) for file in folder.files.all()}
    taken = waiting = 0
    trouble = ""
    for path in _videos(base):
        check()
        name, facts = path.relative_to(base).as_posix(), path.stat()
        if known.get(name) == (facts.st_size, facts.st_mtime_ns):
            continue
        if time.time() - facts.st_mtime < STILL_SECONDS:
            waiting += 1
            continue
        try:
            _take(folder, path, name, facts)
        except (services.QuotaError, OSError) as error:
            trouble = f" {name} was not taken: {error}"
            break
        taken += 1
        say(name)
    later = f", {waiting} still being written" if waiting else ""
    report = f"{taken} new video{'' if taken == 1 else 's'}{later}.{trouble}"
    ImportFolder.objects.filter(pk=folder.pk).update(scanned_at=timezone.now(), report=report[:500])
    return report


def _videos(base: Path) -> Iterator[Path]:
    """Files that look like videos, in order; links that lead out of the folder and hidden files are passed over."""
    for parent, folders, names in os.walk(base):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            path = Path(parent) / name
            if name.startswith(".") or path.suffix.lower() not in ENDINGS:
                continue
            if path.is_file() and path.resolve().is_relative_to(base):
                yield path


def _take(folder: ImportFolder, path: Path, name: str, facts: os.stat_result) -> None:
    video = services.add_video(folder.library, path, None)
    with transaction.atomic():
        seen = {"size_bytes": facts.st_size, "modified_ns": facts.st_mtime_ns, "video": video}
        ImportedFile.objects.update_or_create(folder=folder, path=name, defaults=seen)


def _run(run: JobRun) -> None:
    folder = ImportFolder.objects.select_related("library").filter(pk=run.subject).first()
    if folder is None:
        return
    try:
        scan(folder, say=lambda name: run.progress(0.5, name), check=run.check)
    except ImportRefused as error:
        ImportFolder.objects.filter(pk=folder.pk).update(report=str(error)[:500])
        raise jobs.PermanentError(str(error)) from error
