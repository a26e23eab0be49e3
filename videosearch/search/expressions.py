"""The scores of `grounding.retrieve.score`, said in SQL: each expression with its parameters, on rows named `o`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import numpy as np

from grounding.retrieve import score
from grounding.types import Floats, Predicate, Query
from videosearch.indexing.vectors import as_stored, column_of
from videosearch.search.shares import HELD

FEW_NAMES: Final = 20


def similarity_sql(query: Query) -> tuple[str, list[Any]]:
    """The expression of the cosine similarity and its parameters; 0 when the query has no embedding."""
    if query.embedding is None:
        return "0.0::float8", []
    distance, parameters = distance_sql(query.embedding)
    return f"(1 - ({distance}))", parameters


def distance_sql(vector: Floats) -> tuple[str, list[Any]]:
    """The expression of the cosine distance that the vector indexes know, and its parameter."""
    return f"o.{column_of(len(vector))} <=> %s::halfvec", [vector_text(as_stored(vector))]


def score_sql(query: Query) -> tuple[str, list[Any]]:
    """The expression of `score_second` and its parameters."""
    predicates, weight = score.measured(query), score.similarity_weight(query)
    parts: list[str] = []
    parameters: list[Any] = []
    if predicates:
        steps = [_fulfilment(step) for step in score.in_steps(predicates)]
        parts.append(f"%s * exp({_greatest([step for step, _ in steps])})")
        parameters += [1.0 - weight, *(value for _, values in steps for value in values)]
    if query.embedding is not None and weight:
        similarity, vector = similarity_sql(query)
        low, high = query.cosines
        parts.append(f"%s * LEAST(GREATEST(({similarity} - %s) / %s, 0), 1)")
        parameters += [weight, *vector, low, high - low]
    return " + ".join(parts) or "0.0::float8", parameters


def _greatest(expressions: list[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"GREATEST({', '.join(expressions)})"


def _fulfilment(predicates: Sequence[Predicate]) -> tuple[str, list[Any]]:
    """The logarithm of `score.conjunction`: the weighted mean over the clauses, of a choice its best branch."""
    terms: list[str] = []
    parameters: list[Any] = []
    total = 0.0
    for branches in score.clauses(predicates):
        means = [_mean([predicates[i] for i in branch]) for branch in branches]
        share = max(weight for _, _, weight in means)
        terms.append(f"%s * {_greatest([expression for expression, _, _ in means])}")
        parameters += [share, *(value for _, values, _ in means for value in values)]
        total += share
    return f"(({' + '.join(terms)}) / %s)", [*parameters, total]


def _mean(predicates: Sequence[Predicate]) -> tuple[str, list[Any], float]:
    """The weighted mean of the logarithms of how true the predicates are, and the sum of their weights."""
    truths = [_truth(predicate) for predicate in predicates]
    weights = [score.weight_of(predicate) for predicate in predicates]
    if len(truths) == 1:
        return f"ln(GREATEST({truths[0][0]}, %s))", [*truths[0][1], score.FLOOR], weights[0]
    logs = " + ".join(f"%s * ln(GREATEST({expression}, %s))" for expression, _ in truths)
    parameters: list[Any] = []
    for weight, (_, values) in zip(weights, truths, strict=True):
        parameters += [weight, *values, score.FLOOR]
    return f"(({logs}) / %s)", [*parameters, sum(weights)], sum(weights)


def _truth(predicate: Predicate) -> tuple[str, list[Any]]:
    """The truest of the alternatives, of places those of `score.names_for`; `UNKNOWN` for a kind of which nothing was
    measured and which may be unseen."""
    pitch, others, seen = score.places_asked(predicate)
    if pitch:
        unknown = score.UNKNOWN_NOT if predicate.negated else score.UNKNOWN
        elsewhere, held = _truth(replace(predicate, terms=others)) if others else ("%s", [unknown])
        there = f"LEAST(GREATEST({', '.join(['(o.terms ->> %s)::float8'] * len(pitch))}, 0), 1)"
        there = f"1 - {there}" if predicate.negated else there
        return f"(CASE WHEN o.terms ?| %s THEN {there} ELSE {elsewhere} END)", [[seen], *pitch, *held]
    values = ["(o.terms ->> %s)::float8"] * len(predicate.terms)
    if predicate.kind == "motion":
        truest = f"LEAST({' + '.join(f'COALESCE({value}, 0)' for value in values)}, 1)"
    else:
        truest = f"LEAST(GREATEST({', '.join(values)}, 0), 1)"
    if predicate.kind not in score.UNSURE_WHEN_MISSING:
        return f"(1 - {truest})" if predicate.negated else truest, list(predicate.terms)
    names = score.NAMES[predicate.kind]
    # A dozen names are looked up in a quarter of the time it takes to write the terms out; a hundred are not.
    few = len(names) <= FEW_NAMES
    seen = "o.terms ?| %s" if few else "o.terms::text LIKE %s"
    unknown = score.UNKNOWN_NOT if predicate.negated else score.UNKNOWN
    parameters = [*predicate.terms, sorted(names) if few else f'%"{predicate.kind}:%', unknown]
    if predicate.negated:
        return f"COALESCE(1 - NULLIF({truest}, 0), CASE WHEN {seen} THEN 1 ELSE %s END)", parameters
    return f"COALESCE(NULLIF({truest}, 0), CASE WHEN {seen} THEN 0 ELSE %s END)", parameters


def held_sql(group: Sequence[Predicate]) -> tuple[str, list[Any]]:
    """The condition that all of them hold, cheap enough for every row on the way."""
    parts: list[str] = []
    parameters: list[Any] = []
    for predicate in group:
        values = ["COALESCE((o.terms ->> %s)::float8, 0)"] * len(predicate.terms)
        value = " + ".join(values) if predicate.kind == "motion" else _greatest(values)
        parts.append(f"({value}) {'<' if predicate.negated else '>='} %s")
        parameters += [*predicate.terms, HELD]
    return " AND ".join(parts), parameters


def vector_text(vector: Floats) -> str:
    """A vector as pgvector reads it."""
    return _vector_text(np.asarray(vector, np.float32).tobytes())


@lru_cache(maxsize=64)
def _vector_text(vector: bytes) -> str:
    """Of the vector's bytes: one search says the same vector several times."""
    return "[" + ",".join(map("%.6g".__mod__, np.frombuffer(vector, np.float32).tolist())) + "]"
