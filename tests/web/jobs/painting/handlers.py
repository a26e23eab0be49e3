"""Handlers that leave a line in a file for each thing they do, so that a test in another process can count."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from videosearch import jobs
from videosearch.jobs.run import JobRun

LEASE_SECONDS = 3.0


def register() -> None:
    for kind, handler in [("quick", quick), ("long", long), ("poison", poison)]:
        jobs.register(kind, handler, queue="painting", lease_seconds=LEASE_SECONDS, max_attempts=3)


def note(run: JobRun, what: str) -> None:
    line = f"{what} {run.attempt} {os.getpid()}\n"
    with diary(run.subject).open("a", encoding="utf-8") as file:
        file.write(line)


def diary(subject: str) -> Path:
    return Path(os.environ["PAINTING_DIARY"]) / subject


def quick(run: JobRun) -> None:
    note(run, "done")


def long(run: JobRun) -> None:
    note(run, "begun")
    for step in range(40):
        time.sleep(0.1)
        run.progress(step / 40)
    with run.fenced():
        note(run, "done")


def poison(run: JobRun) -> None:
    note(run, "begun")
    os.kill(os.getpid(), signal.SIGKILL)
