"""What the `search` worker does: it keeps the text model warm, and it judges candidates in small batches."""

from __future__ import annotations

import structlog
from celery import shared_task
from celery.signals import worker_process_init

from videosearch.lib import broker, engine
from videosearch.search import checking, embedding, looking, measuring
from videosearch.search.models import Query

log = structlog.get_logger(__name__)


@shared_task(name="search.embed")
def embed(text: str, digest: str, words: list[str] | None = None) -> None:
    """`words`: those of the text that no lexicon has; what they may stand for is there before the vector is."""
    if words:
        embedding.store_guesses(words, engine.guesses(words))
    embedding.store(digest, engine.embed_text(text))


@shared_task(name="search.verify")
def verify(query_id: str, first: int = 0) -> None:
    """Judge one batch and hand on, so that another user's embedding never waits for a whole list."""
    query = Query.objects.filter(pk=query_id, state=Query.State.VERIFYING).first()
    if query is None:
        return  # Deleted, cancelled by a newer one, or already answered.
    following = checking.check(query, first)
    if following is not None:
        broker.send(verify, query_id, following, queue="search", expires=measuring.PATIENCE_SECONDS)


@shared_task(name="search.look")
def look(query_id: str) -> None:
    """Show the best of what was measured to a model; in a queue of its own, since it takes seconds to minutes."""
    query = Query.objects.filter(pk=query_id, state=Query.State.VERIFYING).first()
    if query is not None and looking.look(query):
        checking.answer(query)


@shared_task(name="search.prune")
def prune() -> None:
    log.info("old query vectors forgotten", count=embedding.prune())
    log.info("old answers of models forgotten", count=looking.prune())


@worker_process_init.connect
def warm_up(**_: object) -> None:
    """Load the text model in the child before the first query asks for it, in the worker of the search queue only."""
    from celery import current_app

    if "search" not in current_app.amqp.queues.consume_from:
        return
    engine.embed_text("number 10 in red sprinting down the left wing")
    engine.guesses(["lonesome"])
