"""The policy as a verifier: it goes on from what the predicate verifier found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from grounding.logistic import sigmoid
from grounding.rl.features import see
from grounding.rl.network import Array
from grounding.rl.policy import Policy
from grounding.rl.problems import SHIFTS, moved
from grounding.types import Candidate, Query, Span, Verdict, Verification
from grounding.verify.predicates import PredicateVerifier

TAKEN: Final = 0.5
"""Probability of taking below which a candidate is refused."""
SELDOM: Final = 0.03
"""How much less likely a refused candidate is than its place says; as much as refusing is worth in training."""


class PolicyVerifier:
    """Judges by the predicates first, then as the policy learnt. name: stored with each judgement."""

    def __init__(self, policy: Policy, name: str = "policy") -> None:
        self.policy = policy
        self.name = name

    def verify(self, query: Query, candidates: Sequence[Candidate]) -> Iterator[tuple[int, Verification]]:
        """(index, judgement) for each candidate, in order."""
        for index, judged in PredicateVerifier().verify(query, candidates):
            yield index, self.judge(query, candidates[index], judged)

    def judge(self, query: Query, candidate: Candidate, judged: Verification) -> Verification:
        """The judgement of one candidate, from that of the predicate verifier."""
        seen, policy = see(query, candidate, judged), self.policy
        order, odds = policy.raw("judge", seen.judge)
        start, end = (
            SHIFTS[int(np.argmax(policy.raw(part, measures)))]
            for part, measures in (("start", seen.start), ("end", seen.end))
        )
        span = moved(judged.span, candidate.tube.span, start, end)
        taken = bool(sigmoid(odds) >= TAKEN)
        return replace(
            judged,
            verdict=_verdict(judged.verdict, taken=taken),
            span=span,
            reason=" ".join([judged.reason, *_learnt(judged, span, taken=taken)]),
            likely=float(likely(policy, order, taken)),
        )


def likely(policy: Policy, order: Array, taken: Any) -> Array:
    """(N,) that candidates of this order are right, taken or refused: what hits are put in order by."""
    return np.asarray(policy.probability(order) * np.where(taken, 1.0, SELDOM))


def _verdict(measured: Verdict, *, taken: bool) -> Verdict:
    """One up for what is taken though it was rejected, one down for what is refused though it was confirmed.

    Never surer than what was measured, and never rejected unless that was: whatever is learnt, no true moment that the
    rule shows is lost.
    """
    if taken:
        return "unsure" if measured == "rejected" else measured
    return "unsure" if measured == "confirmed" else measured


def _learnt(judged: Verification, span: Span, *, taken: bool) -> list[str]:
    """What was decided otherwise than measured, in sentences."""
    found = []
    if taken and judged.verdict == "rejected":
        found.append("Moments like this were often right all the same.")
    if not taken and judged.verdict != "rejected":
        found.append("Moments like this were seldom what was meant.")
    ends = [
        _move("Begins", span.start - judged.span.start),
        _move("Ends", span.end - judged.span.end),
    ]
    return found + [one for one in ends if one]


def _move(word: str, seconds: float) -> str:
    if abs(seconds) < 0.05:
        return ""
    return f"{word} {abs(seconds):.1f} s {'later' if seconds > 0 else 'earlier'} than measured, as learnt."
