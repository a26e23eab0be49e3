"""`weights`: fetch, check and list the models' weights."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from grounding.cli.output import write_json, write_note, write_table
from grounding.errors import WeightsError


def add_commands(commands: Any) -> None:
    """Adds `weights` to the parser."""
    weights = commands.add_parser("weights", help="fetch, check or list the weights of the models")
    weights.add_argument("action", choices=("fetch", "check", "list"))
    weights.add_argument("--json", action="store_true")
    weights.set_defaults(run=_weights)


def _weights(arguments: argparse.Namespace) -> None:
    from grounding import weights

    if arguments.action == "fetch":
        weights.fetch(progress=write_note)
        return
    if arguments.action == "check":
        problems = weights.check()
        if problems:
            raise WeightsError("; ".join(problems))
        sys.stdout.write("All weights are present and are the registered ones.\n")
        return
    rows = [(row.id, row.origin, row.version, row.licence, row.sha256) for row in weights.REGISTRY]
    header = ("id", "origin", "version", "licence", "sha256")
    if arguments.json:
        write_json({"weights": [dict(zip(header, row, strict=True)) for row in rows]})
    else:
        write_table(header, rows)
