"""`synth`: a rendered match with its ground truth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from grounding.cli.output import follow, write_json
from grounding.errors import BadInputError


def add_commands(commands: Any) -> None:
    """Adds `synth` to the parser."""
    synth = commands.add_parser("synth", help="render a match and its ground truth; the same seed, the same video")
    synth.add_argument("--sport", choices=("football", "basketball"), required=True)
    synth.add_argument("--seed", type=int, required=True)
    synth.add_argument(
        "--camera",
        choices=("broadcast", "wide"),
        default="broadcast",
        help="broadcast cuts between cameras; wide is one panoramic camera, half of the field in view",
    )
    synth.add_argument(
        "--boards",
        choices=("plain", "varied"),
        default="plain",
        help="varied lays another score board over the same pictures: other places, layouts, clocks",
    )
    synth.add_argument("--seconds", type=int, default=120)
    synth.add_argument("--out", type=Path, required=True, metavar="DIR")
    synth.set_defaults(run=_synth)


def _synth(arguments: argparse.Namespace) -> None:
    from grounding.synth import generate

    if not 2 <= arguments.seconds <= 7200:
        raise BadInputError(f"--seconds must be between 2 and 7200, got {arguments.seconds}")
    made = follow(
        generate(
            arguments.sport,
            arguments.seed,
            arguments.seconds,
            arguments.out,
            camera=arguments.camera,
            boards=arguments.boards,
        ),
        f"{arguments.sport} {arguments.seed}",
    )
    write_json({"video": str(made.video), "truth": str(made.truth)})
