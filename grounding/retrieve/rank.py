"""The order of hits, and whether any of them is good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from grounding.retrieve.probability import answer_measures, calibration, fully_measured, hit_measures
from grounding.retrieve.score import clauses, is_loose, measured
from grounding.retrieve.tubes import cut_tube
from grounding.types import Candidate, Hit, Predicate, Query, Verdict, Verification

Answer = Literal["found", "nothing_good"]

ORDER: Final[tuple[Verdict, ...]] = ("confirmed", "unsure", "unchecked", "rejected")
GOOD: Final = 0.4
"""Score from which an unsure or unchecked hit may still be what was asked for."""
REQUIRED: Final = ("number", "shirt_colour")
"""Kinds that some candidate must have, or nothing good was found."""
REQUIRED_TRUTH: Final = 0.3
LIKE: Final = 0.5
"""Similarity, as a place between `Query.cosines`, below which nothing is about the question, whatever else there is."""
FEW: Final = 8
"""Seconds too few to tell what is usual."""
LEAST_LEAD: Final = 1 / 12
STANDS_OUT: Final = 1.5
"""Standard deviations above the mean of all candidates' seconds by which the best must stand out."""


class Ranked(NamedTuple):
    """The answer, all candidates as hits, and how likely it is that one of them is right."""

    answer: Answer
    hits: list[Hit]
    probability: float


def rank(query: Query, items: Iterable[tuple[Candidate, Verification | None]]) -> Ranked:
    """Orders verified candidates and says whether something good was found.

    Args:
        query: as it was asked.
        items: candidates with their verification, None for those not checked (yet).

    Returns:
        "found" or "nothing_good"; all candidates as hits, confirmed first, rejected last, the likeliest first within;
        their scores are probabilities where they were checked for something measured.
    """
    pairs = [
        _Judged(place, candidate, judged or unchecked(candidate), _likely(query, candidate, judged))
        for place, (candidate, judged) in enumerate(items)
    ]
    pairs.sort(key=lambda one: (class_of(one.judged), -one.likely, one.candidate.video, one.judged.span))
    hits = [_hit(rank, one) for rank, one in enumerate(pairs, start=1)]
    return Ranked(*_answer(query, pairs, hits))


class _Judged(NamedTuple):
    """place: among the items given; likely: probability that it is right, or a score where none is known."""

    place: int
    candidate: Candidate
    judged: Verification
    likely: float


def class_of(judged: Verification) -> int:
    """What goes before what, however likely; whoever has learnt the order is only kept from putting rejected first."""
    learnt = judged.likely is not None and judged.verdict == "unsure"
    return ORDER.index("confirmed" if learnt else judged.verdict)


def _likely(query: Query, candidate: Candidate, judged: Verification | None) -> float:
    if judged is not None and judged.likely is not None:
        return judged.likely
    if judged is None or judged.verdict == "unchecked" or not _is_calibrated(query):
        return float(np.clip(judged.score if judged else candidate.score, 0.0, 1.0))
    return float(calibration().hit.probability(np.array(hit_measures(query, candidate, judged))))


def _is_calibrated(query: Query) -> bool:
    """Whether what is asked is measured: of words left to the embedding no probability is known."""
    return bool(measured(query)) and not is_loose(query)


def unchecked(candidate: Candidate) -> Verification:
    """The state of a candidate no verifier has seen."""
    return Verification("unchecked", float(np.clip(candidate.score, 0.0, 1.0)), candidate.span, "Not checked yet.")


def _hit(rank: int, one: _Judged) -> Hit:
    tube = cut_tube(one.candidate.tube, one.judged.span)
    return Hit(
        rank=rank,
        video=one.candidate.video,
        track_ids=one.candidate.track_ids,
        span=one.judged.span,
        score=one.likely,
        verdict=one.judged.verdict,
        reason=one.judged.reason,
        tube=one.candidate.tube if tube is None else tube,
        place=one.place,
    )


def _answer(query: Query, pairs: Sequence[_Judged], hits: list[Hit]) -> tuple[Answer, list[Hit], float]:
    if not pairs:
        return "nothing_good", hits, 0.0
    if not _is_calibrated(query):
        # Only somebody who looked can confirm what nothing measures.
        seen = any(one.judged.verdict == "confirmed" for one in pairs)
        stands = seen or _stands_out(query, [one.candidate for one in pairs])
        return ("found" if stands else "nothing_good"), hits, float(stands)
    if any(one.judged.verdict == "unchecked" for one in pairs) or not fully_measured(query):
        # Not all is known yet, or ever: what was not seen to be wrong may be right.
        open_ones = [one for one in pairs if one.judged.verdict != "rejected" and one.judged.score >= GOOD]
        found = any(one.judged.verdict == "confirmed" or _has_required(query, one.candidate) for one in open_ones)
        return ("found" if found else "nothing_good"), hits, max(one.likely for one in pairs)
    known = calibration()
    probability = float(
        known.answer.probability(np.array(answer_measures(query, [(one.likely, one.judged) for one in pairs])))
    )
    return ("found" if probability >= known.good else "nothing_good"), hits, probability


def _has_required(query: Query, candidate: Candidate) -> bool:
    """Whether the colours and numbers asked for were seen at all, not only not contradicted; of a choice, a branch."""
    asked = measured(query)

    def seen(predicate: Predicate) -> bool:
        if predicate.negated or predicate.kind not in REQUIRED:
            return True
        names = predicate.terms
        best = max((second.terms.get(name, 0.0) for second in candidate.evidence for name in names), default=0.0)
        return best >= REQUIRED_TRUTH

    return all(any(all(seen(asked[i]) for i in branch) for branch in branches) for branches in clauses(asked))


def _stands_out(query: Query, candidates: Sequence[Candidate]) -> bool:
    """Whether the best second is like the question, and more so than the others of this search."""
    low, high = query.cosines
    similar = np.array([second.similarity for candidate in candidates for second in candidate.evidence])
    similar = (similar - low) / (high - low)
    if not len(similar) or similar.max() < LIKE:
        return False
    if len(similar) < FEW:
        return True
    return bool(similar.max() >= similar.mean() + max(STANDS_OUT * similar.std(), LEAST_LEAD))
