"""Taking a job, running its handler under a heartbeat, and writing down how it ended."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from videosearch.jobs import lines, queue, registry
from videosearch.jobs.errors import Cancelled, Later, LostLease, PermanentError, no_space
from videosearch.jobs.models import Job
from videosearch.jobs.run import JobRun

log = structlog.get_logger(__name__)

_FIRST_WAIT = 5.0
_LONGEST_WAIT = 300.0
_BEATS_PER_LEASE = 3
_BROKE = "Something went wrong, {count} times in a row. The details are in the server's log."
_AGAIN = "Something went wrong; it will be tried again."


def node() -> str:
    """The name of this machine's workers: what `release` frees after they were stopped."""
    return os.environ.get("VIDEOSEARCH_NODE") or socket.gethostname()


def run(job_id: UUID) -> bool:
    """Do this job if it is due and free; whether it was taken."""
    name = Job.objects.filter(id=job_id).values_list("kind", flat=True).first()
    kind = registry.find(name) if name else None
    job = _claim(job_id, kind) if kind else None
    if job is None or kind is None:
        return False
    attempt = JobRun(job, kind)
    with structlog.contextvars.bound_contextvars(job=str(job.id), kind=job.kind, attempt=job.attempt), lines.kept(job):
        _handle(job, kind, attempt)
    return True


def run_due(*, limit: int) -> int:
    ran = 0
    while ran < limit:
        due = Job.objects.filter(state=Job.State.WAITING, due_at__lte=Now()).order_by("created_at", "ordinal")
        taken = sum(run(job_id) for job_id in due.values_list("id", flat=True)[: limit - ran])
        if not taken:
            break
        ran += taken
    return ran


def release(name: str) -> int:
    """Give back the jobs of a machine whose workers are known to be dead; it costs them no attempt."""
    held = Job.objects.filter(state=Job.State.RUNNING, worker__startswith=f"{name}:")
    return held.update(
        state=Job.State.WAITING, due_at=Now(), lease_until=None, sent_at=None, attempt=F("attempt") - 1, message=""
    )


def _claim(job_id: UUID, kind: registry.Kind) -> Job | None:
    """Take the lease by one conditional UPDATE in the database's time; of two workers one gets it."""
    free = Q(state=Job.State.WAITING, due_at__lte=Now()) | Q(state=Job.State.RUNNING, lease_until__lt=Now())
    with transaction.atomic():
        taken = Job.objects.filter(free, id=job_id, attempt__lt=F("max_attempts")).update(
            state=Job.State.RUNNING,
            attempt=F("attempt") + 1,
            token=F("token") + 1,
            worker=f"{node()}:{os.getpid()}",
            lease_until=Now() + timedelta(seconds=kind.lease_seconds),
            started_at=Now(),
            error="",
        )
        return Job.objects.get(id=job_id) if taken else None


def _handle(job: Job, kind: registry.Kind, attempt: JobRun) -> None:
    try:
        with _heartbeat(attempt, kind):
            kind.handler(attempt)
        _finish(attempt)
    except (LostLease, Cancelled) as stop:
        log.info("the job was taken from its handler", reason=str(stop))
    except Later as later:
        _put_off(attempt, later)
    except PermanentError as error:
        log.info("the job failed for good", reason=str(error))
        queue.fail(job, attempt.mine(), str(error))
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _put_off(attempt, no_space())
            return
        log.exception("the handler broke")
        _retry_or_fail(job, attempt)


def _finish(attempt: JobRun) -> None:
    done = {"state": Job.State.DONE, "progress": 1.0, "finished_at": Now(), "lease_until": None, "message": ""}
    if not attempt.mine().update(**done):
        log.info("the lease ran out before the end; the next attempt decides")


def _put_off(attempt: JobRun, later: Later) -> None:
    log.warning("the job is put off", reason=str(later), seconds=later.seconds)
    due = Now() + timedelta(seconds=later.seconds)
    waiting = {"state": Job.State.WAITING, "due_at": due, "lease_until": None, "sent_at": None, "progress": 0}
    attempt.mine().update(**waiting, attempt=F("attempt") - 1, message=str(later)[:200])


def _retry_or_fail(job: Job, attempt: JobRun) -> None:
    """A database that is down cannot be told; then the lease runs out and the sweep decides."""
    try:
        if attempt.is_last_attempt:
            queue.fail(job, attempt.mine(), _BROKE.format(count=job.attempt))
            return
        wait = timedelta(seconds=min(_FIRST_WAIT * 3 ** (job.attempt - 1), _LONGEST_WAIT))
        attempt.mine().update(
            state=Job.State.WAITING, due_at=Now() + wait, lease_until=None, sent_at=None, error=_AGAIN, message=""
        )
    except DatabaseError:
        log.exception("the database does not answer; the lease will run out")
        connection.close()


@contextmanager
def _heartbeat(attempt: JobRun, kind: registry.Kind) -> Iterator[None]:
    """Renew the lease from a thread while the handler works, until its time limit."""
    stop = threading.Event()
    every = kind.lease_seconds / _BEATS_PER_LEASE

    def beat() -> None:
        beats = int(kind.time_limit / every)
        try:
            for _ in range(beats):
                if stop.wait(every) or not _renewed(attempt):
                    return
            log.error("the handler takes too long, its lease is not renewed any more", limit=kind.time_limit)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat {attempt.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


def _renewed(attempt: JobRun) -> bool:
    """False when the lease is gone. One failed try is not the end: there are two more before it runs out."""
    try:
        return attempt.renew()
    except DatabaseError:
        log.warning("the lease could not be renewed now")
        connection.close()
        return True
