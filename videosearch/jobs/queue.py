"""Putting jobs in, waking workers, and sending again what was lost on the way."""

from __future__ import annotations

import sys
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from kombu.exceptions import ChannelError, KombuError

from videosearch.jobs import registry
from videosearch.jobs.models import Job
from videosearch.lib.broker import knock

log = structlog.get_logger(__name__)

_UNFINISHED = (Job.State.WAITING, Job.State.RUNNING)
_GRACE = timedelta(seconds=10)  # a wake-up younger than this may be on its way
_GONE = "The work stopped without a word {count} times; it was given up."


def enqueue(kind: str, subject: str, ordinal: int, *, again: bool) -> Job:
    found = registry.find(kind)
    if found is None:
        raise LookupError(f"No handler is registered for jobs of kind {kind!r}.")
    fields = {"queue": found.queue, "max_attempts": found.max_attempts}
    job, made = Job.objects.get_or_create(kind=kind, subject=subject, ordinal=ordinal, defaults=fields)
    if not made and again:
        made = _start_over(job, fields)
    if made:
        job.refresh_from_db()
        transaction.on_commit(partial(wake, job.id, job.queue), robust=True)
    return job


def _start_over(job: Job, fields: dict[str, object]) -> bool:
    fresh = {"attempt": 0, "progress": 0, "message": "", "error": "", "sent_at": None, "finished_at": None}
    ended = Job.objects.filter(id=job.id).exclude(state__in=_UNFINISHED)
    return bool(ended.update(state=Job.State.WAITING, due_at=Now(), token=F("token") + 1, **fresh, **fields))


def cancel(jobs: QuerySet[Job]) -> int:
    return jobs.filter(state__in=_UNFINISHED).update(state=Job.State.CANCELLED, finished_at=Now(), lease_until=None)


def wake(job_id: UUID, queue: str) -> bool:
    """Tell a worker of this queue. A broker that is down is no error: the sweep will tell it later."""
    if not settings.CELERY_BROKER_URL:
        return False
    from videosearch.jobs import tasks

    try:
        knock(settings.CELERY_BROKER_URL)
        tasks.run.apply_async((str(job_id),), queue=queue, retry=False)
    except (KombuError, OSError) as error:
        log.warning("the broker does not answer, the job waits for the sweep", job=str(job_id), reason=str(error))
        return False
    Job.objects.filter(id=job_id).update(sent_at=Now())
    return True


def sweep() -> int:
    """Free jobs of dead workers and wake workers for all that is due; how many wake-ups were sent."""
    for job in Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=Now()):
        _take_back(job)
    due = Job.objects.filter(state=Job.State.WAITING, due_at__lte=Now())
    return sum(_send_missing(queue, due) for queue in due.values_list("queue", flat=True).distinct())


def _take_back(job: Job) -> None:
    """The worker of `job` has been silent for longer than its lease."""
    silent = Job.objects.filter(id=job.id, token=job.token, state=Job.State.RUNNING, lease_until__lt=Now())
    if job.attempt >= job.max_attempts:
        fail(job, silent, _GONE.format(count=job.attempt))
    elif silent.update(state=Job.State.WAITING, due_at=Now(), lease_until=None, sent_at=None, message=""):
        log.warning("a worker was lost, its job waits again", job=str(job.id), worker=job.worker, attempt=job.attempt)


def fail(job: Job, still_ours: QuerySet[Job], sentence: str) -> bool:
    """End the job for good if it is `still_ours` (a query for its row), and tell whoever registered its kind."""
    kind = registry.find(job.kind)
    failed = {"state": Job.State.FAILED, "error": sentence[:500], "finished_at": Now(), "lease_until": None}
    with transaction.atomic():
        if not still_ours.update(**failed):
            return False
        job.refresh_from_db()
        if kind is not None and kind.on_failed is not None:
            _tell(kind.on_failed, job)
    return True


def _tell(on_failed: registry.OnFailed, job: Job) -> None:
    """A callback that breaks must not keep the job from ending: it would be tried for ever."""
    try:
        with transaction.atomic():
            on_failed(job)
    except Exception:
        log.exception("the on_failed of a job broke", job=str(job.id), kind=job.kind)


def _messages_in(queue: str) -> int:
    """Wake-ups waiting in the broker. One that does not answer counts as full: nothing can be sent now."""
    from videosearch.celery import app

    try:
        knock(settings.CELERY_BROKER_URL)
        with app.connection_for_write(transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS) as connection:
            channel: Any = connection.default_channel
            return int(channel.queue_declare(queue=queue, passive=True).message_count)
    except ChannelError:  # nothing was ever sent to it
        return 0
    except (KombuError, OSError):
        return sys.maxsize


def _send_missing(queue: str, due: QuerySet[Job]) -> int:
    """Send as many wake-ups as due jobs have no message in the broker, so that a long queue is not sent twice."""
    if not settings.CELERY_BROKER_URL:
        return 0
    jobs = due.filter(queue=queue).order_by(F("sent_at").asc(nulls_first=True))
    missing = max(0, jobs.count() - _messages_in(queue))
    never_or_long_ago = jobs.filter(Q(sent_at=None) | Q(sent_at__lt=Now() - _GRACE))
    return sum(wake(job_id, queue) for job_id in never_or_long_ago.values_list("id", flat=True)[:missing])
