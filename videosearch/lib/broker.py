"""Sending Celery messages from a request: never waiting long for a broker that is down, never failing for it."""

from __future__ import annotations

import socket
from typing import Final
from urllib.parse import urlsplit

import structlog
from celery import Task
from django.conf import settings
from kombu.exceptions import KombuError

log = structlog.get_logger(__name__)

KNOCK_SECONDS: Final = 1.0


def knock(broker_url: str) -> None:
    """Raise OSError at once if nobody listens: the broker's own client would keep the user waiting for its retries."""
    address = urlsplit(broker_url)
    if address.hostname and address.port:
        socket.create_connection((address.hostname, address.port), timeout=KNOCK_SECONDS).close()


def send(task: Task[..., None], *arguments: object, queue: str, expires: float) -> bool:
    """Send a task that may get lost; False when the broker does not answer. `expires`: seconds until it is stale."""
    if not settings.CELERY_BROKER_URL:
        return False
    try:
        knock(settings.CELERY_BROKER_URL)
        task.apply_async(arguments, queue=queue, expires=expires, retry=False)
    except (KombuError, OSError) as error:
        log.warning("the broker does not answer", task=task.name, reason=str(error))
        return False
    return True
