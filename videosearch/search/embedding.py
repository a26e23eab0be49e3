"""The embedding of a query's text: made by the worker that keeps the model warm, kept in the database.

The database is both the way the answer comes back and the cache of repeated texts, so that nothing here needs to know
which broker is in use.
"""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from typing import Final

import numpy as np
import structlog
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from grounding.types import Floats
from videosearch.lib import broker
from videosearch.search.models import QueryVector

log = structlog.get_logger(__name__)

WAIT_SECONDS: Final = 0.8
"""A warm worker answers in about 30 ms; past this the search goes on by what was measured."""

REST_SECONDS: Final = 3
"""After a wait in vain the next queries do not wait for so long: the model is still starting, or nobody is there."""

EXPIRES_SECONDS: Final = 30

KEEP_DAYS: Final = 30

_PAUSES = (0.012, 0.01, 0.015, 0.02, 0.025, 0.03)


def query_vector(text: str, version: str) -> Floats | None:
    """The unit vector of `text` under the index version's model, or None when it cannot be had in `WAIT_SECONDS`."""
    digest = digest_of(text, version)
    known = _stored(digest)
    if known is not None or cache.get("search:no-embedding"):
        return known
    if not _ask(text, digest):
        cache.set("search:no-embedding", 1, REST_SECONDS)
        return None
    end = time.monotonic() + WAIT_SECONDS
    pauses = iter(_PAUSES)
    while time.monotonic() < end:
        time.sleep(next(pauses, _PAUSES[-1]))
        known = _stored(digest)
        if known is not None:
            return known
    cache.set("search:no-embedding", 1, REST_SECONDS)
    log.warning("no embedding in time; searching by the measured terms only", waited=WAIT_SECONDS)
    return None


def store(digest: str, vector: list[float]) -> None:
    QueryVector.objects.bulk_create([QueryVector(digest=digest, embedding=vector)], ignore_conflicts=True)


def prune() -> int:
    """Forget vectors of old texts; they are made again when asked for."""
    deleted, _ = QueryVector.objects.filter(created_at__lt=timezone.now() - timedelta(days=KEEP_DAYS)).delete()
    return deleted


def digest_of(text: str, version: str) -> str:
    return hashlib.sha256(f"{version}\0{text}".encode()).hexdigest()


def _ask(text: str, digest: str) -> bool:
    from videosearch.search import tasks

    return broker.send(tasks.embed, text, digest, queue="search", expires=EXPIRES_SECONDS)


def _stored(digest: str) -> Floats | None:
    # Asked every few milliseconds while somebody waits: without the cost of building a statement each time.
    with connection.cursor() as cursor:
        cursor.execute("SELECT embedding::text FROM search_queryvector WHERE digest = %s", [digest])
        row = cursor.fetchone()
    return None if row is None else np.fromstring(row[0].strip("[]"), np.float32, sep=",")
