"""The Celery tasks: how work is woken, not what it is."""

from uuid import UUID

from celery import shared_task

from videosearch.jobs import queue, worker


@shared_task
def run(job_id: str) -> None:
    """Do one job. Coming twice, late, or for a job that is gone is harmless."""
    worker.run(UUID(job_id))


@shared_task
def sweep() -> None:
    queue.sweep()
