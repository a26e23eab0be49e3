"""Background work whose truth is in the database.

    register(kind, handler, ...)     once per kind, in an `AppConfig.ready`
    enqueue(kind, subject, ordinal)  makes the job, or joins the one that is there, and wakes a worker on commit
    cancel(kind, subject)            stops what has not ended yet

A worker takes a job with a lease in the database's own time and a fencing token, and renews it while the handler runs.
Celery carries wake-ups only: a lost message, worker or broker costs seconds, because a sweep sends what is due again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from videosearch.jobs.errors import Cancelled, Later, LostLease, PermanentError, no_space
from videosearch.jobs.registry import register

if TYPE_CHECKING:
    from videosearch.jobs.models import Job
    from videosearch.jobs.run import JobRun

__all__ = [
    "Cancelled", "JobRun", "Later", "LostLease", "PermanentError", "cancel", "enqueue", "no_space", "register",
    "run_due",
]  # fmt: skip


def enqueue(kind: str, subject: object, ordinal: int = 0, *, again: bool = False) -> Job:
    """The job of this kind for this subject: a new one, or the one that exists.

    again: a job that has ended starts over (with all its attempts); without it an ended job stays ended.
    """
    from videosearch.jobs import queue

    return queue.enqueue(kind, str(subject), ordinal, again=again)


def cancel(kind: str, subject: object) -> int:
    """Stop the jobs of this kind and subject that have not ended; how many. A running handler learns it in time."""
    from videosearch.jobs import queue
    from videosearch.jobs.models import Job

    return queue.cancel(Job.objects.filter(kind=kind, subject=str(subject)))


def run_due(*, limit: int = 1000) -> int:
    """Run what is due here and now, and what that makes due, without a broker; how many ran."""
    from videosearch.jobs import worker

    return worker.run_due(limit=limit)


def __getattr__(name: str) -> object:
    if name == "JobRun":  # needs the models, which are not there yet when the apps are being loaded
        from videosearch.jobs.run import JobRun

        return JobRun
    raise AttributeError(name)
