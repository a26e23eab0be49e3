"""Between the rows of this app and the value types of `grounding`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np

from grounding.retrieve import predicate_from, predicate_json
from grounding.types import SENTENCE_COSINES, Candidate, Evidence, Query, Span, Verification
from videosearch.indexing.tubes import unpack
from videosearch.search import models
from videosearch.search.naming import Reading

UNCHECKED = "Not checked yet."

_KEPT_ELSEWHERE = np.zeros(0, np.float32)
"""Stands for a query's vector where only its presence matters: the similarities are in the evidence."""


def reading_json(reading: Reading) -> dict[str, Any]:
    """The question as it was read: its first meaning; where names mean others in other videos, all of them too."""
    first, *others = reading.meanings
    stored = parsed_json(first.parsed)
    if others:
        stored["meanings"] = [
            {"videos": [str(video) for video in one.videos or ()], **parsed_json(one.parsed)}
            for one in reading.meanings
        ]
    if reading.notes:
        stored["notes"] = [{"text": one.text, "choices": [list(each) for each in one.choices]} for one in reading.notes]
    return stored


def parsed_json(query: Query) -> dict[str, Any]:
    """The parsed query as it is stored; `terms` are what each predicate is looked up by."""
    return {
        "text": query.text,
        "predicates": [predicate_json(predicate) | {"terms": list(predicate.terms)} for predicate in query.predicates],
        "rest": query.rest,
        **({"cosines": list(query.cosines)} if query.cosines != SENTENCE_COSINES else {}),
    }


def meant(row: models.Query, video: UUID | None = None) -> dict[str, Any]:
    """What the question means in a video, as it is stored."""
    meanings: list[dict[str, Any]] = row.parsed.get("meanings", [])
    return next((one for one in meanings if str(video) in one["videos"]), row.parsed)


def query_from(row: models.Query, video: UUID | None = None) -> Query:
    return _query(row.text, meant(row, video), embedded=row.embedded)


def _query(text: str, stored: dict[str, Any], *, embedded: bool) -> Query:
    predicates = tuple(predicate_from(item, item["terms"]) for item in stored.get("predicates", ()))
    low, high = stored.get("cosines", SENTENCE_COSINES)
    vector = _KEPT_ELSEWHERE if embedded else None
    return Query(text, predicates, stored.get("rest", ""), vector, (float(low), float(high)))


def proposed_json(row: models.Candidate) -> dict[str, Any]:
    """A candidate as it was before it was judged, to be kept longer than it; its boxes are kept beside it."""
    return {
        "start": row.start,
        "end": row.end,
        "score": row.score,
        "seen": row.seen,
        "embedded": row.query.embedded,
        "evidence": row.evidence,
    }


def said_from(row: models.Feedback) -> tuple[Query, Candidate] | None:
    """What a reviewer spoke of: the question and the candidate; None where too little of it was kept."""
    kept = row.proposed or (proposed_json(row.candidate) if row.candidate else {})
    if not kept or not row.parsed.get("predicates"):
        return None
    query = _query(row.query_text, row.parsed, embedded=kept["embedded"])
    evidence = [Evidence(second, terms, similarity) for second, terms, similarity in kept["evidence"]]
    span, tube = Span(kept["start"], kept["end"]), unpack(row.tube)
    return query, Candidate(
        str(row.video_id), tuple(row.track_ids), span, tube, evidence, kept["score"], seen=kept["seen"]
    )


def candidate_from(row: models.Candidate) -> Candidate:
    return Candidate(
        video=str(row.video_id),
        track_ids=tuple(row.track_ids),
        span=Span(row.start, row.end),
        tube=row.get_tube(),
        evidence=[Evidence(second, terms, similarity) for second, terms, similarity in row.evidence],
        score=row.score,
        seen=row.seen,
    )


def verification_values(judged: Verification) -> dict[str, Any]:
    """The columns of a judgement; `verification_from` reads them back."""
    return {
        "verdict": judged.verdict,
        "score": judged.score,
        "start": judged.span.start,
        "end": judged.span.end,
        "reason": judged.reason,
        "likely": judged.likely,
    }


def verification_from(row: models.Candidate) -> Verification:
    """The stored judgement of a candidate, or that it was not checked."""
    judged = getattr(row, "verification", None)
    if judged is None:
        return Verification("unchecked", row.score, Span(row.start, row.end), UNCHECKED)
    return Verification(judged.verdict, judged.score, Span(judged.start, judged.end), judged.reason, judged.likely)
