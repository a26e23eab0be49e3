"""The verifier of the embedded profile: checks each predicate second by second against what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from grounding.geometry import intersect
from grounding.retrieve.score import (
    STATIC_KINDS,
    UNSURE_WHEN_MISSING,
    conjunction,
    is_loose,
    is_measured,
    measured,
    similarity_weight,
    staying,
    stretch,
    together,
    trust,
    truths,
)
from grounding.retrieve.spans import NEVER, maximal_runs, smooth, without_bridges
from grounding.types import Candidate, Evidence, Predicate, PredicateKind, Query, Span, Verdict, Verification
from grounding.verify.words import during, listed, phrase, sentence, sure

Array = NDArray[np.float64]
State = Literal["holds", "unsure", "unknown", "fails"]

TRUE: Final = 0.5
"""Degree of truth from which a predicate counts as seen in one second."""
FALSE: Final = 0.2
"""Mean degree of truth below which a predicate clearly fails."""
MOST: Final = 0.6
"""Share of the seconds in which a predicate must be seen to be confirmed."""
MAX_DIP: Final = 1
"""Seconds in which something asked does not hold that a span may bridge."""
TRIM: Final = 0.35
"""Seconds at the ends of a span in which something asked is less true than this are cut off."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """What became of one predicate: its degree of truth over the span, its state, and the words for it."""

    predicate: Predicate
    value: float
    state: State
    words: str


class PredicateVerifier:
    """Confirms what holds over most of a span, rejects what clearly fails, is unsure of what could not be measured."""

    name = "predicates"

    def verify(self, query: Query, candidates: Sequence[Candidate]) -> Iterator[tuple[int, Verification]]:
        """(index, judgement) for each candidate, in order. Never raises for any query or evidence."""
        for index, candidate in enumerate(candidates):
            yield index, self.judge(query, candidate)

    def judge(self, query: Query, candidate: Candidate) -> Verification:
        """The judgement of one candidate."""
        evidence = sorted(candidate.evidence, key=lambda second: second.second)
        asked = measured(query)
        static = tuple(predicate for predicate in asked if predicate.kind in STATIC_KINDS)
        changing = tuple(predicate for predicate in asked if predicate.kind not in STATIC_KINDS)
        if not evidence or not asked:
            return _unmeasurable(candidate, evidence)
        values = truths(changing, [second.terms for second in evidence])
        span = _tightened(candidate, evidence, values, changing)
        inside = np.array([_overlap(second.second, span) for second in evidence])
        if not inside.any():
            span, inside = candidate.span, np.ones(len(evidence), bool)
        findings = [_static_finding(predicate, evidence) for predicate in static]
        findings += [
            _changing_finding(predicate, values[:, j], inside, evidence) for j, predicate in enumerate(changing)
        ]
        similar = float(stretch(np.array([second.similarity for second in evidence]))[inside].mean())
        return Verification(
            verdict=_verdict(findings, query),
            score=_score(
                query,
                findings,
                similar,
                trust(min(span.length, float(together(values[inside], changing).sum())))
                if changing
                else staying(span.length),
            ),
            span=span,
            reason=_reason(findings, query, span),
        )


def _overlap(second: int, span: Span) -> bool:
    return second + 1 > span.start and second < span.end


def _tightened(
    candidate: Candidate, evidence: Sequence[Evidence], values: Array, changing: Sequence[Predicate]
) -> Span:
    """The run of seconds, touching the candidate's span, in which all changing predicates hold best together."""
    if not changing:
        return candidate.span
    first = evidence[0].second
    at = np.array([second.second - first for second in evidence])
    held = np.full(int(at[-1]) + 1, 0.0)
    held[at] = smooth(together(values, changing))
    reach = intersect(Span(candidate.span.start - 1.0, candidate.span.end + 1.0), candidate.tube.span)
    if reach is None:
        return candidate.span
    seconds = np.arange(first, first + len(held))
    allowed = (seconds + 1 > reach.start) & (seconds < reach.end)
    gains = np.where(allowed, held - TRIM, NEVER)
    runs = maximal_runs(without_bridges(gains, MAX_DIP).tolist())
    if not runs:
        return candidate.span
    start, end = max(runs, key=lambda run: float(gains[run[0] : run[1]].sum()))
    span = intersect(Span(float(first + start), float(first + end)), candidate.tube.span)
    return span if span is not None and intersect(span, candidate.span) else candidate.span


def _static_finding(predicate: Predicate, evidence: Sequence[Evidence]) -> _Finding:
    value = float(truths([predicate], [second.terms for second in evidence]).mean())
    words = phrase(predicate)
    if predicate.kind in UNSURE_WHEN_MISSING and not any(is_measured(predicate.kind, e.terms) for e in evidence):
        return _Finding(predicate, value, "unknown", _NOT_SEEN.get(predicate.kind, f"{words} could not be checked"))
    if value >= TRUE:
        shown = words if predicate.kind in ("number", "object") else sure(words, value)
        return _Finding(predicate, value, "holds", shown)
    other, truth = _other(predicate, evidence)
    if value < FALSE or (truth >= TRUE and value < truth / 2):
        return _Finding(predicate, value, "fails", _contradiction(predicate, other))
    return _Finding(predicate, value, "unsure", f"{words} is doubtful ({round(100 * value)} % sure)")


_NOT_SEEN: Final[dict[PredicateKind, str]] = {
    "number": "the number could not be read",
    "shirt_colour": "the shirt could not be seen well enough",
    "shorts_colour": "the shorts could not be seen well enough",
    "count": "how many there are was not counted",
}


def _other(predicate: Predicate, evidence: Sequence[Evidence]) -> tuple[str, float]:
    """What was measured instead: the likeliest other value of the same kind and its mean degree of truth."""
    prefix = f"{predicate.kind}:"
    sums: dict[str, float] = {}
    for second in evidence:
        for name, value in second.terms.items():
            if name.startswith(prefix) and name not in predicate.terms:
                sums[name] = sums.get(name, 0.0) + value
    if not sums:
        return "", 0.0
    best = max(sums, key=lambda name: (sums[name], name))
    return best.removeprefix(prefix), sums[best] / len(evidence)


def _contradiction(predicate: Predicate, other: str) -> str:
    match predicate.kind:
        case "shirt_colour" if other:
            return f"the shirt looks {other}, not {predicate.value}"
        case "shorts_colour" if other:
            return f"the shorts look {other}, not {predicate.value}"
        case "number" if other:
            return f"the number read is {other}, not {predicate.value}"
        case "object" if other:
            return f"this is {'the whole picture' if other == 'picture' else other}, not {predicate.value}"
        case _:
            return f"no {phrase(predicate)} was seen"


def _changing_finding(
    predicate: Predicate, values: Array, inside: NDArray[np.bool_], evidence: Sequence[Evidence]
) -> _Finding:
    chosen = values[inside]
    seen = chosen >= TRUE
    value, words = float(chosen.mean()), phrase(predicate)
    share = float(seen.mean())
    if share >= MOST or value >= MOST:
        seconds = [second.second for second, here in zip(evidence, inside, strict=True) if here]
        return _Finding(predicate, value, "holds", _when(words, seconds, seen))
    if value < FALSE:
        return _Finding(predicate, value, "fails", f"not {words}")
    count = int(seen.sum())
    return _Finding(predicate, value, "unsure", f"{words} for {count} of {len(seen)} seconds only")


def _when(words: str, seconds: Sequence[int], seen: NDArray[np.bool_]) -> str:
    count = int(seen.sum())
    if count == len(seen) or not count:
        return f"{words} {during(Span(seconds[0], seconds[-1] + 1))}"
    return f"{words} for {count} of {len(seen)} seconds"


def _verdict(findings: Sequence[_Finding], query: Query) -> Verdict:
    states = {finding.state for finding in findings}
    if "fails" in states:
        return "rejected"
    unmeasured = any(not predicate.terms and predicate.kind != "time" for predicate in query.predicates)
    return "unsure" if unmeasured or is_loose(query) or states & {"unsure", "unknown"} else "confirmed"


def _score(query: Query, findings: Sequence[_Finding], similar: float, belief: float) -> float:
    values = np.array([finding.value for finding in findings])
    score = belief * float(conjunction(values, [finding.predicate for finding in findings]))
    weight = similarity_weight(query)
    return float(np.clip((1.0 - weight) * score + weight * similar, 0.0, 1.0))


def _reason(findings: Sequence[_Finding], query: Query, span: Span) -> str:
    spoken = [f for f in findings if f.predicate.kind != "object" or f.state == "fails"] or list(findings)
    throughout = [f.words for f in spoken if f.state == "holds" and f.predicate.kind in STATIC_KINDS]
    parts = [f"{listed(throughout)} throughout"] if throughout else []
    parts += [f.words for f in spoken if f.state == "holds" and f.predicate.kind not in STATIC_KINDS]
    parts += [f.words for f in spoken if f.state in ("unsure", "unknown", "fails")]
    missing = [phrase(p) for p in query.predicates if not p.terms and p.kind != "time"]
    if missing:
        parts.append(f"{listed(missing)} cannot be measured")
    if is_loose(query):
        parts.append(f"“{query.rest}” could not be checked")
    return sentence(parts) or f"Seen {during(span)}."


def _unmeasurable(candidate: Candidate, evidence: Sequence[Evidence]) -> Verification:
    """Nothing to check: as good as the description is like the question."""
    similar = np.array([second.similarity for second in evidence if _overlap(second.second, candidate.span)])
    best = float(similar.max()) if len(similar) else 0.0
    like = f"the description here is {_likeness(best)} your words ({round(100 * best)} % alike)"
    reason = sentence(["nothing in the question can be measured", like])
    if not evidence:
        reason = "Nothing was measured here."
    return Verification("unsure", float(np.clip(candidate.score, 0.0, 1.0)), candidate.span, reason)


def _likeness(similarity: float) -> str:
    return "close to" if similarity >= 0.5 else "a little like" if similarity >= 0.3 else "not like"
