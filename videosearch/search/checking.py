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
"""A quick verifier goes on past `BATCH` in the same task for this long."""

PATIENCE_SECONDS: Final = 30
"""A query whose verdicts have not come by then is answered with what there is; the rest is shown as not checked."""


def check(query: Query, first: int) -> int | None:
    """Judge candidates from rank `first` on that have no verdict, one batch or what `BATCH_SECONDS` allow.

    Answers the query after the last one. May run twice on the same candidates: the second run adds nothing.

    Returns: the rank at which the next batch begins, or None when the query is answered.
    """
    end = time.monotonic() + BATCH_SECONDS
    rows = list(query.candidates.filter(rank__gte=first).order_by("rank").select_related("verification"))
    waiting = [row for row in rows if getattr(row, "verification", None) is None]
    verifier = PredicateVerifier()
    made: list[Verification] = []
    proposals = [convert.candidate_from(row) for row in waiting]
    judgements = verifier.verify(convert.query_from(query), proposals)
    for index, judged in judgements:
        made.append(_verification(waiting[index], judged, verifier.name))
        if len(made) >= BATCH and time.monotonic() >= end:
            break
    Verification.objects.bulk_create(made, ignore_conflicts=True)
    if len(made) < len(waiting):
        return waiting[len(made)].rank
    whole = first <= 1 and len(waiting) == len(rows)
    answer(query, rows if first <= 1 else None, proposals if whole else None)
    return None


def _verification(row: Candidate, judged: Judgement, verifier: str) -> Verification:
    return Verification(
        candidate=row,
        verdict=judged.verdict,
        score=judged.score,
        start=judged.span.start,
        end=judged.span.end,
        reason=judged.reason,
        verifier=verifier,
    )


def answer(query: Query, rows: list[Candidate] | None = None, proposals: list[Proposal] | None = None) -> None:
    """Rank what was judged, write the hits and close the query. Does nothing if somebody else has closed it.

    rows: all candidates of the query with their verifications, where they are at hand; proposals: the same as values.
    """
    if rows is None:
        rows = list(query.candidates.order_by("rank").select_related("verification"))
    if proposals is None:
        proposals = [convert.candidate_from(row) for row in rows]
    verified = [(one, convert.verification_from(row)) for one, row in zip(proposals, rows, strict=True)]
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
        waiting.setdefault((candidate.video, candidate.track_ids, judged.span, judged.score), []).append(row)
    return [
        Hit(
            query=query,
            candidate=waiting[hit.video, hit.track_ids, hit.span, hit.score].pop(0),
            rank=hit.rank,
            score=hit.score,
            verdict=hit.verdict,
            reason=hit.reason,
            start=hit.span.start,
            end=hit.span.end,
        )
        for hit in hits
    ]
