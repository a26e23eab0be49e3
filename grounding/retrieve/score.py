"""How well one second of one track answers a query.

A soft "and": the weighted geometric mean over the predicates of how true each is, where a predicate is as true as the
truest of its alternative terms. What cannot be known from the terms (a number that was not read) counts as a little
true, what is known to be otherwise as nearly false; so one wrong measurement lowers a second but does not hide it.
What is negated is as true as the opposite is false. Of a choice the best branch counts, of steps the one that fits this
second best: whether they follow each other is seen over several seconds (`grounding.retrieve.sequence`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.types import Predicate, Query, Terms
from grounding.vocabulary import COLOURS, PITCH_SEEN, PITCH_SIDED, PITCH_SIDES, REFEREE, term

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
UNKNOWN_NOT: Final = 0.5
"""The same where it is negated: most shirts are not red, but that is not known of this one."""
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

SIMILARITY_WEIGHT: Final = 0.06
SIMILARITY_WEIGHT_REST: Final = 0.25
SIMILARITY_WEIGHT_LOOSE: Final = 0.6
PERSON: Final = term("object", "person")
_ON_PITCH: Final = term("pitch", "")
_OF_PERSONS: Final = frozenset({"shirt_colour", "shorts_colour", "number"})


def measured(query: Query) -> tuple[Predicate, ...]:
    """The predicates that terms can speak about; the others (names, times) have none."""
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
    named = tuple(name for one in asked if one.kind == "object" and not one.negated for name in one.terms)
    of_persons = any(predicate.kind in _OF_PERSONS for predicate in asked)
    if term("object", REFEREE) in named:
        return (*named, PERSON)
    if PERSON in named:
        return named
    if any(predicate.either for predicate in asked):
        return (*named, PERSON) if named and of_persons else ()
    return (PERSON,) if not named and of_persons else ()


def split(predicates: Sequence[Predicate]) -> tuple[tuple[Predicate, ...], tuple[Predicate, ...]]:
    """What holds for a whole track, and what changes. A choice with anything that changes in it changes as a whole."""
    mixed = {one.either for one in predicates if one.either and one.kind not in STATIC_KINDS}
    changing = tuple(one for one in predicates if one.kind not in STATIC_KINDS or one.either in mixed)
    return tuple(one for one in predicates if one not in changing), changing


def in_steps(predicates: Sequence[Predicate]) -> tuple[tuple[Predicate, ...], ...]:
    """For each step, what has to hold in it: what is true throughout, and what changes and belongs to it."""
    numbers = sorted({predicate.step for predicate in predicates})
    if len(numbers) < 2:
        return (tuple(predicates),)
    static, changing = split(predicates)
    return tuple((*static, *(one for one in changing if one.step == number)) for number in numbers)


def truth(predicate: Predicate, terms: Terms) -> float:
    """How true a predicate is in 0..1: the largest of its alternatives, `UNKNOWN` where it could not be measured."""
    names = names_for(predicate, terms)
    if names is None:
        return UNKNOWN_NOT if predicate.negated else UNKNOWN
    values = [terms.get(name, 0.0) for name in names]
    # Degrees of motion share one whole, so "running or faster" is their sum; other kinds overlap.
    value = sum(values) if predicate.kind == "motion" else max(values, default=UNKNOWN)
    if not value and predicate.kind in UNSURE_WHEN_MISSING and not is_measured(predicate.kind, terms):
        return UNKNOWN_NOT if predicate.negated else UNKNOWN
    value = float(min(max(value, 0.0), 1.0))
    return 1.0 - value if predicate.negated else value


def places_asked(predicate: Predicate) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """The alternatives that are places on the pitch, those that are not, and the term of a second in which the former
    were measured: told apart by the field's lines, or by its ends as well where an end is asked for."""
    pitch = tuple(name for name in predicate.terms if name.startswith(_ON_PITCH))
    others = tuple(name for name in predicate.terms if not name.startswith(_ON_PITCH))
    ends = any(name.removeprefix(_ON_PITCH) in PITCH_SIDED for name in pitch)
    return pitch, others, PITCH_SIDES if ends else PITCH_SEEN


def names_for(predicate: Predicate, terms: Terms) -> tuple[str, ...] | None:
    """The alternatives that count in a second: of places those on the pitch where they were measured, else those in
    the picture; None where only the pitch could tell and was not recognised."""
    if predicate.kind != "place":
        return predicate.terms
    pitch, others, seen = places_asked(predicate)
    if not pitch:
        return others
    return pitch if seen in terms else others or None


def is_measured(kind: str, terms: Terms) -> bool:
    """Whether the terms say anything of this kind, one of `UNSURE_WHEN_MISSING`."""
    return not NAMES[kind].isdisjoint(terms)


def truths(predicates: Sequence[Predicate], rows: Sequence[Terms]) -> Array:
    """(rows, predicates) degrees of truth: `truth` for many rows at once."""
    values = np.zeros((len(rows), len(predicates)))
    for j, predicate in enumerate(predicates):
        column = values[:, j]
        if predicate.kind == "place" and places_asked(predicate)[0]:
            column[:] = [truth(predicate, terms) for terms in rows]
            continue
        for name in predicate.terms:
            found = [terms.get(name, 0.0) for terms in rows]
            if predicate.kind == "motion":
                column += found
            else:
                np.maximum(column, found, out=column)
        unseen: list[int] = []
        if predicate.kind in UNSURE_WHEN_MISSING:
            names = NAMES[predicate.kind]
            unseen = [int(i) for i in np.flatnonzero(column == 0.0) if names.isdisjoint(rows[int(i)])]
        np.clip(column, 0.0, 1.0, out=column)
        if predicate.negated:
            np.subtract(1.0, column, out=column)
        column[unseen] = UNKNOWN_NOT if predicate.negated else UNKNOWN
    return values


def weight_of(predicate: Predicate) -> float:
    """How much a predicate counts beside others."""
    return WEIGHTS.get(predicate.kind, 1.0)


def clauses(predicates: Sequence[Predicate]) -> list[list[list[int]]]:
    """The predicates as an "and" of choices: for each its branches, for each branch the indices of its predicates.

    What belongs to no choice is one of its own.
    """
    found: dict[int, dict[int, list[int]]] = {}
    for index, predicate in enumerate(predicates):
        key = predicate.either or -1 - index
        found.setdefault(key, {}).setdefault(predicate.branch, []).append(index)
    return [list(branches.values()) for branches in found.values()]


def _by_clause(values: Array, predicates: Sequence[Predicate]) -> tuple[Array, Array, Array]:
    """(..., clauses) mean logarithm of the best branch and least value of the best branch; (clauses,) weights."""
    logs = np.log(np.maximum(values, FLOOR))
    weights = np.array([weight_of(predicate) for predicate in predicates])
    every = clauses(predicates)
    if len(every) == len(predicates):
        return logs, values, weights
    means = [
        [(logs[..., branch] * weights[branch]).sum(axis=-1) / weights[branch].sum() for branch in branches]
        for branches in every
    ]
    least = [np.max([values[..., branch].min(axis=-1) for branch in branches], axis=0) for branches in every]
    shares = [max(float(weights[branch].sum()) for branch in branches) for branches in every]
    best = [np.max(branches, axis=0) for branches in means]
    return np.stack(best, axis=-1), np.stack(least, axis=-1), np.array(shares)


def conjunction(values: Array, predicates: Sequence[Predicate]) -> Array:
    """Weighted geometric mean over the last axis, of each choice its best branch; 1 where there is no predicate."""
    if not predicates:
        return np.ones(values.shape[:-1])
    logs, _, weights = _by_clause(values, predicates)
    return np.asarray(np.exp((logs * weights).sum(axis=-1) / weights.sum()))


def together(values: Array, predicates: Sequence[Predicate]) -> Array:
    """How far all changing predicates hold in one second: the geometric mean alone would forgive one false of many."""
    logs, least, weights = _by_clause(values, predicates)
    mean = np.exp((logs * weights).sum(axis=-1) / weights.sum())
    return np.asarray(0.5 * mean + 0.5 * least.min(axis=-1))


def trust(seconds: float) -> float:
    """How far a moment is believed in which all holds for so many seconds: one bad measurement makes one of them."""
    return 1.0 - SHORT_DOUBT * float(np.exp(-seconds / SHORT_SECONDS))


def staying(seconds: float) -> float:
    """How far a track is worth showing for what holds throughout: of two that fit alike, the one seen longer.

    A short one is more often a piece of somebody, or nobody; and there is less to watch.
    """
    return 1.0 - BRIEF_DOUBT * float(np.exp(-seconds / BRIEF_SECONDS))


def stretch(similarity: Array | float, cosines: tuple[float, float]) -> Array:
    """Cosines as 0..1 over the range that they reach: see `Query.cosines`."""
    low, high = cosines
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
    weight = similarity_weight(query)
    fulfilment = max(
        float(conjunction(truths(predicates, [terms]), predicates)[0]) for predicates in in_steps(measured(query))
    )
    return float((1.0 - weight) * fulfilment + weight * float(stretch(similarity, query.cosines)))
