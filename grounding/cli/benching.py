"""`bench index`: what indexing costs, beside decoding alone, in one run."""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grounding.cli.output import follow, write_json, write_table
from grounding.types import Progress


def add_commands(commands: Any) -> None:
    """Adds `bench` to the parser."""
    bench = commands.add_parser("bench", help="measure cost; compare figures of one run only, machines are noisy")
    what = bench.add_subparsers(required=True, metavar="WHAT")
    index = what.add_parser("index", help="seconds of video indexed per second, beside decoding alone")
    index.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    index.add_argument("--rate", type=float, default=5.0)
    index.add_argument("--json", action="store_true")
    index.set_defaults(run=_index)


def _index(arguments: argparse.Namespace) -> None:
    from grounding.pipeline import Models, Settings, index_video

    models = Models.load("embedded")
    rows: list[dict[str, Any]] = []
    for video in arguments.videos:
        started = time.perf_counter()
        seconds = follow(_decode_only(video, arguments.rate), f"{video.name} decoding")
        decoding = time.perf_counter() - started
        started, busy = time.perf_counter(), time.process_time()
        index = follow(index_video(video, models, Settings(rate=arguments.rate)), f"{video.name} indexing")
        elapsed = time.perf_counter() - started
        rows.append(
            {
                "video": video.name,
                "seconds": round(seconds, 1),
                "decode_s": round(decoding, 2),
                "index_s": round(elapsed, 2),
                "index_cpu_s": round(time.process_time() - busy, 2),
                "times_real_time": round(seconds / elapsed, 2),
                "times_decoding": round(elapsed / decoding, 2),
                "tracks": len(index.tracks),
                "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "cores": len(os.sched_getaffinity(0)),
            }
        )
    if arguments.json:
        write_json({"index": rows})
    else:
        write_table(tuple(rows[0]), (tuple(row.values()) for row in rows))


def _decode_only(video: Path, rate: float) -> Iterator[Progress | float]:
    """Reads the same pictures as indexing does and drops them; ends with the last time read, in seconds."""
    from grounding.video import probe, read_frames

    total, last = probe(video).duration, 0.0
    for frame in read_frames(video, rate=rate):
        last = frame.pts
        yield Progress("decode", last, total)
    yield last + 1 / rate
