"""Judging candidates in batches and answering the query in the end. Runs in the worker; pure but for the rows."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from grounding.retrieve import rank
from grounding.retrieve.rank import Ranked, class_of
from grounding.types import Candidate as Proposal
from grounding.types import Hit as Shown
from grounding.types import Verification as Judgement
from videosearch.search import convert, likeness, looking, measuring, verifiers
from videosearch.search.models import Candidate, Hit, Query, Verification

BATCH: Final = 5

BATCH_SECONDS: Final = 0.1
"""A quick verifier goes on past `BATCH` in the same task for this long."""


def check(query: Query, first: int) -> int | None:
    """Judge candidates from rank `first` on that have no verdict, one batch or what `BATCH_SECONDS` allow.

    After the last one the query is handed to who looks at the pictures, or answered. May run twice on the same
    candidates: the second run adds nothing.

    Returns: the rank at which the next batch begins, or None when there is none.
    """
    end = time.monotonic() + BATCH_SECONDS
    rows = list(query.candidates.filter(rank__gte=first).order_by("rank").select_related("verification"))
    waiting = [row for row in rows if getattr(row, "verification", None) is None]
    verifier = verifiers.current()
    made: list[Verification] = []
    proposals = [convert.candidate_from(row) for row in waiting]
    for index, judged in measuring.judgements(verifier, query, waiting, proposals):
        made.append(_verification(waiting[index], judged, verifier.name))
        if len(made) >= BATCH and time.monotonic() >= end:
            break
    Verification.objects.bulk_create(made, ignore_conflicts=True)
    if len(made) < len(waiting):
        return waiting[len(made)].rank
    if looking.begin(query):
        return None
    whole = first <= 1 and len(waiting) == len(rows)
    answer(query, rows if first <= 1 else None, proposals if whole else None)
    return None


def _verification(row: Candidate, judged: Judgement, verifier: str) -> Verification:
    values = convert.verification_values(measuring.with_likeness(row, judged))
    return Verification(candidate=row, verifier=verifier, **values)


def _judged_by_looks(rows: list[Candidate]) -> list[Verification]:
    """Where nothing but an example was given. Looks alone confirm nobody."""
    return [
        Verification(
            candidate=row,
            verdict="unsure" if (row.likeness or 0) >= likeness.ALIKE else "rejected",
            score=row.likeness or 0.0,
            start=row.start,
            end=row.end,
            reason=likeness.reason(row.likeness or 0.0),
            verifier="likeness",
        )
        for row in rows
    ]


def answer(query: Query, rows: list[Candidate] | None = None, proposals: list[Proposal] | None = None) -> None:
    """Rank what was judged, write the hits and close the query. Does nothing if somebody else has closed it.

    rows: all candidates of the query with their verifications, where they are at hand; proposals: the same as values.
    """
    if rows is None:
        rows = list(query.candidates.order_by("rank").select_related("verification"))
    if query.like and not query.parsed.get("text"):
        Verification.objects.bulk_create(_judged_by_looks(rows), ignore_conflicts=True)
        rows = list(query.candidates.order_by("rank").select_related("verification"))
    if proposals is None:
        proposals = [convert.candidate_from(row) for row in rows]
    verified = [(one, convert.verification_from(row)) for one, row in zip(proposals, rows, strict=True)]
    word, hits, probability = _ranked(query, rows, verified)
    if query.like and any((row.likeness or 0) >= likeness.ALIKE for row in rows):
        word = "found"
    with transaction.atomic():
        closed = Query.objects.filter(pk=query.pk, state=Query.State.VERIFYING).update(
            state=Query.State.DONE, answer=word, probability=probability
        )
        if closed:
            Hit.objects.bulk_create(_hit_rows(query, rows, hits))
    query.refresh_from_db(fields=["state", "answer", "probability", "unseen"])


def _ranked(query: Query, rows: list[Candidate], verified: list[tuple[Proposal, Judgement]]) -> Ranked:
    """All candidates by what the question means in their videos: a name stands for other numbers in other matches."""
    groups: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(id(convert.meant(query, row.video_id)), []).append(place)
    if len(groups) < 2:
        return rank(convert.query_from(query, rows[0].video_id if rows else None), verified)
    parts: list[Ranked] = []
    for places in groups.values():
        ranked = rank(convert.query_from(query, rows[places[0]].video_id), [verified[place] for place in places])
        parts.append(ranked._replace(hits=[replace(hit, place=places[hit.place]) for hit in ranked.hits]))
    found = sorted(
        (hit for part in parts for hit in part.hits), key=lambda hit: (class_of(verified[hit.place][1]), -hit.score)
    )
    hits = [replace(hit, rank=number) for number, hit in enumerate(found, 1)]
    best = max(parts, key=lambda part: (part.answer == "found", part.probability))
    return Ranked(best.answer, hits, best.probability)


def close_overdue(query: Query) -> None:
    """Answer without the missing verdicts once patience is over: the worker may be down, the page must not wait on."""
    late = timezone.now() - query.created_at > timedelta(seconds=measuring.patience())
    if query.state == Query.State.VERIFYING and late:
        looking.give_up(query)
        answer(query)


def _hit_rows(query: Query, rows: list[Candidate], hits: list[Shown]) -> list[Hit]:
    return [
        Hit(
            query=query,
            candidate=rows[hit.place],
            rank=hit.rank,
            score=hit.score,
            verdict=hit.verdict,
            reason=hit.reason,
            start=hit.span.start,
            end=hit.span.end,
        )
        for hit in hits
    ]
