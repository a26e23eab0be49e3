"""How the parts of the application stand, each as one fact with what to do about it. Read by /readyz and the doctor."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.db.models.functions import Now
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from videosearch.jobs.models import Job
from videosearch.jobs.tasks import SWEPT
from videosearch.lib import engine, ffmpeg
from videosearch.lib.broker import knock
from videosearch.library.models import Video

log = structlog.get_logger(__name__)

LEAST_FREE_BYTES: Final = 1024**3
LONGEST_WAIT_SECONDS: Final = 900
"""A job that is due for longer waits for a worker that is not there, or for more of them."""

SWEEP_SECONDS: Final = 60

QUEUES: Final = ("gpu", "media", "films", "search", "default")
"""Each needs a worker; see docs/operations.md."""

LOOKING: Final = "looking"
"""Needs one where a model looks at pictures."""


@dataclass(frozen=True, slots=True)
class Fact:
    """`sentence` says how it stands, `remedy` what to do where it is not well."""

    name: str
    ok: bool
    sentence: str
    remedy: str = ""


def quick() -> list[Fact]:
    """What a load balancer may ask each second."""
    database = _database()
    rest = (_disk, _broker, _weights, *((_queues,) if database.ok else ()))
    return [database, *(_safely(one) for one in rest)]


def all_of_them() -> Iterator[Fact]:
    """What the doctor looks at, one after the other; some take seconds."""
    yield from quick()
    if not _database().ok:
        return
    for one in (
        _migrations,
        _vectors,
        _scheduler,
        _workers,
        _ffmpeg,
        _weights_in_full,
        _looking,
        _originals,
        _failures,
    ):
        yield _safely(one)


def _safely(look: Callable[[], Fact]) -> Fact:
    try:
        return look()
    except Exception as error:
        log.exception("a check broke", check=look.__name__)
        return Fact(look.__name__.strip("_"), False, f"It could not be found out: {error}", "See the log.")


def _database() -> Fact:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        remedy = "Is the server up, and DATABASE_URL right?"
        return Fact("database", False, f"The database does not answer: {str(error).splitlines()[0]}", remedy)
    return Fact("database", True, "The database answers.")


def _broker() -> Fact:
    try:
        if not settings.CELERY_BROKER_URL:
            raise OSError("BROKER_URL is not set")
        knock(settings.CELERY_BROKER_URL)
    except OSError as error:
        remedy = "Start Valkey or Redis, or set BROKER_URL. No work is lost; it goes on when the broker is back."
        return Fact("broker", False, f"The broker does not answer: {error}.", remedy)
    return Fact("broker", True, "The broker answers.")


def _disk() -> Fact:
    free = shutil.disk_usage(settings.MEDIA_ROOT).free
    sentence = f"{filesizeformat(free)} are free in {settings.MEDIA_ROOT}."
    remedy = "Delete videos, or give the folder more room; uploads are refused and work waits until then."
    return Fact("disk", free > LEAST_FREE_BYTES, sentence, remedy)


def _weights() -> Fact:
    missing = engine.missing_weights()
    sentence = f"Weights are missing: {', '.join(missing)}." if missing else "All weights are there."
    remedy = "`make weights` brings them; open models: `python manage.py models pull`."
    return Fact("weights", not missing, sentence, remedy)


def _weights_in_full() -> Fact:
    problems = engine.problems_of_weights()
    return Fact(
        "weights' hashes", not problems, " ".join(problems) or "They are what they should be.", "`make weights`"
    )


def _looking() -> Fact:
    if not engine.looks():
        return Fact("verifier", True, "Hits are judged by what was measured.")
    problem = engine.problem_of_looking()
    remedy = "Searches go on by what was measured. Start the model, or see docs/operations.md."
    return Fact("verifier", not problem, problem or "The model that looks at pictures is there.", remedy)


def _queues() -> Fact:
    ages = queue_ages()
    late = {queue: age for queue, age in ages.items() if age > LONGEST_WAIT_SECONDS}
    if not late:
        waiting = f"The oldest waits {max(ages.values()):.0f} s." if ages else "Nothing waits."
        return Fact("queues", True, waiting)
    words = ", ".join(f"{queue} for {age / 60:.0f} minutes" for queue, age in sorted(late.items()))
    return Fact("queues", False, f"Work waits in {words}.", "Is a worker for this queue running? Add one, or wait.")


def queue_ages() -> dict[str, float]:
    """Seconds the oldest due job waits, by queue; only queues in which something is due."""
    waiting = Job.objects.filter(state=Job.State.WAITING, due_at__lte=Now())
    oldest: Any = waiting.values("queue").annotate(oldest=Min("due_at"))
    now = timezone.now()
    return {row["queue"]: max(0.0, (now - row["oldest"]).total_seconds()) for row in oldest}


def _migrations() -> Fact:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    sentence = f"{len(plan)} migrations are not applied." if plan else "All migrations are applied."
    return Fact("migrations", not plan, sentence, "`python manage.py migrate`")


def _vectors() -> Fact:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        found = cursor.fetchone()
    sentence = f"pgvector {found[0]} is there." if found else "The database has no extension vector."
    return Fact("pgvector", found is not None, sentence, "Install pgvector 0.8 on the database server and migrate.")


def _scheduler() -> Fact:
    swept = cache.get(SWEPT)
    remedy = "Exactly one `celery -A videosearch beat` and a worker of the queue `default` must run."
    if swept is None:
        return Fact("scheduler", False, "The sweep has never run, or not for a day.", remedy)
    age = (timezone.now() - swept).total_seconds()
    return Fact("scheduler", age < SWEEP_SECONDS, f"The sweep ran {age:.0f} s ago.", remedy)


def _workers() -> Fact:
    from videosearch.celery import app

    answers = app.control.inspect(timeout=3).active_queues() or {}
    served = {str(queue["name"]) for queues in answers.values() for queue in queues}
    missing = {*QUEUES, *([LOOKING] if engine.looks() else [])} - served
    sentence = f"{len(answers)} workers answer."
    if missing:
        sentence += f" None takes from {', '.join(sorted(missing))}."
    return Fact("workers", not missing, sentence, "Start one for each queue; see docs/operations.md.")


def _ffmpeg() -> Fact:
    done = subprocess.run([ffmpeg.binary(), "-version"], check=False, capture_output=True, text=True, timeout=20)
    line = done.stdout.partition("\n")[0]
    return Fact("ffmpeg", done.returncode == 0, line or "ffmpeg does not run.", "`make env`, or IMAGEIO_FFMPEG_EXE")


def _originals() -> Fact:
    gone = [video for video in Video.objects.only("id", "title") if not video.original.is_file()]
    names = ", ".join(video.title for video in gone[:5])
    sentence = f"{len(gone)} originals are missing: {names}." if gone else "Every video has its original."
    return Fact(
        "originals", not gone, sentence, "Bring them back with `python manage.py restore`, or delete the videos."
    )


def _failures() -> Fact:
    failed = Job.objects.filter(state=Job.State.FAILED).count()
    sentence = (
        f"{failed} jobs have failed; the admin lists them with their reasons." if failed else "No job has failed."
    )
    return Fact("jobs", True, sentence)
