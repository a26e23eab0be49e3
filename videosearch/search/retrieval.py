"""From a query to the seconds that may answer it: the only place with SQL over vectors.

Each statement has the caller's libraries and the index versions in its WHERE, so rows of other teams and vectors of
other models are never even scored. A row's score is that of `grounding.retrieve.score`, said in SQL by
`expressions`: the weighted geometric mean of how true the predicates are, and the stretched cosine similarity with its
weight.

Up to `EXACT_ROWS` rows in reach every one is scored. Above, a few arms propose rows, through the HNSW index by meaning
or, where what is asked is rare, through the GIN index by the terms; only their union is scored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from grounding.retrieve import score
from grounding.types import Floats, Predicate, Query
from videosearch.lib.caching import process_cache
from videosearch.search.expressions import distance_sql, held_sql, score_sql, similarity_sql, vector_text
from videosearch.search.scope import Scope, columns
from videosearch.search.shares import Shares, shares

EXACT_ROWS: Final = 50_000
"""Up to here an exact scan inside the libraries is as quick as the index and finds all there is."""

TOP: Final = 1000
"""Seconds taken on: enough for the candidates and the heat strips."""

ARM: Final = 100
"""Rows an arm through the vector index proposes in a large library."""

LOOK: Final = (200, 800)
"""How far the vector index is followed at once: where few of its rows are in reach, in small steps until enough of them
are found; where most are, far enough to find the nearest ten."""

MOST: Final = 0.5
"""Share of all rows in reach from which these are most."""

RARE: Final = 1_500
"""Up to about so many rows the term index is the quicker way to what holds them."""

MOST_BRANCHES: Final = 4
"""Branches of a choice that are looked up by themselves; the others are found by meaning."""

MOST_SCANNED: Final = 20_000
"""Rows the vector index is followed for at the most, in each arm."""

REACH_SECONDS: Final = 20
"""That a library is small is believed for so long: counting its rows costs as much as scoring some of them."""

ALIKE: Final = 200
"""Tracks that look like an example among which the words are then looked for."""

EVIDENCE_TRACKS: Final = 30
EVIDENCE_ROWS: Final = 12_000
"""The best tracks are looked at in full, as far as this many rows reach."""


class Likeness(NamedTuple):
    """How much a track looks like the one that was given: the cosine of their appearances."""

    video: str
    track: int
    cosine: float


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
        exact = _is_small(scope) or (scope.narrow and rows_in_reach(scope, EXACT_ROWS + 1) <= EXACT_ROWS)
    if exact:
        return _seconds(*_exact_statement(scope, query, top))
    common = _shares(scope)
    with transaction.atomic():
        # Inside the transaction only: the index goes on until the filter has let enough rows through.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true),"
                " set_config('hnsw.ef_search', %s, true), set_config('hnsw.max_scan_tuples', %s, true)",
                [str(LOOK[common.part >= MOST]), str(MOST_SCANNED)],
            )
        return _seconds(*_armed_statement(scope, query, top, common))


def _seconds(statement: str, parameters: list[Any]) -> list[Second]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(map(Second._make, cursor.fetchall()))


def _is_small(scope: Scope) -> bool:
    """Whether the libraries are small as a whole, from memory where it was known a moment ago."""
    asked = hashlib.sha256(f"{scope.libraries}{scope.versions}".encode()).hexdigest()
    known = process_cache.get(f"search:small:{asked}")
    if known is None:
        known = rows_in_reach(Scope(scope.libraries, scope.versions), EXACT_ROWS + 1) <= EXACT_ROWS
        process_cache.set(f"search:small:{asked}", known, REACH_SECONDS)
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
    similarity, vector = similarity_sql(query)
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


def alike(scope: Scope, appearance: Floats, *, but: int | None = None, top: int = ALIKE) -> list[Likeness]:
    """The tracks in scope that look most like `appearance`, best first, without the track `but` it was taken from.

    There is one such vector a track, hundreds in a match: every one is compared.
    """
    if scope.empty:
        return []
    read, values = scope.read_as
    condition = (
        "v.library_id = ANY(%s) AND t.version_id = ANY(%s) AND t.appearance IS NOT NULL AND t.id IS DISTINCT FROM %s"
    )
    parameters: list[Any] = [list(scope.libraries), list(scope.versions), but]
    if read:
        condition, parameters = f"{condition} AND {read}", [*parameters, *values]
    if scope.videos is not None:
        condition, parameters = f"{condition} AND v.id = ANY(%s)", [*parameters, list(scope.videos)]
    if scope.windows is not None:
        asked = "SELECT 1 FROM unnest(%s::uuid[], %s::int[], %s::int[]) AS asked (video_id, low, high)"
        condition += f" AND EXISTS ({asked} WHERE asked.video_id = v.id AND t.start < asked.high AND t.end > asked.low)"
        parameters += columns(scope.windows)
    statement = f"""
        SELECT v.id::text, t.id, 1 - (t.appearance <=> %s::halfvec) AS cosine
        FROM indexing_track t JOIN library_video v ON v.id = t.video_id
        WHERE {condition}
        ORDER BY cosine DESC, t.id
        LIMIT %s
    """  # noqa: S608 - only fixed expressions with placeholders are put in
    with connection.cursor() as cursor:
        cursor.execute(statement, [vector_text(appearance), *parameters, top])
        return list(map(Likeness._make, cursor.fetchall()))


def _asked(scope: Scope, query: Query) -> tuple[str, list[Any]]:
    """The scope, without the tracks that are nothing of what is asked: see `score.objects_asked`."""
    where, inside = scope.where
    objects = score.objects_asked(query)
    if not objects:
        return where, inside
    return f"{where} AND (o.terms ?| %s OR o.terms::text NOT LIKE %s)", [*inside, list(objects), '%"object:%']


def _exact_statement(scope: Scope, query: Query, top: int) -> tuple[str, list[Any]]:
    where, inside = _asked(scope, query)
    if not score.measured(query) and query.embedding is not None:
        # The sum keeps the graph out of it.
        distance, vector = distance_sql(query.embedding)
        nearest = f"ORDER BY ({distance}) + 0 LIMIT %s"
        chosen = f"SELECT o.id FROM indexing_observation o WHERE {where} {nearest}"  # noqa: S608
        return _scored(chosen, [*inside, *vector, min(top, ARM)], query, top)
    scored, parameters = score_sql(query)
    statement = f"""
        SELECT o.video_id::text, o.track_id, o.second, {scored} AS score
        FROM indexing_observation o
        WHERE {where}
        ORDER BY score DESC, o.id
        LIMIT %s
    """  # noqa: S608 - only fixed expressions with placeholders are put in
    return statement, [*parameters, *inside, top]


def _scored(chosen: str, parameters: list[Any], query: Query, top: int) -> tuple[str, list[Any]]:
    """The rows that a statement chose, by score; those of equal score by meaning: scores end at 1 where sentences are
    much alike, distances do not."""
    scored, score_parameters = score_sql(query)
    similarity, vector = similarity_sql(query)
    statement = f"""
        WITH proposed AS MATERIALIZED ({chosen})
        SELECT o.video_id::text, o.track_id, o.second, {scored} AS score
        FROM proposed JOIN indexing_observation o USING (id)
        ORDER BY score DESC, {similarity} DESC, o.id
        LIMIT %s
    """  # noqa: S608 - only fixed expressions with placeholders are put in
    return statement, [*parameters, *score_parameters, *vector, top]


def _armed_statement(scope: Scope, query: Query, top: int, common: Shares) -> tuple[str, list[Any]]:
    """The union of what some arms propose, then scored like everything else: the nearest by meaning; the nearest of
    those that hold all that was asked; and of those that hold what is rarest of it."""
    where, inside = _asked(scope, query)
    groups = _groups(query, common)
    arms: list[tuple[str, list[Any]]] = []
    if query.embedding is not None:
        arms.append(_nearest(where, inside, query.embedding, ARM))
    for group, expected in groups:
        if query.embedding is not None and expected > RARE:
            held, values = held_sql(group)
            arms.append(_nearest(f"{where} AND {held}", [*inside, *values], query.embedding, ARM))
        else:
            arms.append(_rare(where, inside, query, group))
    if not arms:
        arms.append(_rare(where, inside, query, ()))
    proposed = [value for _, values in arms for value in values]
    return _scored(" UNION ".join(text for text, _ in arms), proposed, query, top)


def _shares(scope: Scope) -> Shares:
    """How common terms are in the libraries, whatever else narrows the scope."""
    where, inside = Scope(scope.libraries, scope.versions).where
    return shares(hashlib.sha256(f"{scope.libraries}{scope.versions}".encode()).hexdigest(), where, inside)


def _groups(query: Query, common: Shares) -> list[tuple[list[Predicate], float]]:
    """What rows may be looked up by, and about how many hold it: for each step and branch all that was asked, and the
    rarest thing of it. What nearly every row has is of no use."""
    groups: dict[tuple[Predicate, ...], float] = {}
    for step in score.in_steps(score.measured(query)):
        asked = [one for one in step if one.kind != "object"]
        branches = {(one.either, one.branch) for one in asked if one.either} or {(0, 0)}
        for choice in sorted(branches)[:MOST_BRANCHES]:
            together = [one for one in asked if not one.either or (one.either, one.branch) == choice]
            if together:
                rarest = min(together, key=lambda one: common.expected([one]))
                for group in (tuple(together), (rarest,)):
                    groups[group] = common.expected(group)
    return [(list(group), expected) for group, expected in groups.items()]


def _nearest(where: str, inside: list[Any], vector: Floats, limit: int) -> tuple[str, list[Any]]:
    """Through the vector index, which goes on until the filter has let enough rows through."""
    distance, parameters = distance_sql(vector)
    text = f"(SELECT o.id FROM indexing_observation o WHERE {where} ORDER BY {distance} LIMIT %s)"  # noqa: S608
    return text, [*inside, *parameters, limit]


def _rare(where: str, inside: list[Any], query: Query, group: Sequence[Predicate]) -> tuple[str, list[Any]]:
    """Through the term index: every row that has the terms, the truest first."""
    said, said_parameters = score_sql(replace(query, embedding=None))
    wanted = [one for one in group if not one.negated]
    single = sorted({one.terms[0] for one in wanted if len(one.terms) == 1})
    text, values = where, list(inside)
    if single:
        text, values = f"{text} AND o.terms ?& %s", [*values, single]
    for one in wanted:
        if len(one.terms) > 1:
            text, values = f"{text} AND o.terms ?| %s", [*values, list(one.terms)]
    denied = [one for one in group if one.negated]
    if denied:
        held, held_parameters = held_sql(denied)
        text, values = f"{text} AND {held}", [*values, *held_parameters]
    return (
        f"(SELECT o.id FROM indexing_observation o WHERE {text} ORDER BY {said} DESC LIMIT %s)",  # noqa: S608
        [*values, *said_parameters, RARE],
    )
