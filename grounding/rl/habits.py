"""A reviewer with a habit, made up: whoever lets spans begin earlier than they do, always by as much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grounding.calibrate import RIGHT_ABOVE
from grounding.metrics import viou
from grounding.retrieve.rank import rank
from grounding.retrieve.tubes import cut_tube
from grounding.rl.feedback import said
from grounding.rl.problems import Problem
from grounding.types import Candidate, Query, Span, Tube, Verification


def put_right(
    query: Query,
    items: Sequence[tuple[Candidate, Verification]],
    answers: Sequence[Tube],
    earlier: float,
    *,
    kind: str = "",
    match: str = "",
) -> Problem | None:
    """The first hit, corrected to begin `earlier` seconds before the moment that it shows, and to end with it.

    None where the first hit is wrong (then it is not corrected but called wrong), or where what is asked holds for the
    whole track, which begins when it begins.
    """
    hits = rank(query, items).hits
    if not hits or not answers:
        return None
    candidate = items[hits[0].place][0]
    best = max(answers, key=lambda true: viou(hits[0].tube, true))
    if viou(hits[0].tube, best) <= RIGHT_ABOVE or cut_tube(candidate.tube, hits[0].span) is None:
        return None
    if candidate.tube.span.start > hits[0].span.start - earlier:
        return None
    span = Span(max(0.0, best.span.start - earlier), best.span.end)
    found = said(query, candidate, "corrected", span, kind=kind)
    return replace(found, match=match) if found else None
