"""How what was measured and what a model saw become one judgement. The one place in which that is said.

    seen \\ measured         confirmed    unsure       rejected     unchecked
    confirmed               confirmed    confirmed    unsure       confirmed
    unsure                  confirmed    unsure       rejected     unsure
    rejected, none is it    unsure       rejected     rejected     rejected
    rejected, another is    rejected     rejected     rejected     rejected
    unchecked               confirmed    unchecked    rejected     unchecked

Measuring and seeing count alike in the score: it is the mean of their log odds. The model is believed over the
measurements where it compared people of one moment and named another one; it is not where it merely found nothing that
was measured to be there. Where words were left that nothing measures, having measured the others decides nothing: it
counts as unsure. What measuring left open and nobody looked at is not checked.

The span: where everything asked can be measured, the measured one is as exact as a second can be, and of a model's only
what both name counts; else the model's stands, as far as the person is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grounding.geometry import intersect
from grounding.logistic import sigmoid
from grounding.retrieve.probability import fully_measured, log_odds
from grounding.retrieve.rank import ORDER
from grounding.retrieve.score import measured, split
from grounding.types import Query, Span, Verdict, Verification
from grounding.verify.looking.verifier import Look

BEST: Final = 20
"""Candidates that are worth a look; the others keep what was measured."""

_RULES: Final[dict[str, dict[Verdict, Verdict]]] = {
    "confirmed": {
        "confirmed": "confirmed", "unsure": "confirmed", "rejected": "unsure", "unchecked": "confirmed"},
    "unsure": {
        "confirmed": "confirmed", "unsure": "unsure", "rejected": "rejected", "unchecked": "unsure"},
    "none": {
        "confirmed": "unsure", "unsure": "rejected", "rejected": "rejected", "unchecked": "rejected"},
    "another": {
        "confirmed": "rejected", "unsure": "rejected", "rejected": "rejected", "unchecked": "rejected"},
    "unchecked": {
        "confirmed": "confirmed", "unsure": "unchecked", "rejected": "rejected", "unchecked": "unchecked"},
}  # fmt: skip


def fused(query: Query, was_measured: Verification, look: Look, model: str) -> Verification:
    """One judgement of one candidate.

    Args:
        query: as it was asked.
        was_measured: what the predicate verifier said.
        look: what the model said.
        model: its name, for the reason.
    """
    before = was_measured.verdict
    if look.verdict == "unchecked":
        reason = f"{was_measured.reason} By {model}: {look.reason}."
        return Verification(_RULES["unchecked"][before], was_measured.score, was_measured.span, reason)
    if before == "confirmed" and not _all_measured(query):
        before = "unsure"
    odds = (log_odds(was_measured.score) + log_odds(look.probability)) / 2
    return Verification(
        verdict=_RULES[_rule(look)][before],
        score=float(sigmoid(odds)),
        span=_span(query, was_measured.span, look),
        reason=f"Measured: {_lowered(was_measured.reason)} Seen by {model}: {look.reason}.",
    )


def best_of(judged: Sequence[Verification], most: int = BEST) -> list[int]:
    """Indices of the candidates worth a look, best first, by what was measured."""
    order = sorted(range(len(judged)), key=lambda i: (ORDER.index(judged[i].verdict), -judged[i].score))
    return order[:most]


def _rule(look: Look) -> str:
    if look.verdict == "rejected":
        return "another" if look.other else "none"
    return look.verdict


def _all_measured(query: Query) -> bool:
    return bool(measured(query)) and fully_measured(query) and not query.rest


def _span(query: Query, was_measured: Span, look: Look) -> Span:
    if look.span is None or look.verdict == "rejected":
        return was_measured
    if not _all_measured(query):
        return look.span
    if not split(measured(query))[1]:  # only who it is was asked: that holds throughout
        return was_measured
    return intersect(was_measured, look.span) or was_measured


def _lowered(reason: str) -> str:
    """Its first letter small, unless it begins with a word in capitals."""
    return reason if reason[1:2].isupper() else f"{reason[:1].lower()}{reason[1:]}"
