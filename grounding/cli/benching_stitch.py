"""`bench stitch`: what stitching a long match costs, and what is kept in memory until then."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grounding.cli.output import write_json, write_note, write_table
from grounding.errors import BadInputError


def add_stitch(what: Any) -> None:
    """Adds `stitch` to the measurements of `bench`."""
    stitch = what.add_parser("stitch", help="CPU of stitching a generated match that is repeated for so many minutes")
    stitch.add_argument("truth", type=Path, metavar="TRUTH", help="the JSON file beside a match of `synth`")
    stitch.add_argument("--minutes", default="10,30,90", help="such as 10,30,90")
    stitch.add_argument("--no-cuts", action="store_true", help="all of it in one shot")
    stitch.add_argument("--json", action="store_true")
    stitch.set_defaults(run=_stitch)


def _stitch(arguments: argparse.Namespace) -> None:
    from grounding.bench.stitching import measure
    from grounding.pipeline import Settings
    from grounding.synth import load_truth

    try:
        lengths = [float(part) for part in arguments.minutes.split(",")]
    except ValueError:
        lengths = []
    if not lengths or not all(0 < length <= 600 for length in lengths):
        raise BadInputError(f"--minutes must be numbers up to 600 such as 10,30,90, got {arguments.minutes}")
    truth, rows = load_truth(arguments.truth), []
    for length in lengths:
        write_note(f"{length:g} minutes")
        cost = measure(truth, length, Settings(), cuts=not arguments.no_cuts)
        rows.append({**asdict(cost), "cpu_s": round(cost.cpu_s, 2), "kept_mb": round(cost.kept_mb, 1)})
    if arguments.json:
        write_json({"stitch": rows})
    else:
        write_table(tuple(rows[0]), (tuple(row.values()) for row in rows))
