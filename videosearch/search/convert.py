"""Between the rows of this app and the value types of `grounding`."""

from __future__ import annotations

from typing import Any

import numpy as np

from grounding.types import Candidate, Evidence, Predicate, Query, Span, Verification
from videosearch.search import models

UNCHECKED = "Not checked yet."

_KEPT_ELSEWHERE = np.zeros(0, np.float32)
"""Stands for a query's vector where only its presence matters: the similarities are in the evidence."""


def parsed_json(query: Query) -> dict[str, Any]:
    """The parsed query as it is stored; `terms` are what each predicate is looked up by."""
    return {
        "text": query.text,
        "predicates": [
            {"kind": predicate.kind, "value": predicate.value, "terms": list(predicate.terms)}
            for predicate in query.predicates
        ],
        "rest": query.rest,
    }


def query_from(row: models.Query) -> Query:
    predicates = tuple(
        Predicate(item["kind"], item["value"], tuple(item["terms"])) for item in row.parsed.get("predicates", ())
    )
    return Query(row.text, predicates, row.parsed.get("rest", ""), _KEPT_ELSEWHERE if row.embedded else None)


def candidate_from(row: models.Candidate) -> Candidate:
    return Candidate(
        video=str(row.video_id),
        track_ids=tuple(row.track_ids),
        span=Span(row.start, row.end),
        tube=row.get_tube(),
        evidence=[Evidence(second, terms, similarity) for second, terms, similarity in row.evidence],
        score=row.score,
    )


def verification_from(row: models.Candidate) -> Verification:
    """The stored judgement of a candidate, or that it was not checked."""
    judged = getattr(row, "verification", None)
    if judged is None:
        return Verification("unchecked", row.score, Span(row.start, row.end), UNCHECKED)
    return Verification(judged.verdict, judged.score, Span(judged.start, judged.end), judged.reason)
