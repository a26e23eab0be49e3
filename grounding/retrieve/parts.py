"""A reading taken apart, so that people can take away what was misread."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from grounding.retrieve.score import STATIC_KINDS
from grounding.types import Predicate, PredicateKind, Query

LABELS: Final[dict[PredicateKind, str]] = {
    "object": "who",
    "shirt_colour": "shirt",
    "shorts_colour": "shorts",
    "number": "number",
    "name": "name",
    "place": "where",
    "motion": "moving",
    "direction": "going",
    "action": "doing",
    "relation": "with",
    "count": "how many",
    "time": "when",
}
"""What a predicate's kind is called beside its value."""

REST: Final = "other words"
"""The part of a reading that is left to the embedding."""


def part_of(predicate: Predicate) -> str:
    """What a predicate is called as a part of a reading: "shirt red", "not where left", or the name that stood for it.

    Predicates of the same name, and the same thing said twice, are one part.
    """
    if predicate.said:
        return predicate.said
    return f"{'not ' if predicate.negated else ''}{LABELS[predicate.kind]} {predicate.value}"


def without(query: Query, parts: Collection[str]) -> Query:
    """The query without some parts of its reading, called as by `part_of`, or `REST`.

    A choice with one branch left is none any more, and steps are counted anew.
    """
    kept = [predicate for predicate in query.predicates if part_of(predicate) not in parts]
    branches = {(one.either, one.branch) for one in kept if one.either}
    choices = sorted({either for either, _ in branches if sum(other == either for other, _ in branches) > 1})
    order: dict[int, dict[int, int]] = {}
    for one in kept:
        known = order.setdefault(one.either, {})
        known.setdefault(one.branch, len(known) + 1)
    steps = sorted({one.step for one in kept if one.kind not in STATIC_KINDS and one.kind != "time"})
    told = tuple(
        replace(
            one,
            either=choices.index(one.either) + 1 if one.either in choices else 0,
            branch=order[one.either][one.branch] if one.either in choices else 0,
            step=steps.index(one.step) if one.step in steps else 0,
        )
        for one in kept
    )
    return replace(query, predicates=told, rest="" if REST in parts else query.rest)
