"""`bench kits`: the two kits of generated matches, found without a team sheet."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from grounding.cli.matches import match_of, seeds
from grounding.cli.output import write_json, write_table
from grounding.errors import BadInputError


def add_kits(what: Any) -> None:
    """Adds `kits` to the measurements of `bench`."""
    kits = what.add_parser("kits", help="how many people are put into the right kit, found without a team sheet")
    kits.add_argument("--football", type=seeds, default=(11, 12), metavar="SEEDS")
    kits.add_argument("--basketball", type=seeds, default=(11,), metavar="SEEDS")
    kits.add_argument("--seconds", type=int, default=120)
    kits.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches and indexes are kept")
    kits.add_argument("--json", action="store_true")
    kits.set_defaults(run=_kits)


def _kits(arguments: argparse.Namespace) -> None:
    from grounding.bench.kits import score
    from grounding.pipeline import Models, Settings
    from grounding.weights import home

    if arguments.seconds < 2:
        raise BadInputError(f"--seconds must be 2 or more, got {arguments.seconds}")
    models, settings, rows = Models.load("embedded"), Settings(), []
    names = [("football", seed) for seed in arguments.football] + [
        ("basketball", seed) for seed in arguments.basketball
    ]
    for sport, seed in names:
        match = (sport, seed, arguments.seconds)
        truth, index = match_of(match, arguments.work or home() / "eval", models, settings)
        found = score(truth, index)
        rows.append(
            {
                "match": f"{sport} {seed}",
                "true": " and ".join(f"{team.shirt}, {team.shorts} shorts" for team in truth.teams),
                "found": " and ".join(found.teams) or "none",
                "players_s": found.players,
                "right": round(found.right / max(1, found.players), 3),
                "others_s": found.others,
                "apart": round(found.apart / max(1, found.others), 3),
                "named": found.named,
            }
        )
    if arguments.json:
        write_json({"kits": rows})
        return
    write_table(tuple(rows[0]), (tuple(row.values()) for row in rows))
