"""Warnings and errors that are logged while a job runs, kept beside the job for the admin."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import DatabaseError, transaction

from videosearch.jobs.models import Job, JobLine

_LONGEST: Final = 4000


@contextmanager
def kept(job: Job) -> Iterator[None]:
    """Gather what this thread logs and write it when the attempt is over: never into the handler's own transactions."""
    gathering = _Gathering()
    root = logging.getLogger()
    root.addHandler(gathering)
    try:
        yield
    finally:
        root.removeHandler(gathering)
        _write(job, gathering.found)


class _Gathering(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self.found: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread != self._thread or len(self.found) >= JobLine.KEPT:
            return
        self.found.append((record.levelname.lower(), _text(record)))


def _text(record: logging.LogRecord) -> str:
    """The event with its facts, and the last line of an exception with its place."""
    if isinstance(record.msg, dict):  # structlog's, before it is rendered
        facts = {name: value for name, value in record.msg.items() if name not in _OWN}
        words = " ".join([str(record.msg.get("event", "")), *(f"{name}={value}" for name, value in facts.items())])
    else:
        words = record.getMessage()
    told = bool(record.exc_info) or (isinstance(record.msg, dict) and bool(record.msg.get("exc_info")))
    error = sys.exc_info()[1]
    if told and error is not None:
        words += "\n" + "".join(traceback.format_exception(error)[-3:])
    return words[:_LONGEST]


_OWN: Final = {"event", "level", "logger", "timestamp", "job", "kind", "attempt", "exc_info", "exception"}


def _write(job: Job, found: list[tuple[str, str]]) -> None:
    if not found:
        return
    rows = [JobLine(job_id=job.id, attempt=job.attempt, level=level, text=text) for level, text in found]
    try:
        with transaction.atomic():
            JobLine.objects.bulk_create(rows)
            newest = JobLine.objects.filter(job_id=job.id).order_by("-id").values_list("id", flat=True)
            JobLine.objects.filter(job_id=job.id).exclude(id__in=list(newest[: JobLine.KEPT])).delete()
    except DatabaseError:
        logging.getLogger(__name__).warning("the lines of a job could not be kept")
