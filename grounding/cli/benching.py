"""`bench`: what indexing costs, beside decoding alone; looking closer; the ball; the clock; stitching."""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grounding.cli.benching_actions import add_actions
from grounding.cli.benching_ball import add_ball
from grounding.cli.benching_clock import add_clock
from grounding.cli.benching_gpu import add_gpu
from grounding.cli.benching_kits import add_kits
from grounding.cli.benching_parse import add_parse
from grounding.cli.benching_pitch import add_pitch
from grounding.cli.benching_policy import add_policy
from grounding.cli.benching_stitch import add_stitch
from grounding.cli.benching_track import add_track
from grounding.cli.matches import seeds
from grounding.cli.output import follow, write_json, write_note, write_table
from grounding.errors import BadInputError

if TYPE_CHECKING:
    from grounding.bench.indexing import Cost
    from grounding.bench.tiles import Row


def add_commands(commands: Any) -> None:
    """Adds `bench` to the parser."""
    bench = commands.add_parser(
        "bench", help="measure cost and quality; compare figures of one run only, machines are noisy"
    )
    what = bench.add_subparsers(required=True, metavar="WHAT")
    index = what.add_parser("index", help="seconds of video indexed per second, beside decoding alone")
    index.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    index.add_argument("--rate", type=float, default=5.0)
    index.add_argument(
        "--loop",
        type=_minutes,
        metavar="MINUTES",
        help="the curve over the video looped to such lengths, e.g. 1,5,30,90",
    )
    index.add_argument("--work", type=Path, default=None, metavar="DIR", help="where looped videos are kept")
    index.add_argument("--json", action="store_true")
    index.set_defaults(run=_index)
    tiles = what.add_parser("tiles", help="small people found and CPU spent: 640, 960, 1280, tiles, chosen by shot")
    tiles.add_argument("--wide", type=seeds, default=(1,), metavar="SEEDS", help="football from the panoramic camera")
    tiles.add_argument("--broadcast", type=seeds, default=(1,), metavar="SEEDS", help="football as broadcast")
    tiles.add_argument("--seconds", type=int, default=40)
    tiles.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches are kept")
    tiles.add_argument("--json", action="store_true")
    tiles.set_defaults(run=_tiles)
    add_ball(what)
    add_actions(what)
    add_clock(what)
    add_parse(what)
    add_pitch(what)
    add_track(what)
    add_stitch(what)
    add_kits(what)
    add_policy(what)
    add_gpu(what)


def _index(arguments: argparse.Namespace) -> None:
    from grounding.bench.indexing import curve, measure_apart
    from grounding.pipeline import Settings
    from grounding.video import probe
    from grounding.weights import home

    if not arguments.rate > 0:
        raise BadInputError(f"--rate must be positive, got {arguments.rate}")
    settings, costs = Settings(rate=arguments.rate), []
    for video in arguments.videos:
        probe(video)
        if arguments.loop:
            folder = arguments.work or home() / "bench"
            costs += list(curve(video, arguments.loop, folder, settings, write_note))
        else:
            write_note(f"{video.name}: indexing")
            costs.append(measure_apart(video, settings))
    rows = [_index_row(cost) for cost in costs]
    if arguments.json:
        stages = [{name: round(value, 2) for name, value in cost.stages.items()} for cost in costs]
        write_json({"index": [{**row, "stages_s": own} for row, own in zip(rows, stages, strict=True)]})
        return
    write_table(tuple(rows[0]), (tuple(row.values()) for row in rows))
    for cost in costs:
        sys.stdout.write(f"\n{cost.video}: busy seconds of the stages, which run beside each other, and their share\n")
        shares = cost.shares()
        write_table(
            ("stage", "seconds", "share"),
            ((name, f"{value:.1f}", f"{shares[name]:.0%}") for name, value in cost.stages.items()),
        )


def _index_row(cost: Cost) -> dict[str, Any]:
    return {
        "video": cost.video,
        "seconds": round(cost.seconds, 1),
        "decode_s": round(cost.decode_s, 2),
        "index_s": round(cost.index_s, 2),
        "index_cpu_s": round(cost.index_cpu_s, 2),
        "times_real_time": round(cost.times_real_time, 2),
        "times_decoding": round(cost.times_decoding, 2),
        "tracks": cost.tracks,
        "peak_rss_mb": cost.peak_rss_mb,
        "cores": cost.cores,
    }


def _minutes(text: str) -> list[float]:
    minutes = [float(part) for part in text.split(",") if part.strip()]
    if not minutes or min(minutes) <= 0:
        raise argparse.ArgumentTypeError(f"minutes must be positive numbers such as 1,5,30, got {text}")
    return minutes


def _tiles(arguments: argparse.Namespace) -> None:
    from grounding.bench.tiles import BINS, compare
    from grounding.pipeline import Settings
    from grounding.synth import generate, load_truth
    from grounding.synth.camera import Camera
    from grounding.weights import home

    if arguments.seconds < 2:
        raise BadInputError(f"--seconds must be 2 or more, got {arguments.seconds}")
    cameras: tuple[tuple[Camera, tuple[int, ...]], ...] = (
        ("wide", arguments.wide),
        ("broadcast", arguments.broadcast),
    )
    rows: list[Row] = []
    for camera, chosen in cameras:
        for seed in chosen:
            name = f"football {seed} {camera}"
            folder = (arguments.work or home() / "eval") / f"football-{seed}-{camera}-{arguments.seconds}s"
            video, truth = folder / "match.mp4", folder / "match.json"
            if not truth.is_file() or not video.is_file():
                follow(generate("football", seed, arguments.seconds, folder, camera=camera, name="match"), name)
            rows += follow(compare(video, load_truth(truth), name, Settings(), seconds=arguments.seconds), name)
    heights = [f"{low:.0f}-{high:.0f}" for low, high in pairwise(BINS)]
    if arguments.json:
        write_json({"heights": heights, "tiles": [_tiles_json(row) for row in rows]})
        return
    write_table(
        ("match", "looked at", "recall", *heights, "precision", "tracks", "CPU ms", "pixels", "times 640"),
        (
            (
                row.match, row.way, row.recall, *(f"{a / b:.3f}" if b else "-" for a, b in row.by_height),
                row.precision, row.tracks, round(1000 * row.cpu),
                f"{row.pixels:.2f}", f"{row.pixels / next(r.pixels for r in rows if r.match == row.match):.2f}",
            )
            for row in rows
        ),
    )  # fmt: skip


def _tiles_json(row: Row) -> dict[str, Any]:
    return {
        "match": row.match,
        "looked_at": row.way,
        "recall": round(row.recall, 4),
        "by_height": [{"found": found, "true": true} for found, true in row.by_height],
        "precision": round(row.precision, 4),
        "tracker_recall": round(row.tracks, 4),
        "cpu_ms": round(1000 * row.cpu, 1),
        "megapixels": round(row.pixels, 4),
    }
