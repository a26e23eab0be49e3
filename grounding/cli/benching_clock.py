"""`bench clock`: how well match time and score are read from the score board."""

from __future__ import annotations

import argparse
from functools import reduce
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grounding.cli.matches import seeds
from grounding.cli.output import follow, write_json, write_note, write_table
from grounding.errors import BadInputError

if TYPE_CHECKING:
    from grounding.bench.clock import ClockScore


def add_clock(commands: Any) -> None:
    """Adds `bench clock` to the parser."""
    clock = commands.add_parser("clock", help="match time and score as read from the boards of generated matches")
    clock.add_argument("--football", type=seeds, default=(1, 5, 8), metavar="SEEDS")
    clock.add_argument("--basketball", type=seeds, default=(3, 6), metavar="SEEDS")
    clock.add_argument("--seconds", type=int, default=40)
    clock.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches are kept")
    clock.add_argument("--json", action="store_true")
    clock.set_defaults(run=_clock)


def _clock(arguments: argparse.Namespace) -> None:
    from grounding.bench.clock import measure
    from grounding.describe.boardnetworks import BoardNetworks
    from grounding.synth import generate, load_truth
    from grounding.weights import home

    if arguments.seconds < 2:
        raise BadInputError(f"--seconds must be 2 or more, got {arguments.seconds}")
    networks, scores = BoardNetworks(), {}
    for sport, chosen in (("football", arguments.football), ("basketball", arguments.basketball)):
        for seed in chosen:
            folder = (arguments.work or home() / "eval") / f"{sport}-{seed}-boards-{arguments.seconds}s"
            video, truth = folder / "match.mp4", folder / "match.json"
            name = f"{sport} {seed}"
            if not truth.is_file() or not video.is_file():
                follow(generate(sport, seed, arguments.seconds, folder, boards="varied", name="match"), name)
            write_note(f"{name}: reading")
            scores[name] = measure(video, load_truth(truth), networks)
    if not scores:
        raise BadInputError("Name at least one match with --football or --basketball.")
    rows = [_row(name, score) for name, score in [*scores.items(), ("all", reduce(add, scores.values()))]]
    if arguments.json:
        write_json({"clock": rows})
        return
    write_table(tuple(rows[0]), (tuple(row.values()) for row in rows))


def _row(name: str, score: ClockScore) -> dict[str, Any]:
    return {
        "match": name,
        "board_s": score.seen,
        "right": _share(score.right, score.seen),
        "wrong": _share(score.wrong, score.seen),
        "away_s": score.away,
        "away_right": _share(score.away_right, score.away),
        "away_wrong": _share(score.away_wrong, score.away),
        "first_score": f"{score.first}/{score.matches}",
        "goals": score.goals,
        "found": score.found,
        "false": score.false,
        "cpu_ms_a_second": round(1000 * score.cpu / score.seconds, 1),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
