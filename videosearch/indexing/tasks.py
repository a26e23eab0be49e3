"""What the scheduler asks for."""

import structlog
from celery import shared_task

from videosearch.indexing import versions

log = structlog.get_logger(__name__)


@shared_task(name="indexing.forget")
def forget() -> None:
    log.info("rows of replaced versions deleted", count=versions.forget_replaced())
