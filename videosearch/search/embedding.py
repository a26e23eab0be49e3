"""The embedding of a query's text: made by the worker that keeps the model warm, kept in the database.

The database is both the way the answer comes back and the cache of repeated texts, so that nothing here needs to know
which broker is in use.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import numpy as np
import structlog
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from grounding.types import Floats
from videosearch.lib import broker
from videosearch.lib.caching import process_cache
from videosearch.search.models import QueryVector

log = structlog.get_logger(__name__)

WAIT_SECONDS: Final = 0.8
"""A warm worker answers in about 30 ms; past this the search goes on by what was measured."""

REST_SECONDS: Final = 3
"""After a wait in vain the next queries do not wait for so long: the model is still starting, or nobody is there."""

EXPIRES_SECONDS: Final = 30

KEEP_DAYS: Final = 30

_PAUSES = (0.012, 0.01, 0.015, 0.02, 0.025, 0.03)


def query_vector(text: str, version: str, words: Sequence[str] = ()) -> Floats | None:
    """The unit vector of `text` under the index version's model, or None when it cannot be had in `WAIT_SECONDS`.

    words: those of the text that no lexicon has, to be guessed at as well; see `guesses`.
    """
    digest = digest_of(text, version)
    known = _stored(digest)
    if known is not None or process_cache.get("search:no-embedding"):
        return known
    if not _ask(text, digest, words):
        process_cache.set("search:no-embedding", 1, REST_SECONDS)
        return None
    end = time.monotonic() + WAIT_SECONDS
    pauses = iter(_PAUSES)
    while time.monotonic() < end:
        time.sleep(next(pauses, _PAUSES[-1]))
        known = _stored(digest)
        if known is not None:
            return known
    process_cache.set("search:no-embedding", 1, REST_SECONDS)
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


def guesses(words: Sequence[str]) -> dict[str, str]:
    """What words may stand for, as far as the worker was asked before; those that stand for nothing are left out."""
    known = cache.get_many([_key(word) for word in words]) if words else {}
    return {word: known[_key(word)] for word in words if known.get(_key(word))}


def store_guesses(words: Sequence[str], found: Mapping[str, str]) -> None:
    cache.set_many({_key(word): found.get(word, "") for word in words}, KEEP_DAYS * 86400)


def _key(word: str) -> str:
    return f"search:guess:{hashlib.sha256(word.encode()).hexdigest()}"


def _ask(text: str, digest: str, words: Sequence[str]) -> bool:
    from videosearch.search import tasks

    given = [list(words)] if words else []
    return broker.send(tasks.embed, text, digest, *given, queue="search", expires=EXPIRES_SECONDS)


def _stored(digest: str) -> Floats | None:
    # Asked every few milliseconds while somebody waits: without the cost of building a statement each time.
    with connection.cursor() as cursor:
        cursor.execute("SELECT embedding::text FROM search_queryvector WHERE digest = %s", [digest])
        row = cursor.fetchone()
    return None if row is None else np.fromstring(row[0].strip("[]"), np.float32, sep=",")
