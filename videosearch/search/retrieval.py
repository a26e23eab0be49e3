"""From a query to the seconds that may answer it: the only place with SQL over vectors.

Each statement has the caller's libraries and the index versions in its WHERE, so rows of other teams and vectors of
other models are never even scored. A row's score is that of `grounding.retrieve.score`, said in SQL: the weighted
geometric mean of how true the predicates are, and the stretched cosine similarity with its weight.

Up to `EXACT_ROWS` rows in reach every one is scored. Above, two arms propose rows, the HNSW index by meaning and the
GIN index by the terms, and only their union is scored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from django.core.cache import cache
from django.db import connection, transaction

from grounding.retrieve import score
from grounding.types import Floats, Predicate, Query

EXACT_ROWS: Final = 50_000
"""Up to here an exact scan inside the libraries is as quick as the index and finds all there is."""

TOP: Final = 1000
"""Seconds taken on: enough for the candidates and the heat strips."""

ARM: Final = 800
"""Rows each arm proposes in a large library."""

REACH_SECONDS: Final = 20
"""That a library is small is believed for so long: counting its rows costs as much as scoring some of them."""

FEW_NAMES: Final = 20

EVIDENCE_TRACKS: Final = 30
EVIDENCE_ROWS: Final = 12_000
"""The best tracks are looked at in full, as far as this many rows reach."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the caller may search: the libraries and the active index versions.

    windows: where times were asked for, the seconds [low, high) of each video in which an answer may lie.
    """

    libraries: tuple[UUID, ...]
    versions: tuple[int, ...]
    windows: Mapping[UUID, tuple[int, int]] | None = None

    @property
    def empty(self) -> bool:
        return not self.libraries or not self.versions or self.windows == {}

    @property
    def where(self) -> tuple[str, list[Any]]:
        """The condition every statement has, and its parameters."""
        condition = "o.library_id = ANY(%s) AND o.version_id = ANY(%s)"
        parameters: list[Any] = [list(self.libraries), list(self.versions)]
        if self.windows is None:
            return condition, parameters
        asked = "SELECT 1 FROM unnest(%s::uuid[], %s::int[], %s::int[]) AS asked (video_id, low, high)"
        parameters += [list(self.windows), *([pair[side] for pair in self.windows.values()] for side in (0, 1))]
        return (
            f"{condition} AND EXISTS ({asked} WHERE asked.video_id = o.video_id"
            " AND o.second >= asked.low AND o.second < asked.high)",
            parameters,
        )


class Second(NamedTuple):
    """One second of one track and how well it fits. `video` and `track` are the keys of their rows."""

    video: str
    track: int
    second: int
    score: float


class SecondEvidence(NamedTuple):
    """One second of one track with what was measured in it."""

    video: str
    track: int
    second: int
    terms: dict[str, float]
    similarity: float


def best_seconds(scope: Scope, query: Query, *, exact: bool | None = None, top: int = TOP) -> list[Second]:
    """The seconds in scope that fit best, best first.

    `exact` forces the way; None chooses by the number of rows in reach.
    """
    if scope.empty or (query.embedding is None and not score.measured(query)):
        return []
    if exact is None:
        exact = _is_small(scope) or (scope.windows is not None and rows_in_reach(scope, EXACT_ROWS + 1) <= EXACT_ROWS)
    if exact:
        return _seconds(*_exact_statement(scope, query, top))
    with transaction.atomic():
        # Inside the transaction only: the index goes on until the filter has let enough rows through.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true),"
                " set_config('hnsw.ef_search', %s, true), set_config('hnsw.max_scan_tuples', '60000', true)",
                [str(min(1000, ARM))],
            )
        return _seconds(*_two_arm_statement(scope, query, top))


def _seconds(statement: str, parameters: list[Any]) -> list[Second]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(map(Second._make, cursor.fetchall()))


def _is_small(scope: Scope) -> bool:
    """Whether the libraries are small as a whole, from memory where it was known a moment ago."""
    asked = hashlib.sha256(f"{scope.libraries}{scope.versions}".encode()).hexdigest()
    known = cache.get(f"search:small:{asked}")
    if known is None:
        known = rows_in_reach(replace(scope, windows=None), EXACT_ROWS + 1) <= EXACT_ROWS
        cache.set(f"search:small:{asked}", known, REACH_SECONDS)
    return bool(known)


def rows_in_reach(scope: Scope, limit: int) -> int:
    """How many rows the scope holds, counted up to `limit`, so that the cost stays small in a large library."""
    where, parameters = scope.where
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM indexing_observation o WHERE {where} LIMIT %s) AS reach",  # noqa: S608
            [*parameters, limit],
        )
        return int(cursor.fetchone()[0])


def evidence(scope: Scope, query: Query, seconds: Iterable[Second]) -> list[SecondEvidence]:
    """What was measured in the tracks of the given seconds, the best tracks first.

    All seconds of a track, as its colours and number are judged over all of it; the times asked for do not matter.
    """
    best = list(dict.fromkeys(one.track for one in seconds))[:EVIDENCE_TRACKS]
    if not best or scope.empty:
        return []
    where, inside = replace(scope, windows=None).where
    similarity, vector = _similarity(query)
    statement = f"""
        SELECT o.video_id::text, o.track_id, o.second, o.terms, {similarity}
        FROM unnest(%s::bigint[]) WITH ORDINALITY AS best (track_id, place)
        JOIN indexing_observation o USING (track_id)
        WHERE {where}
        ORDER BY best.place, o.second
        LIMIT %s
    """  # noqa: S608 - only fixed expressions with placeholders are put in
    with connection.cursor() as cursor:
        cursor.execute(statement, [*vector, best, *inside, EVIDENCE_ROWS])
        rows = cursor.fetchall()
    # Django leaves jsonb as text on raw cursors; read in one go.
    measured = json.loads(f"[{','.join([row[3] for row in rows])}]")
    return [
        SecondEvidence(video, track, second, terms, similarity)
        for (video, track, second, _, similarity), terms in zip(rows, measured, strict=True)
    ]


def _similarity(query: Query) -> tuple[str, list[Any]]:
    """The expression of the cosine similarity and its parameters; 0 when the query has no embedding."""
    if query.embedding is None:
        return "0.0::float8", []
    return "(1 - (o.embedding <=> %s::halfvec))", [vector_text(query.embedding)]


def _score(query: Query) -> tuple[str, list[Any]]:
    """The expression of `score_second` and its parameters."""
    predicates, weight = score.measured(query), score.similarity_weight(query)
    parts: list[str] = []
    parameters: list[Any] = []
    if predicates:
        truths = [_truth(predicate) for predicate in predicates]
        weights = [score.WEIGHTS.get(predicate.kind, 1.0) for predicate in predicates]
        logs = " + ".join(f"%s * ln(GREATEST({expression}, %s))" for expression, _ in truths)
        parts.append(f"%s * exp(({logs}) / %s)")
        parameters.append(1.0 - weight)
        for share, (_, values) in zip(weights, truths, strict=True):
            parameters += [share, *values, score.FLOOR]
        parameters.append(sum(weights))
    if query.embedding is not None and weight:
        similarity, vector = _similarity(query)
        low, high = score.SIMILARITY_RANGE
        parts.append(f"%s * LEAST(GREATEST(({similarity} - %s) / %s, 0), 1)")
        parameters += [weight, *vector, low, high - low]
    return " + ".join(parts) or "0.0::float8", parameters


def _truth(predicate: Predicate) -> tuple[str, list[Any]]:
    """The truest of the alternatives; `UNKNOWN` for a kind of which nothing was measured and which may be unseen."""
    alternatives = ", ".join(["(o.terms ->> %s)::float8"] * len(predicate.terms))
    truest = f"LEAST(GREATEST({alternatives}, 0), 1)"
    if predicate.kind not in score.UNSURE_WHEN_MISSING:
        return truest, list(predicate.terms)
    names = score.NAMES[predicate.kind]
    # A dozen names are looked up in a quarter of the time it takes to write the terms out; a hundred are not.
    few = len(names) <= FEW_NAMES
    seen = "o.terms ?| %s" if few else "o.terms::text LIKE %s"
    unseen = f"CASE WHEN {seen} THEN 0 ELSE %s END"
    parameters = [*predicate.terms, sorted(names) if few else f'%"{predicate.kind}:%', score.UNKNOWN]
    return f"COALESCE(NULLIF({truest}, 0), {unseen})", parameters


def _asked(scope: Scope, query: Query) -> tuple[str, list[Any]]:
    """The scope, without the tracks that are nothing of what is asked: see `score.objects_asked`."""
    where, inside = scope.where
    objects = score.objects_asked(query)
    if not objects:
        return where, inside
    return f"{where} AND (o.terms ?| %s OR o.terms::text NOT LIKE %s)", [*inside, list(objects), '%"object:%']


def _exact_statement(scope: Scope, query: Query, top: int) -> tuple[str, list[Any]]:
    scored, parameters = _score(query)
    where, inside = _asked(scope, query)
    statement = f"""
        SELECT o.video_id::text, o.track_id, o.second, {scored} AS score
        FROM indexing_observation o
        WHERE {where}
        ORDER BY score DESC, o.id
        LIMIT %s
    """  # noqa: S608 - only fixed expressions with placeholders are put in
    return statement, [*parameters, *inside, top]


def _two_arm_statement(scope: Scope, query: Query, top: int) -> tuple[str, list[Any]]:
    """The union of what the vector index and the term index propose, then scored like everything else."""
    where, inside = _asked(scope, query)
    arms: list[str] = []
    parameters: list[Any] = []
    if query.embedding is not None:
        arms.append(_ARM.format(where=where, order="o.embedding <=> %s::halfvec"))
        parameters += [*inside, vector_text(query.embedding), ARM]
    selective = _selective(query)
    if selective:
        said, said_parameters = _score(replace(query, embedding=None))
        arms.append(_ARM.format(where=f"{where} AND o.terms ?| %s", order=f"{said} DESC"))
        parameters += [*inside, selective, *said_parameters, ARM]
    scored, score_parameters = _score(query)
    statement = f"""
        WITH proposed AS MATERIALIZED ({" UNION ".join(arms)})
        SELECT o.video_id::text, o.track_id, o.second, {scored} AS score
        FROM proposed JOIN indexing_observation o USING (id)
        ORDER BY score DESC, o.id
        LIMIT %s
    """  # noqa: S608 - only fixed expressions with placeholders are put in
    return statement, [*parameters, *score_parameters, top]


_ARM: Final = "(SELECT o.id FROM indexing_observation o WHERE {where} ORDER BY {order} LIMIT %s)"


def _selective(query: Query) -> list[str]:
    """The terms worth looking up in the GIN index: nearly every row has its object, so that only if nothing else."""
    groups = score.measured(query)
    rare = [predicate for predicate in groups if predicate.kind != "object"] or groups
    return sorted({name for predicate in rare for name in predicate.terms})


def vector_text(vector: Floats) -> str:
    """A vector as pgvector reads it."""
    return _vector_text(np.asarray(vector, np.float32).tobytes())


@lru_cache(maxsize=64)
def _vector_text(vector: bytes) -> str:
    """Of the vector's bytes: one search says the same vector several times."""
    return "[" + ",".join(map("%.6g".__mod__, np.frombuffer(vector, np.float32).tolist())) + "]"
