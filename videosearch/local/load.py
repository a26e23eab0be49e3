"""Many users at once on the application that runs here: they search, play and upload for a while.

    python -m videosearch.local load [--home DIR] [--users 50] [--minutes 10] [--json]

With `--home` it loads what runs on that data folder; without, it starts the application on one of its own, gives it a
short match and stops it again. It asks this machine only. Ends with status 1 if any answer was an error.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from videosearch.local import bench, running
from videosearch.local.children import ServerError
from videosearch.local.running import Running
from videosearch.local.usage import Usage, watching
from videosearch.local.visitor import Answer, VisitError, Visitor

MOST_USERS: Final = 200
MOST_MINUTES: Final = 60.0
SHARES: Final = (("play", 0.3), ("upload", 0.05))
"""What part of the users does what; the others search."""

PART: Final = 512 * 1024
MATCH_SECONDS: Final = 20.0


def add_command(commands: Any) -> None:
    """Adds `load` to the parser."""
    load = commands.add_parser("load", help="many users at once: errors, times of searches, memory")
    load.add_argument("--home", type=Path, help="data folder of an application that runs (default: start one)")
    load.add_argument("--users", type=int, default=50, help=f"at most {MOST_USERS}")
    load.add_argument("--minutes", type=float, default=10.0, help=f"at most {MOST_MINUTES:.0f}")
    load.add_argument("--json", action="store_true")
    load.set_defaults(main=main)


def main(arguments: argparse.Namespace) -> int:
    """Raises: ServerError, VisitError."""
    if not 1 <= arguments.users <= MOST_USERS or not 0 < arguments.minutes <= MOST_MINUTES:
        raise ServerError(f"Give 1 to {MOST_USERS} users and up to {MOST_MINUTES:.0f} minutes.")
    if arguments.home is None:
        with running.started() as app:
            figures = measure(app, arguments.users, 60 * arguments.minutes)
    else:
        found = running.find(arguments.home.resolve())
        if found is None:
            raise ServerError(f"Nothing runs on {arguments.home}; start it with `make run`, or leave --home out.")
        figures = measure(found, arguments.users, 60 * arguments.minutes)
    _report(figures, as_json=arguments.json)
    return 1 if figures["errors"] else 0


@dataclass
class Tally:
    """Milliseconds of each kind of request, and what went wrong; written by all users."""

    ms: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    received: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, ask: Callable[[], Answer], *good: int) -> Answer | None:
        """Ask, and remember how that went; None where the answer was an error."""
        started = time.perf_counter()
        try:
            answer = ask()
            problem = "" if answer.status in good else str(answer.status)
        except (OSError, http.client.HTTPException) as error:
            answer, problem = None, type(error).__name__
        took = 1000 * (time.perf_counter() - started)
        with self._lock:
            if problem:
                self.errors[f"{kind}: {problem}"] += 1
                return None
            self.ms.setdefault(kind, []).append(took)
            self.received += len(answer.body) if answer else 0
        return answer

    def figures(self) -> dict[str, dict[str, float]]:
        return {kind: _percentiles(ms) for kind, ms in sorted(self.ms.items())}


def _percentiles(ms: list[float]) -> dict[str, float]:
    ordered = sorted(ms)
    return {
        "count": len(ordered),
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1),
        "longest_ms": round(ordered[-1], 1),
    }


@dataclass(frozen=True)
class Site:
    """library: its address; video: the id of one that plays and is searched; clip: a small file to upload."""

    library: str
    video: str
    clip: Path


def measure(app: Running, users: int, seconds: float) -> dict[str, Any]:
    """All figures, as a JSON object. Raises: ServerError for an application that is not on this machine."""
    if not re.match(r"http://127\.0\.0\.1:\d+/", app.address):
        raise ServerError(f"Only what runs on this machine is loaded, not {app.address}.")
    visitor, tally, stop = app.visitor(), Tally(), threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        site = _prepare(visitor, Path(folder))
        _tell(f"{users} users for {seconds / 60:.1f} minutes ...")
        with watching(app) as usage:
            threads = [
                threading.Thread(target=_live, args=(visitor.again(), role, site, tally, stop), daemon=True)
                for role in roles(users)
            ]
            for thread in threads:
                thread.start()
            stop.wait(seconds)
            stop.set()
            for thread in threads:
                thread.join(90)
    return _figures(users, seconds, tally, usage)


def _figures(users: int, seconds: float, tally: Tally, usage: Usage) -> dict[str, Any]:
    return {
        "users": users,
        "seconds": seconds,
        "requests": tally.figures(),
        "errors": dict(tally.errors),
        "received_mb": round(tally.received / 1e6, 1),
        "usage": asdict(usage),
    }


def roles(users: int) -> list[str]:
    """What each user does; of two or more, one uploads and one plays."""
    found = [role for role, share in SHARES for _ in range(max(1, round(share * users)))][: users - 1]
    return found + ["search"] * (users - len(found))


def _prepare(visitor: Visitor, folder: Path) -> Site:
    """A library of its own with a match in it that is ready."""
    library = visitor.make_library(f"Load {time.strftime('%H:%M')}")
    clip = _clip(folder / "clip.mp4")
    match = bench._render(folder, MATCH_SECONDS)
    _tell("Indexing it ...")
    video = visitor.upload(library, match)
    state = visitor.wait_until_over(video, seconds=600)
    if state != "ready":
        raise ServerError(f"The match was indexed, but its state is {state}.")
    return Site(library, video, clip)


def _clip(target: Path) -> Path:
    import ffmpeg as build

    from videosearch.lib import ffmpeg

    grass = build.input("testsrc2=size=320x180:rate=25:duration=2", f="lavfi")
    ffmpeg.run(
        ffmpeg.output([grass.video], target, vcodec="libx264", preset="ultrafast", pix_fmt="yuv420p"), timeout=60
    )
    return target


def _live(visitor: Visitor, role: str, site: Site, tally: Tally, stop: threading.Event) -> None:
    """One user until `stop`: a step, then a pause of the length people make."""
    steps = {"search": _searches, "play": _plays, "upload": _uploads}[role](visitor, site, tally)
    rest = random.Random(id(visitor))  # noqa: S311  # nothing secret
    if stop.wait(rest.uniform(0, 5)):  # they do not all come at once
        return
    for pause in steps:
        if stop.wait(pause * rest.uniform(0.5, 1.5)):
            break
    visitor.close()


def _searches(visitor: Visitor, site: Site, tally: Tally) -> Iterator[float]:
    """Ask, look, open the list again as the page does while verdicts arrive."""
    inside = site.library.strip("/").rpartition("/")[2]
    texts = bench.questions(500)
    random.shuffle(texts)
    for text in itertools.cycle(texts):
        query = {"q": text, "library": inside}
        page = tally.note("search", lambda query=query: visitor.get("/search/", **query), 200)  # type: ignore[misc]
        yield 1.0
        polled = re.search(r"/search/[0-9a-f-]{36}/results/", page.text) if page else None
        if polled:
            tally.note("verdicts", lambda path=polled[0]: visitor.get(path), 200, 286)  # type: ignore[misc]
        yield 5.0


def _plays(visitor: Visitor, site: Site, tally: Tally) -> Iterator[float]:
    """Open the page, play part after part as a player does, and sometimes jump."""
    while True:
        page = tally.note("video page", lambda: visitor.get(f"/library/videos/{site.video}/"), 200)
        source = re.search(r'src="(/media/[0-9a-f-]+)"', page.text) if page else None
        at = 0
        for turn in range(20):
            if source is None:
                break
            first = at
            part = tally.note("play", lambda p=source[1], a=first: visitor.part(p, a, a + PART - 1), 206)  # type: ignore[misc]
            size = int(part.headers["Content-Range"].rpartition("/")[2]) if part else PART
            at = random.randrange(size) if turn % 5 == 4 else first + PART  # noqa: S311
            at = at if at < size else 0
            yield 1.0
        yield 2.0


def _uploads(visitor: Visitor, site: Site, tally: Tally) -> Iterator[float]:
    """Send a short clip, which is then prepared and indexed beside all the rest."""
    for number in itertools.count():
        try:
            started = time.perf_counter()
            visitor.send(site.library, site.clip, name=f"clip {number}.mp4")
            with tally._lock:
                tally.ms.setdefault("upload", []).append(1000 * (time.perf_counter() - started))
        except (VisitError, OSError, http.client.HTTPException) as error:
            with tally._lock:
                tally.errors[f"upload: {error}"] += 1
        yield 30.0


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _report(figures: dict[str, Any], *, as_json: bool) -> None:
    from grounding.cli.output import write_json, write_table

    if as_json:
        write_json(figures)
        return
    usage = figures["usage"]
    rows = [
        (kind, f"{one['count']:.0f}", f"{one['p50_ms']} ms", f"{one['p95_ms']} ms", f"{one['longest_ms']} ms")
        for kind, one in figures["requests"].items()
    ]
    write_table(("request", "answered", "p50", "p95", "longest"), rows)
    sizes = ", ".join(f"{name} {size} MB" for name, size in list(usage["at_peak_mb"].items())[:6])
    errors = ", ".join(f"{name} ({count} times)" for name, count in figures["errors"].items()) or "none"
    write_table(
        ("what", "figure", "beside it"),
        [
            ("errors", errors, ""),
            ("memory of all processes", f"{usage['peak_mb']} MB", sizes),
            ("footage sent", f"{figures['received_mb']} MB", ""),
            ("cores busy with other things", str(usage["elsewhere"]), ""),
        ],
    )
