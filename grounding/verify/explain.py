"""Which of the things that were asked held in which seconds of a hit, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grounding.retrieve.score import measured, truths
from grounding.types import Evidence, Predicate, Query, Span
from grounding.verify.predicates import TRUE, on_pitch
from grounding.verify.words import told


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that was asked, in words, and its degree of truth in each second of the hit."""

    predicate: Predicate
    words: str
    seconds: tuple[tuple[int, float], ...]

    @property
    def mean(self) -> float:
        return sum(value for _, value in self.seconds) / len(self.seconds) if self.seconds else 0.0

    @property
    def count(self) -> int:
        """In how many seconds it is more true than not."""
        return sum(value >= TRUE for _, value in self.seconds)


def explain(query: Query, evidence: Sequence[Evidence], span: Span) -> tuple[Held, ...]:
    """For each predicate that can be measured, in the order said, the seconds of `span` that there is evidence of."""
    inside = sorted((one for one in evidence if one.second + 1 > span.start and one.second < span.end), key=_second)
    asked = measured(query)
    rows = [one.terms for one in inside]
    values = truths(asked, rows)
    seconds = [one.second for one in inside]
    return tuple(
        Held(
            predicate,
            told(predicate, on_pitch=on_pitch(predicate, rows)),
            tuple(zip(seconds, column.round(3).tolist(), strict=True)),
        )
        for predicate, column in zip(asked, values.T, strict=True)
    )


def _second(one: Evidence) -> int:
    return one.second
