"""The command line: index, tracks, search, spot, parse; eval, bench; train; synth, weights, models.

Results go to stdout (a table for people, or JSON with `--json`), progress and errors to stderr. Bad input, or a model
hub out of reach, ends with one line and exit status 2, an interruption with 130; nothing half-written stays in either
case.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from grounding.cli import (
    benching,
    evaluating,
    indexing,
    modelling,
    searching,
    spotting,
    synthesising,
    training,
    weighing,
)
from grounding.errors import BadInputError, GroundingError, HubError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except (BadInputError, HubError) as error:
        return _fail(error, 2)
    except (GroundingError, OSError) as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        return _fail("stopped", 130)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m grounding",
        description="Find who did what, when and where, in sports footage.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (indexing, searching, evaluating, benching, training, synthesising, weighing, modelling, spotting):
        module.add_commands(commands)
    return parser


def _fail(error: object, status: int) -> int:
    sys.stderr.write(f"{' '.join(str(error).split())}\n")
    return status
