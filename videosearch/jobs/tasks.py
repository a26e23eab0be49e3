"""The Celery tasks: how work is woken, not what it is."""

from uuid import UUID

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from videosearch.jobs import queue, worker

SWEPT = "jobs:swept"
"""Where the cache, which all processes share, has the time of the last sweep."""


@shared_task
def run(job_id: str) -> None:
    """Do one job. Coming twice, late, or for a job that is gone is harmless."""
    worker.run(UUID(job_id))


@shared_task
def sweep() -> None:
    queue.sweep()
    cache.set(SWEPT, timezone.now(), 24 * 3600)
