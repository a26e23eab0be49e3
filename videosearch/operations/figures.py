"""Figures for Prometheus, counted in the database when they are asked for: no process keeps any of its own.

So every web process gives the same answer, whoever does the work, and a restart forgets nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.db import connection
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from videosearch.operations import facts

WINDOW: Final = "1 hour"
SHARES: Final = (0.5, 0.95)


class Figures(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _table(
            "videosearch_jobs", "Jobs by kind, queue and state.", ("kind", "queue", "state"),
            "SELECT kind, queue, state, count(*) FROM jobs_job GROUP BY 1, 2, 3",
        )  # fmt: skip
        ages = GaugeMetricFamily("videosearch_queue_age_seconds", "What the oldest due job waits.", labels=("queue",))
        waiting = facts.queue_ages()
        for queue in facts.QUEUES:
            ages.add_metric((queue,), waiting.get(queue, 0.0))
        yield ages
        yield _table(
            "videosearch_stage_seconds", f"What jobs took that ended in the last {WINDOW}.", ("kind", "quantile"),
            "SELECT kind, share::text, percentile_cont(share) WITHIN GROUP"
            " (ORDER BY extract(epoch FROM finished_at - started_at))"
            " FROM jobs_job, unnest(%s::float8[]) AS share"
            " WHERE state = 'done' AND finished_at > now() - %s::interval GROUP BY kind, share",
            [list(SHARES), WINDOW],
        )  # fmt: skip
        yield _table(
            "videosearch_search_seconds", f"What searches took in the last {WINDOW}.", ("quantile",),
            "SELECT share::text, percentile_cont(share) WITHIN GROUP (ORDER BY elapsed_ms) / 1000.0"
            " FROM search_query, unnest(%s::float8[]) AS share"
            " WHERE created_at > now() - %s::interval GROUP BY share",
            [list(SHARES), WINDOW],
        )  # fmt: skip
        yield _table(
            "videosearch_searches", f"Searches in the last {WINDOW}.", (),
            "SELECT count(*) FROM search_query WHERE created_at > now() - %s::interval", [WINDOW],
        )  # fmt: skip
        yield _table(
            "videosearch_videos",
            "Videos by status.",
            ("status",),
            "SELECT status, count(*) FROM library_video GROUP BY 1",
        )
        yield _table(
            "videosearch_indexed_seconds", "Seconds of footage that can be searched.", (),
            "SELECT coalesce(sum(indexed_seconds), 0) FROM library_video",
        )  # fmt: skip
        yield _table(
            "videosearch_stored_bytes",
            "Bytes of originals.",
            (),
            "SELECT coalesce(sum(size_bytes), 0) FROM library_video",
        )
        free = shutil.disk_usage(settings.MEDIA_ROOT).free
        yield GaugeMetricFamily("videosearch_media_free_bytes", "Free bytes where footage is kept.", value=free)
        up = GaugeMetricFamily("videosearch_part_ok", "Whether a part is well, as /readyz sees it.", labels=("part",))
        for fact in facts.quick():
            up.add_metric((fact.name,), float(fact.ok))
        yield up


def text() -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    return generate_latest(registry)


def _table(
    name: str, about: str, labels: tuple[str, ...], statement: str, values: list[Any] | None = None
) -> GaugeMetricFamily:
    """A metric out of rows whose last column is the value and whose others are the labels."""
    family = GaugeMetricFamily(name, about, labels=labels)
    with connection.cursor() as cursor:
        cursor.execute(statement, values or [])
        for *found, value in cursor.fetchall():
            family.add_metric([str(label) for label in found], float(value or 0))
    return family
