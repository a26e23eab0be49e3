"""The verifier of the embedded profile: checks each predicate second by second against what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from grounding.geometry import intersect
from grounding.retrieve.score import (
    STATIC_KINDS,
    UNSURE_WHEN_MISSING,
    clauses,
    conjunction,
    is_loose,
    is_measured,
    measured,
    names_for,
    places_asked,
    similarity_weight,
    split,
    staying,
    stretch,
    together,
    trust,
    truths,
)
from grounding.retrieve.sequence import best_sequence, steps_of
from grounding.retrieve.spans import NEVER, maximal_runs, smooth, without_bridges
from grounding.types import Candidate, Evidence, Predicate, PredicateKind, Query, Span, Terms, Verdict, Verification
from grounding.verify.words import during, listed, phrase, sentence, sure, told

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
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
        if not evidence or not asked:
            return _unmeasurable(candidate, evidence)
        static, changing = split(asked)
        steps = steps_of(changing)
        values = truths(changing, [second.terms for second in evidence])
        if len(steps) > 1:
            span, parts = _in_order(candidate, evidence, values, changing, steps)
        else:
            span, parts = _tightened(candidate, evidence, values, changing)
        inside = np.logical_or.reduce(parts)
        findings = _findings(
            static, truths(static, [e.terms for e in evidence]), np.ones(len(evidence), bool), evidence
        )
        for step, part in zip(steps, parts, strict=False):
            own = [changing[i] for i in step]
            findings += _findings(own, values[:, step], part, evidence)
        findings = [_opened(finding, query) for finding in findings]
        cosines = np.array([second.similarity for second in evidence])
        similar = float(stretch(cosines, query.cosines)[inside].mean())
        held = sum(
            float(together(values[part][:, step], [changing[i] for i in step]).sum())
            for step, part in zip(steps, parts, strict=False)
        )
        belief = trust(min(span.length, held)) if changing else staying(span.length)
        return Verification(
            verdict=_verdict(findings, query),
            score=_score(query, findings, similar, belief),
            span=span,
            reason=_reason(findings, query, span),
        )


def _overlap(second: int, span: Span) -> bool:
    return second + 1 > span.start and second < span.end


def _reach(candidate: Candidate) -> Span | None:
    return intersect(Span(candidate.span.start - 1.0, candidate.span.end + 1.0), candidate.tube.span)


def _tightened(
    candidate: Candidate, evidence: Sequence[Evidence], values: Array, changing: Sequence[Predicate]
) -> tuple[Span, list[Mask]]:
    """The run of seconds, touching the candidate's span, in which all changing predicates hold best together."""
    span = _best_run(candidate, evidence, values, changing) if changing else candidate.span
    inside = np.array([_overlap(second.second, span) for second in evidence])
    return (span, [inside]) if inside.any() else (candidate.span, [np.ones(len(evidence), bool)])


def _best_run(candidate: Candidate, evidence: Sequence[Evidence], values: Array, changing: Sequence[Predicate]) -> Span:
    reach = _reach(candidate)
    if reach is None:
        return candidate.span
    first, at = _places(evidence)
    held = np.full(int(at[-1]) + 1, 0.0)
    held[at] = smooth(together(values, changing))
    gains = np.where(_allowed(first, len(held), reach), held - TRIM, NEVER)
    runs = maximal_runs(without_bridges(gains, MAX_DIP).tolist())
    if not runs:
        return candidate.span
    start, end = max(runs, key=lambda run: float(gains[run[0] : run[1]].sum()))
    span = intersect(Span(float(first + start), float(first + end)), candidate.tube.span)
    return span if span is not None and intersect(span, candidate.span) else candidate.span


def _in_order(
    candidate: Candidate,
    evidence: Sequence[Evidence],
    values: Array,
    changing: Sequence[Predicate],
    steps: Sequence[list[int]],
) -> tuple[Span, list[Mask]]:
    """The seconds around the candidate's span in which the steps follow each other best, and those of each step."""
    first, at = _places(evidence)
    reach = _reach(candidate) or candidate.span
    allowed = _allowed(first, int(at[-1]) + 1, reach)
    gains = []
    for step in steps:
        gain = np.full(len(allowed), NEVER)
        gain[at] = together(values[:, step], [changing[i] for i in step]) - TRIM
        gains.append(np.where(allowed, gain, NEVER))
    runs, _ = best_sequence(gains)
    parts = [(at >= start) & (at < end) for start, end in runs]
    span = intersect(Span(float(first + runs[0][0]), float(first + runs[-1][1])), candidate.tube.span)
    if span is None or intersect(span, candidate.span) is None or not all(part.any() for part in parts):
        return candidate.span, [np.ones(len(evidence), bool) for _ in steps]
    return span, parts


def _places(evidence: Sequence[Evidence]) -> tuple[int, NDArray[np.int64]]:
    """The first second, and where each is, counted from it."""
    first = evidence[0].second
    return first, np.array([second.second - first for second in evidence])


def _allowed(first: int, count: int, reach: Span) -> Mask:
    seconds = np.arange(first, first + count)
    return np.asarray((seconds + 1 > reach.start) & (seconds < reach.end))


def _findings(
    predicates: Sequence[Predicate], values: Array, inside: Mask, evidence: Sequence[Evidence]
) -> list[_Finding]:
    """What became of each predicate; of a choice only of those of the branch that fits best."""
    means = values[inside].mean(axis=0)
    found: list[_Finding] = []
    for branches in clauses(predicates):
        best = max(branches, key=lambda branch: float(conjunction(means[branch], [predicates[i] for i in branch])))
        for i in best:
            if predicates[i].kind in STATIC_KINDS:
                found.append(_static_finding(predicates[i], evidence))
            else:
                found.append(_changing_finding(predicates[i], values[:, i], inside, evidence))
    return found


def _opened(finding: _Finding, query: Query) -> _Finding:
    """A choice of which one branch cannot be measured does not fail: that one may be true."""
    asked = finding.predicate.either
    unmeasured = any(one.either == asked and not one.terms and one.kind != "time" for one in query.predicates)
    return replace(finding, state="unknown") if asked and finding.state == "fails" and unmeasured else finding


def _static_finding(predicate: Predicate, evidence: Sequence[Evidence]) -> _Finding:
    value = float(truths([predicate], [second.terms for second in evidence]).mean())
    words = phrase(predicate)
    if predicate.kind in UNSURE_WHEN_MISSING and not any(is_measured(predicate.kind, e.terms) for e in evidence):
        return _Finding(predicate, value, "unknown", _NOT_SEEN.get(predicate.kind, f"{words} could not be checked"))
    if value >= TRUE:
        shown = words if predicate.kind in ("number", "object") else sure(words, value)
        return _Finding(predicate, value, "holds", shown)
    other, truth = _other(predicate, evidence)
    if value < FALSE or (truth >= TRUE and value < truth / 2 and not predicate.negated):
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
    if predicate.negated:
        return f"{phrase(replace(predicate, negated=False))} was seen"
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


def on_pitch(predicate: Predicate, rows: Sequence[Terms]) -> bool | None:
    """Whether most seconds were judged by places on the pitch; None where none are asked for."""
    pitch, _, seen = places_asked(predicate)
    if predicate.kind != "place" or not pitch:
        return None
    return 2 * sum(seen in terms for terms in rows) >= len(rows)


def _changing_finding(predicate: Predicate, values: Array, inside: Mask, evidence: Sequence[Evidence]) -> _Finding:
    chosen = values[inside]
    seen = chosen >= TRUE
    value, share = float(chosen.mean()), float(seen.mean())
    rows = [second.terms for second, here in zip(evidence, inside, strict=True) if here]
    if not any(names_for(predicate, terms) is not None for terms in rows):
        return _Finding(predicate, value, "unknown", told(predicate, on_pitch=False))
    words = told(predicate, on_pitch=on_pitch(predicate, rows))
    if share >= MOST or value >= MOST:
        seconds = [second.second for second, here in zip(evidence, inside, strict=True) if here]
        return _Finding(predicate, value, "holds", _when(words, seconds, seen))
    if value < FALSE:
        denied = replace(predicate, negated=not predicate.negated)
        return _Finding(predicate, value, "fails", told(denied, on_pitch=on_pitch(predicate, rows)))
    count = int(seen.sum())
    return _Finding(predicate, value, "unsure", f"{words} for {count} of {len(seen)} seconds only")


def _when(words: str, seconds: Sequence[int], seen: Mask) -> str:
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
    others = [f for f in spoken if f.state == "holds" and f.predicate.kind not in STATIC_KINDS]
    others += [f for f in spoken if f.state in ("unsure", "unknown", "fails")]
    if any(f.predicate.step for f in spoken):
        others.sort(key=lambda f: f.predicate.step)
        parts += [f"{_turn(f.predicate)}{f.words}" for f in others]
    else:
        parts += [f.words for f in others]
    missing = [phrase(p) for p in query.predicates if not p.terms and p.kind != "time"]
    if missing:
        parts.append(f"{listed(missing)} cannot be measured")
    if is_loose(query):
        parts.append(f"“{query.rest}” could not be checked")
    return sentence(parts) or f"Seen {during(span)}."


def _turn(predicate: Predicate) -> str:
    """Which step of several is spoken of."""
    if predicate.kind in STATIC_KINDS:
        return ""
    return "then " if predicate.step else "first "


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
