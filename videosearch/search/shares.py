"""How common each term is, from a sample of the rows: the way to the rows is chosen by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Final

from django.db import connection

from grounding.types import Predicate
from videosearch.lib.caching import process_cache

SAMPLED: Final = 8_000
"""Rows looked at, of the whole table."""

KNOWN_SECONDS: Final = 60

HELD: Final = 0.4
"""Degree of truth from which a term counts as held, here and where rows are filtered by it."""


@dataclass(frozen=True, slots=True)
class Shares:
    """rows: how many there are in reach, about, and of the whole table as a share; shares: of each term, how many of
    them hold it."""

    rows: float
    part: float
    sampled: int
    shares: Mapping[str, float]

    def expected(self, predicates: Sequence[Predicate]) -> float:
        """About how many rows hold all of them, as if they did not depend on each other."""
        return self.rows * prod(map(self._of, predicates))

    def _of(self, predicate: Predicate) -> float:
        least = 0.5 / max(1, self.sampled)
        share = min(1.0, sum(self.shares.get(name, 0.0) for name in predicate.terms))
        return max(least, 1.0 - share if predicate.negated else share)


def shares(key: str, condition: str, parameters: Sequence[Any]) -> Shares:
    """Of the rows `o` under a condition; remembered for a minute under its key."""
    known = process_cache.get(f"search:shares:{key}")
    if known is None:
        known = _looked_up(condition, parameters)
        process_cache.set(f"search:shares:{key}", known, KNOWN_SECONDS)
    return known  # type: ignore[no-any-return]


def _looked_up(condition: str, parameters: Sequence[Any]) -> Shares:
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = 'indexing_observation'::regclass")
        total = float(cursor.fetchone()[0])
        percent = min(100.0, 100.0 * SAMPLED / total)
        statement = f"""
            WITH sample AS MATERIALIZED (
                SELECT o.id, o.terms FROM indexing_observation o TABLESAMPLE SYSTEM (%s) REPEATABLE (7)
                WHERE {condition} LIMIT %s
            )
            SELECT NULL, count(*) FROM sample
            UNION ALL
            SELECT held.key, count(*) FROM sample, jsonb_each_text(terms) AS held
            WHERE held.value::float8 >= %s GROUP BY held.key
        """  # noqa: S608 - only a fixed expression with placeholders is put in
        cursor.execute(statement, [percent, *parameters, 4 * SAMPLED, HELD])
        counts = dict(cursor.fetchall())
    sampled = int(counts.pop(None, 0))
    rows = sampled * 100.0 / percent
    return Shares(
        rows, min(1.0, rows / total), sampled, {name: count / max(1, sampled) for name, count in counts.items()}
    )
