"""How well one second of one track answers a query.

A soft "and": the weighted geometric mean over the predicates of how true each is, where a predicate is as true as the
truest of its alternative terms. What cannot be known from the terms (a number that was not read) counts as a little
true, what is known to be otherwise as nearly false; so one wrong measurement lowers a second but does not hide it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.types import Predicate, Query, Terms
from grounding.vocabulary import COLOURS, term

Array = NDArray[np.float64]

STATIC_KINDS: Final = frozenset({"object", "shirt_colour", "shorts_colour", "number", "name", "count"})
"""Kinds that hold for a whole track; the others change from second to second."""

WEIGHTS: Final[Mapping[str, float]] = {
    "object": 0.7,
    "shirt_colour": 1.0,
    "shorts_colour": 0.6,
    "number": 1.2,
    "place": 1.0,
    "motion": 0.9,
    "direction": 1.0,
    "action": 1.0,
    "relation": 0.8,
    "count": 0.5,
}
FLOOR: Final = 0.02
UNKNOWN: Final = 0.25
"""Degree of truth of a predicate about which nothing was measured."""
UNSURE_WHEN_MISSING: Final = frozenset({"number", "shirt_colour", "shorts_colour", "count"})
"""Kinds whose terms may be missing because they could not be seen, not because they are false."""
SHORT_DOUBT: Final = 0.6
SHORT_SECONDS: Final = 2.0
BRIEF_DOUBT: Final = 0.3
BRIEF_SECONDS: Final = 4.0
NAMES: Final = {
    "number": frozenset(term("number", str(number)) for number in range(100)),
    "count": frozenset(term("count", str(number)) for number in range(100)),
    **{kind: frozenset(term(kind, colour) for colour in COLOURS) for kind in ("shirt_colour", "shorts_colour")},
}
"""All terms of the kinds in `UNSURE_WHEN_MISSING`."""

SIMILARITY_RANGE: Final = (0.15, 0.75)
"""Cosines of a sentence to descriptions run between about these; they are stretched to 0..1."""
SIMILARITY_WEIGHT: Final = 0.06
SIMILARITY_WEIGHT_REST: Final = 0.25
SIMILARITY_WEIGHT_LOOSE: Final = 0.6
PERSON: Final = term("object", "person")
_OF_PERSONS: Final = frozenset({"shirt_colour", "shorts_colour", "number"})


def measured(query: Query) -> tuple[Predicate, ...]:
    """The predicates that terms can speak about; the others (names, times, places on the pitch) have none."""
    return tuple(predicate for predicate in query.predicates if predicate.terms)


def is_loose(query: Query) -> bool:
    """Whether only who is meant can be measured and the words that matter were left over: "a person on a bicycle"."""
    asked = measured(query)
    return bool(query.rest and asked) and all(predicate.kind == "object" for predicate in asked)


def objects_asked(query: Query) -> tuple[str, ...]:
    """Terms of which a track must have one to be an answer; () where any kind of track may be one.

    A question about people is not answered by a ball, though nobody knows that the ball does not wear red.
    """
    asked = measured(query)
    named = tuple(name for predicate in asked if predicate.kind == "object" for name in predicate.terms)
    if PERSON in named:
        return named
    return (PERSON,) if not named and any(predicate.kind in _OF_PERSONS for predicate in asked) else ()


def truth(predicate: Predicate, terms: Terms) -> float:
    """How true a predicate is in 0..1: the largest of its alternatives, `UNKNOWN` where it could not be measured."""
    values = [terms.get(name, 0.0) for name in predicate.terms]
    # Degrees of motion share one whole, so "running or faster" is their sum; other kinds overlap.
    value = sum(values) if predicate.kind == "motion" else max(values, default=UNKNOWN)
    if value or predicate.kind not in UNSURE_WHEN_MISSING:
        return float(min(max(value, 0.0), 1.0))
    return 0.0 if is_measured(predicate.kind, terms) else UNKNOWN


def is_measured(kind: str, terms: Terms) -> bool:
    """Whether the terms say anything of this kind, one of `UNSURE_WHEN_MISSING`."""
    return not NAMES[kind].isdisjoint(terms)


def truths(predicates: Sequence[Predicate], rows: Sequence[Terms]) -> Array:
    """(rows, predicates) degrees of truth: `truth` for many rows at once."""
    values = np.zeros((len(rows), len(predicates)))
    for j, predicate in enumerate(predicates):
        column = values[:, j]
        for name in predicate.terms:
            found = [terms.get(name, 0.0) for terms in rows]
            if predicate.kind == "motion":
                column += found
            else:
                np.maximum(column, found, out=column)
        if predicate.kind in UNSURE_WHEN_MISSING:
            names = NAMES[predicate.kind]
            missing = [i for i in np.flatnonzero(column == 0.0) if names.isdisjoint(rows[int(i)])]
            column[missing] = UNKNOWN
    return np.clip(values, 0.0, 1.0)


def conjunction(values: Array, predicates: Sequence[Predicate]) -> Array:
    """Weighted geometric mean over the last axis; 1 where there is no predicate."""
    if not predicates:
        return np.ones(values.shape[:-1])
    weights = np.array([WEIGHTS.get(predicate.kind, 1.0) for predicate in predicates])
    return np.asarray(np.exp((np.log(np.maximum(values, FLOOR)) * weights).sum(axis=-1) / weights.sum()))


def together(values: Array, predicates: Sequence[Predicate]) -> Array:
    """How far all changing predicates hold in one second: the geometric mean alone would forgive one false of many."""
    return np.asarray(0.5 * conjunction(values, predicates) + 0.5 * values.min(axis=-1))


def trust(seconds: float) -> float:
    """How far a moment is believed in which all holds for so many seconds: one bad measurement makes one of them."""
    return 1.0 - SHORT_DOUBT * float(np.exp(-seconds / SHORT_SECONDS))


def staying(seconds: float) -> float:
    """How far a track is worth showing for what holds throughout: of two that fit alike, the one seen longer.

    A short one is more often a piece of somebody, or nobody; and there is less to watch.
    """
    return 1.0 - BRIEF_DOUBT * float(np.exp(-seconds / BRIEF_SECONDS))


def stretch(similarity: Array | float) -> Array:
    """Cosines as 0..1 over the range that descriptions reach."""
    low, high = SIMILARITY_RANGE
    return np.clip((np.asarray(similarity, np.float64) - low) / (high - low), 0.0, 1.0)


def similarity_weight(query: Query) -> float:
    """Share of the embedding in a score: all where nothing is measured, more where words were left to it."""
    if not measured(query):
        return 1.0
    if query.embedding is None:
        return 0.0
    if is_loose(query):
        return SIMILARITY_WEIGHT_LOOSE
    return SIMILARITY_WEIGHT_REST if query.rest else SIMILARITY_WEIGHT


def score_second(query: Query, terms: Terms, similarity: float) -> float:
    """How well one second answers the query, 0..1.

    Args:
        query: parsed; without an embedding, the similarity is not used beside predicates.
        terms: what was measured of the second.
        similarity: cosine of the second's embedding to the query's.
    """
    predicates = measured(query)
    weight = similarity_weight(query)
    fulfilment = float(conjunction(truths(predicates, [terms]), predicates)[0])
    return float((1.0 - weight) * fulfilment + weight * float(stretch(similarity)))
