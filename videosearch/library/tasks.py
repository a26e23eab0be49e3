"""What the scheduler asks for."""

from celery import shared_task

from videosearch.library import housekeeping, importing


@shared_task(name="library.tidy")
def tidy() -> None:
    housekeeping.tidy()


@shared_task(name="library.watch")
def watch() -> None:
    importing.start_watched()
