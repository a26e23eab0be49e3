"""How searching behaves at size: generated rows, the product's own statement, and faiss beside.

    python -m videosearch.local size [--rows 1000000] [--vectors clustered|unclustered] [--keep DIR] [--json]

Libraries hold 100, 10, 1 and 0.1 % of the rows. Clustered vectors are those of real sentences of the embedded profile
with a little noise each; unclustered ones are random, the worst there is. Recall is of the ten nearest by meaning,
against every row compared. Compare figures of one run only.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import psutil

from videosearch.local.children import ServerError
from videosearch.local.generated import SHARES, Generated, Question, generate, questions
from videosearch.local.ports import any_free
from videosearch.local.postgres import Postgres

if TYPE_CHECKING:
    from grounding.types import Query
    from videosearch.search.retrieval import Second

ROUNDS: Final = 100
WARMING: Final = 150
NEAREST: Final = 10
_SERVER: Final = {"shared_buffers": "6GB", "maintenance_work_mem": "7GB", "max_wal_size": "16GB", "fsync": "off"}


@dataclass(frozen=True, slots=True)
class Row:
    """One library and one way of asking: milliseconds of the statement by the clock, its mean
    CPU (which other work does not change much), and recall of the nearest ten."""

    library: str
    asked: str
    p50: float
    p95: float
    cpu: float
    recall: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """seconds: what each step took; megabytes: what each relation takes on disk."""

    rows: int
    vectors: str
    seconds: dict[str, float]
    megabytes: dict[str, float]
    table: tuple[Row, ...]


def add_command(commands: Any) -> None:
    """Adds `size` to the parser."""
    size = commands.add_parser("size", help="the search statement over millions of rows, beside faiss")
    size.add_argument("--rows", type=int, default=1_000_000)
    size.add_argument("--vectors", choices=("clustered", "unclustered"), default="clustered")
    size.add_argument("--keep", type=Path, help="keep the database in this folder, and use the one that is there")
    size.add_argument("--no-faiss", dest="faiss", action="store_false")
    size.add_argument("--json", action="store_true")
    size.set_defaults(main=main)


def main(arguments: argparse.Namespace) -> int:
    """Raises: ServerError."""
    if not 10_000 <= arguments.rows <= 20_000_000:
        raise ServerError("Give 10,000 to 20,000,000 rows.")
    with _home(arguments.keep) as home, _database(home) as fresh:
        figures = measure(arguments.rows, arguments.vectors, home, fresh=fresh, faiss=arguments.faiss)
    if arguments.json:
        from grounding.cli.output import write_json

        write_json(asdict(figures))
    else:
        _print(figures)
    return 0


def measure(rows: int, vectors: str, home: Path, *, fresh: bool, faiss: bool) -> Figures:
    """Fills the database (where it is fresh), asks, and asks faiss the same."""
    from videosearch.local import filling

    generated = generate(rows, clustered=vectors == "clustered", home=home)
    seconds: dict[str, float] = {}
    if fresh:
        seconds |= filling.fill(generated, _say)
    asked = questions(generated, ROUNDS)
    _warm(questions(generated, WARMING, seed=9))
    table = [row for name in SHARES for row in _library(name, generated, asked)]
    if faiss:
        table += _faiss(generated, asked, seconds)
    return Figures(rows, vectors, seconds, filling.megabytes(), tuple(table))


def _warm(asked: list[Question]) -> None:
    """A server that has run for a while holds its index in memory: other questions first, untimed."""
    from grounding.types import Query
    from videosearch.local import filling
    from videosearch.search import retrieval

    for name in SHARES:
        scope = filling.scope(name)
        for one in asked:
            retrieval.best_seconds(scope, Query(one.text, (), one.text, one.vector))
            retrieval.best_seconds(scope, one.query)


def _library(name: str, generated: Generated, asked: list[Question]) -> Iterator[Row]:
    """Sentences by their meaning alone with recall, then as the product reads them."""
    from grounding.types import Query

    inside = generated.inside(name)
    alone = [Query(one.text, (), one.text, one.vector) for one in asked]
    times, cpu, answers = _timed(name, alone)
    keys = [[(second.track, second.second) for second in seconds[:NEAREST]] for seconds in answers]
    found = _recall(generated, asked, inside, keys)
    yield _told(Row(name, "by meaning", *_milliseconds(times), cpu, found))
    if generated.clustered:
        times, cpu, _ = _timed(name, [one.query for one in asked])
        yield _told(Row(name, "as read", *_milliseconds(times), cpu, None))


def _timed(name: str, queries: list[Query]) -> tuple[list[float], float, list[list[Second]]]:
    """Seconds of each search by the clock, mean milliseconds of CPU (ours and the server's), and what was found."""
    from django.db import connection

    from videosearch.local import filling
    from videosearch.search import retrieval

    scope = filling.scope(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(int(cursor.fetchone()[0]))
    spent = _cpu(server)
    times, answers = [], []
    for query in queries:
        began = time.perf_counter()
        answers.append(retrieval.best_seconds(scope, query))
        times.append(time.perf_counter() - began)
    return times, round(1000 * (_cpu(server) - spent) / len(queries), 2), answers


def _cpu(server: psutil.Process) -> float:
    used = server.cpu_times()
    return float(used.user + used.system) + time.process_time()


def _recall(
    generated: Generated, asked: list[Question], inside: np.ndarray, found: list[list[tuple[int, int]]]
) -> float:
    """Mean share of the ten found that are at least as near as the tenth nearest: rows may be equally near."""
    tenth = generated.similarity_of_nearest(np.array([one.vector for one in asked]), inside, NEAREST)
    shares = []
    for one, keys, least in zip(asked, found, tenth, strict=True):
        near = generated.similarity(one.vector, np.array([generated.row_of(key) for key in keys], np.int64))
        shares.append(float((near >= least - 1e-3).sum() / NEAREST))
    return float(np.mean(shares))


def _milliseconds(times: list[float]) -> tuple[float, float]:
    p50, p95 = np.percentile(np.array(times) * 1000, [50, 95])
    return round(float(p50), 2), round(float(p95), 2)


def _faiss(generated: Generated, asked: list[Question], seconds: dict[str, float]) -> list[Row]:
    """The same graph by faiss-cpu, in memory and in single precision; a filter is a set of ids there."""
    import faiss

    faiss.omp_set_num_threads(2)
    graph = faiss.IndexHNSWFlat(generated.vectors.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = 64
    began = time.perf_counter()
    for start in range(0, generated.rows, 100_000):
        graph.add(generated.vectors[start : start + 100_000].astype(np.float32))
    seconds["faiss: build"] = round(time.perf_counter() - began, 1)
    faiss.omp_set_num_threads(1)
    table = []
    for name in SHARES:
        inside = generated.inside(name)
        only = None if name == "100 %" else faiss.IDSelectorBatch(inside)
        chosen = {"sel": only} if only is not None else {}
        settings = faiss.SearchParametersHNSW(efSearch=100, **chosen)  # type: ignore[attr-defined]
        times: list[float] = []
        found: list[list[tuple[int, int]]] = []
        for one in asked:
            began = time.perf_counter()
            _, ids = graph.search(one.vector[None], NEAREST, params=settings)
            times.append(time.perf_counter() - began)
            found.append([generated.key_of(int(i)) for i in ids[0] if i >= 0])
        cpu = round(1000 * sum(times) / len(times), 2)
        recall = _recall(generated, asked, inside, found)
        table.append(_told(Row(name, "faiss, ef 100", *_milliseconds(times), cpu, recall)))
    return table


@contextmanager
def _home(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="videosearch-size-") as name:
        Path(name).chmod(0o755)  # when we are root, the database server is somebody else
        yield Path(name)


@contextmanager
def _database(home: Path) -> Iterator[bool]:
    """A server of its own, with our tables; whether they are new."""
    server = Postgres(home, any_free(), _SERVER)
    fresh = not (home / "filled").exists()
    server.start(tied=True)
    try:
        server.create_database()
        os.environ |= {"DATABASE_URL": server.url(), "VIDEOSEARCH_HOME": str(home), "SECRET_KEY": "only for measuring"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videosearch.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        yield fresh
        (home / "filled").touch()
    finally:
        server.stop()


def _print(figures: Figures) -> None:
    from grounding.cli.output import write_table

    sys.stdout.write(f"{figures.rows:,} rows, {figures.vectors}\n")
    write_table(("step", "seconds"), tuple(figures.seconds.items()))
    write_table(("on disk", "MB"), tuple(figures.megabytes.items()))
    write_table(
        ("library", "asked", "p50 ms", "p95 ms", "CPU ms", "recall@10"),
        tuple(
            (row.library, row.asked, row.p50, row.p95, row.cpu, "" if row.recall is None else row.recall)
            for row in figures.table
        ),
    )


def _told(row: Row) -> Row:
    """Said as it comes: a run over millions of rows takes an hour, and may not live to print its table."""
    _say(" ".join(map(str, asdict(row).values())))
    return row


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
