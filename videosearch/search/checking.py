"""Judging candidates in batches and answering the query in the end. Runs in the worker; pure but for the rows."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from grounding.retrieve import rank
from grounding.types import Candidate as Proposal
from grounding.types import Hit as Shown
from grounding.types import Verification as Judgement
from grounding.verify import PredicateVerifier
from videosearch.search import convert
from videosearch.search.models import Candidate, Hit, Query, Verification

BATCH: Final = 5

BATCH_SECONDS: Final = 0.1
"""A quick verifier goes on to the next batch in the same task for this long."""

PATIENCE_SECONDS: Final = 30
"""A query whose verdicts have not come by then is answered with what there is; the rest is shown as not checked."""


def check_batch(query: Query, first: int) -> int | None:
    """Judge the candidates from rank `first` on that have no verdict. Returns where the next batch begins, or None.

    May run twice on the same batch: the second run adds nothing.
    """
    rows = list(query.candidates.filter(rank__gte=first).order_by("rank").select_related("verification")[:BATCH])
    waiting = [row for row in rows if getattr(row, "verification", None) is None]
    verifier = PredicateVerifier()
    asked = convert.query_from(query)
    made = [
        Verification(
            candidate=waiting[index],
            verdict=judged.verdict,
            score=judged.score,
            start=judged.span.start,
            end=judged.span.end,
            reason=judged.reason,
            verifier=verifier.name,
        )
        for index, judged in verifier.verify(asked, [convert.candidate_from(row) for row in waiting])
    ]
    Verification.objects.bulk_create(made, ignore_conflicts=True)
    return rows[-1].rank + 1 if len(rows) == BATCH else None


def check_batches(query: Query, first: int) -> int | None:
    """As many batches as `BATCH_SECONDS` allow, at least one; like `check_batch`."""
    end = time.monotonic() + BATCH_SECONDS
    following = check_batch(query, first)
    while following is not None and time.monotonic() < end:
        following = check_batch(query, following)
    return following


def answer(query: Query) -> None:
    """Rank what was judged, write the hits and close the query. Does nothing if somebody else has closed it."""
    rows = list(query.candidates.order_by("rank").select_related("verification"))
    verified = [(convert.candidate_from(row), convert.verification_from(row)) for row in rows]
    word, hits = rank(convert.query_from(query), verified)
    with transaction.atomic():
        closed = Query.objects.filter(pk=query.pk, state=Query.State.VERIFYING).update(
            state=Query.State.DONE, answer=word
        )
        if closed:
            Hit.objects.bulk_create(_hit_rows(query, rows, verified, hits))
    query.refresh_from_db(fields=["state", "answer"])


def close_overdue(query: Query) -> None:
    """Answer without the missing verdicts once patience is over: the worker may be down, the page must not wait on."""
    if query.state == Query.State.VERIFYING and timezone.now() - query.created_at > timedelta(seconds=PATIENCE_SECONDS):
        answer(query)


def _hit_rows(
    query: Query, rows: list[Candidate], verified: list[tuple[Proposal, Judgement]], hits: list[Shown]
) -> list[Hit]:
    """`rank` gives values, not rows: a hit belongs to the candidate with its tracks and its judged span."""
    waiting: dict[tuple[object, ...], list[Candidate]] = {}
    for row, (candidate, judged) in zip(rows, verified, strict=True):
        waiting.setdefault((candidate.video, candidate.track_ids, judged.span), []).append(row)
    return [
        Hit(
            query=query,
            candidate=waiting[hit.video, hit.track_ids, hit.span].pop(0),
            rank=hit.rank,
            score=hit.score,
            verdict=hit.verdict,
            reason=hit.reason,
            start=hit.span.start,
            end=hit.span.end,
        )
        for hit in hits
    ]
