"""The order of hits, and whether any of them is good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import numpy as np

from grounding.retrieve.score import is_loose, measured
from grounding.retrieve.tubes import cut_tube
from grounding.types import Candidate, Hit, Query, Verdict, Verification

Answer = Literal["found", "nothing_good"]

ORDER: Final[tuple[Verdict, ...]] = ("confirmed", "unsure", "unchecked", "rejected")
GOOD: Final = 0.4
"""Score from which an unsure or unchecked hit may still be what was asked for."""
REQUIRED: Final = ("number", "shirt_colour")
"""Kinds that some candidate must have, or nothing good was found."""
REQUIRED_TRUTH: Final = 0.3
LIKE: Final = 0.45
"""Cosine below which no description is about the question, whatever the others are."""
FEW: Final = 8
"""Seconds too few to tell what is usual."""
LEAST_LEAD: Final = 0.05
STANDS_OUT: Final = 1.5
"""Standard deviations above the mean of all candidates' seconds by which the best must stand out."""


def rank(query: Query, items: Iterable[tuple[Candidate, Verification | None]]) -> tuple[Answer, list[Hit]]:
    """Orders verified candidates and says whether something good was found.

    Args:
        query: as it was asked.
        items: candidates with their verification, None for those not checked (yet).

    Returns:
        "found" or "nothing_good", and all candidates as hits: confirmed first, rejected last, by score within.
    """
    pairs = [(candidate, verification or unchecked(candidate)) for candidate, verification in items]
    pairs.sort(key=lambda pair: (ORDER.index(pair[1].verdict), -pair[1].score, pair[0].video, pair[1].span))
    hits = [_hit(place, candidate, judged) for place, (candidate, judged) in enumerate(pairs, start=1)]
    return _answer(query, pairs), hits


def unchecked(candidate: Candidate) -> Verification:
    """The state of a candidate no verifier has seen."""
    return Verification("unchecked", float(np.clip(candidate.score, 0.0, 1.0)), candidate.span, "Not checked yet.")


def _hit(place: int, candidate: Candidate, judged: Verification) -> Hit:
    tube = cut_tube(candidate.tube, judged.span)
    return Hit(
        rank=place,
        video=candidate.video,
        track_ids=candidate.track_ids,
        span=judged.span,
        score=judged.score,
        verdict=judged.verdict,
        reason=judged.reason,
        tube=candidate.tube if tube is None else tube,
    )


def _answer(query: Query, pairs: Sequence[tuple[Candidate, Verification]]) -> Answer:
    if not pairs:
        return "nothing_good"
    if not measured(query) or is_loose(query):
        return "found" if _stands_out([candidate for candidate, _ in pairs]) else "nothing_good"
    if any(judged.verdict == "confirmed" for _, judged in pairs):
        return "found"
    open_ones = [pair for pair in pairs if pair[1].verdict != "rejected" and pair[1].score >= GOOD]
    return "found" if any(_has_required(query, candidate) for candidate, _ in open_ones) else "nothing_good"


def _has_required(query: Query, candidate: Candidate) -> bool:
    """Whether the colours and numbers asked for were seen at all, not only not contradicted."""
    required = [predicate for predicate in measured(query) if predicate.kind in REQUIRED]
    seen = [
        max((second.terms.get(name, 0.0) for second in candidate.evidence for name in predicate.terms), default=0.0)
        for predicate in required
    ]
    return all(value >= REQUIRED_TRUTH for value in seen)


def _stands_out(candidates: Sequence[Candidate]) -> bool:
    """Whether the best description is like the question, and more so than the others of this search."""
    similar = np.array([second.similarity for candidate in candidates for second in candidate.evidence])
    if not len(similar) or similar.max() < LIKE:
        return False
    if len(similar) < FEW:
        return True
    return bool(similar.max() >= similar.mean() + max(STANDS_OUT * similar.std(), LEAST_LEAD))
