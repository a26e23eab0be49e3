"""What the running application costs: search on the page, memory of all processes, indexing through the workers.

    python -m videosearch.local bench [--home DIR] [--json]

With `--home` it measures what runs on that data folder; without, it starts the application on one of its own and stops
it again. Compare figures of one run only: each comes beside a yardstick measured in the same minute.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from grounding.vocabulary import COLOURS, DIRECTIONS, PLACES
from videosearch.local import running
from videosearch.local.children import ServerError
from videosearch.local.running import Running
from videosearch.local.usage import Usage, watching
from videosearch.local.visitor import Visitor

SEED: Final = 9
SECONDS: Final = 120.0
REQUESTS: Final = 200
AT_ONCE: Final = 10
STATIC: Final = "/static/css/app.css"
_REST_SECONDS: Final = 5.0
_LIMIT: Final = 1200.0


def add_command(commands: Any) -> None:
    """Adds `bench` to the parser."""
    bench = commands.add_parser("bench", help="measure search, memory and indexing of the whole application")
    bench.add_argument("--home", type=Path, help="data folder of an application that runs (default: start one)")
    bench.add_argument("--requests", type=int, default=REQUESTS)
    bench.add_argument("--at-once", type=int, default=AT_ONCE)
    bench.add_argument("--seconds", type=float, default=SECONDS, help="length of the rendered match")
    bench.add_argument("--video", type=Path, help="index this file instead of a rendered match")
    bench.add_argument("--json", action="store_true")
    bench.set_defaults(main=main)


def main(arguments: argparse.Namespace) -> int:
    """Raises: ServerError, VisitError."""
    if arguments.video is not None and not arguments.video.is_file():
        raise ServerError(f"There is no file {arguments.video}.")
    if arguments.home is not None:
        found = running.find(arguments.home.resolve())
        if found is None:
            sys.stderr.write(f"Nothing runs on {arguments.home}; start it with `make run`, or leave --home out.\n")
            return 1
        _report(measure(found, arguments), as_json=arguments.json)
        return 0
    with running.started() as app:
        _report(measure(app, arguments), as_json=arguments.json)
    return 0


def measure(app: Running, arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures, as a JSON object."""
    visitor = app.visitor()
    library = visitor.make_library("Benchmark")
    load = round(psutil.getloadavg()[0], 2)
    with tempfile.TemporaryDirectory() as folder:
        video = arguments.video.resolve() if arguments.video else _render(Path(folder), arguments.seconds)
        _tell("Memory at rest ...")
        with watching(app) as rest:
            time.sleep(_REST_SECONDS)
        indexing, busy = _indexing(app, visitor, library, video)
    search, answering = _searching(app, visitor, library, arguments)
    return {
        "machine": {"cores": psutil.cpu_count(), "load_before": load},
        "search": search,
        "indexing": indexing,
        "usage": {"rest": asdict(rest), "indexing": asdict(busy), "searching": asdict(answering)},
    }


def _indexing(app: Running, visitor: Visitor, library: str, file: Path) -> tuple[dict[str, float], Usage]:
    """From the first byte sent until the page says that it is ready, beside decoding alone."""
    seconds, decoding = _decode(file)
    _tell(f"Indexing {seconds:.0f} s ...")
    with watching(app) as usage:
        started = time.perf_counter()
        video = visitor.upload(library, file)
        state = visitor.wait_until_over(video, seconds=_LIMIT, every=0.25)
        took = time.perf_counter() - started
    if state != "ready":
        raise ServerError(f"{file.name} was indexed, but its state is {state}.")
    figures = {
        "seconds": round(seconds, 1),
        "took_s": round(took, 2),
        "times_real_time": round(seconds / took, 2),
        "decode_s": round(decoding, 2),
        "times_decoding": round(took / decoding, 2),
    }
    return figures, usage


def _searching(
    app: Running, visitor: Visitor, library: str, arguments: argparse.Namespace
) -> tuple[dict[str, Any], Usage]:
    """The search page, each time with other words, beside a file that is only sent."""
    _tell("Searching ...")
    static = drive(visitor, [(STATIC, {})] * arguments.requests, arguments.at_once)
    inside = library.strip("/").rpartition("/")[2]
    asked = [("/search/", {"q": text, "library": inside}) for text in questions(arguments.requests + AT_ONCE)]
    drive(visitor, asked[-AT_ONCE:], AT_ONCE)  # every process of the server has answered once
    with watching(app) as usage:
        pages = drive(visitor, asked[:-AT_ONCE], arguments.at_once)
    counts = {"requests": arguments.requests, "at_once": arguments.at_once}
    return {**counts, **pages.figures(), "static": static.figures()}, usage


def questions(count: int) -> list[str]:
    """Different sentences of the kinds coaches ask, so that no answer was kept from an earlier one."""
    kits = itertools.cycle(COLOURS)
    shapes = itertools.cycle(
        (
            "number {n} in {colour}",
            "player in {colour} running to the {direction}",
            "{colour} {n} on the {place}",
            "somebody in a {colour} shirt near the ball",
            "goalkeeper in {colour} at the {place} with arms raised, number {n}",
            "who wears {colour} and is sprinting {direction} after minute {n}",
        )
    )
    words = zip(itertools.cycle(range(1, 100)), kits, itertools.cycle(PLACES), itertools.cycle(DIRECTIONS), shapes)
    found: dict[str, None] = {}
    for turn, (n, colour, place, direction, shape) in enumerate(words):
        text = shape.format(n=n, colour=colour, place=place, direction=direction)
        found[text if text not in found else f"{text}, take {turn}"] = None
        if len(found) == count:
            return list(found)
    raise AssertionError("the words do not end")


@dataclass
class Timings:
    """Milliseconds of each request that was answered with 200, and how many were not."""

    ms: list[float] = field(default_factory=list)
    errors: int = 0
    seconds: float = 0.0

    @property
    def median(self) -> float:
        return round(statistics.median(self.ms), 1) if self.ms else 0.0

    def figures(self) -> dict[str, float]:
        ordered = sorted(self.ms)
        p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] if ordered else 0.0
        rate = (len(ordered) + self.errors) / self.seconds if self.seconds else 0.0
        return {"p50_ms": self.median, "p95_ms": round(p95, 1), "per_second": round(rate, 1), "errors": self.errors}


def drive(visitor: Visitor, requests: Sequence[tuple[str, dict[str, str]]], at_once: int) -> Timings:
    """Ask all of it, so many at once, each of them over a connection of its own that stays open."""
    mine = threading.local()
    found, lock = Timings(), threading.Lock()

    def one(request: tuple[str, dict[str, str]]) -> None:
        if not hasattr(mine, "visitor"):
            mine.visitor = visitor.again()
        path, query = request
        started = time.perf_counter()
        answer = mine.visitor.get(path, **query)
        took = 1000 * (time.perf_counter() - started)
        with lock:
            if answer.status == 200:
                found.ms.append(took)
            else:
                found.errors += 1

    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, requests))
    found.seconds = time.perf_counter() - started
    return found


def _render(folder: Path, seconds: float) -> Path:
    from grounding.synth import Written, generate

    _tell(f"Rendering a match of {seconds:.0f} s ...")
    for item in generate("football", SEED, seconds, folder):
        if isinstance(item, Written):
            return item.video
    raise RuntimeError("the match was not written")


def _decode(file: Path) -> tuple[float, float]:
    """How long the video is, and how long it takes to decode it and do nothing with it, by the ffmpeg that makes the
    proxies; both in seconds."""
    from videosearch.lib import engine, ffmpeg

    duration = engine.probe(file).duration
    started = time.perf_counter()
    ffmpeg.run(ffmpeg.output([ffmpeg.source(file).video], Path("/dev/null"), f="null"), timeout=_LIMIT)
    return duration, time.perf_counter() - started


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _report(figures: dict[str, Any], *, as_json: bool) -> None:
    from grounding.cli.output import write_json, write_table

    if as_json:
        write_json(figures)
        return
    search, indexing, usage = figures["search"], figures["indexing"], figures["usage"]
    static = search["static"]
    asked = f"{search['requests']} requests, {search['at_once']} at once"
    rows = [
        (f"search page, p50 ({asked})", f"{search['p50_ms']} ms", f"static file {static['p50_ms']} ms"),
        ("search page, p95", f"{search['p95_ms']} ms", f"static file {static['p95_ms']} ms"),
        ("search page, answers a second", search["per_second"], f"static file {static['per_second']}"),
        ("search page, errors", search["errors"], f"static file {static['errors']}"),
        *((f"memory of all processes, {when}", f"{one['peak_mb']} MB", _parts(one["at_peak_mb"], "MB"))
          for when, one in usage.items()),
        (
            f"indexing {indexing['seconds']:.0f} s of 720p25",
            f"{indexing['took_s']} s, {indexing['times_real_time']} times real time",
            f"decoding alone {indexing['decode_s']} s",
        ),
        *((f"processor time, {when}", f"{sum(one['cpu_s'].values()):.1f} s", _parts(one["cpu_s"], "s"))
          for when, one in usage.items()),
        *((f"cores busy with other things, {when}", one["elsewhere"], f"of {figures['machine']['cores']}")
          for when, one in usage.items()),
    ]  # fmt: skip
    write_table(("what", "figure", "beside it"), rows)


def _parts(sizes: dict[str, float], unit: str) -> str:
    return ", ".join(f"{name} {size} {unit}" for name, size in list(sizes.items())[:5])
