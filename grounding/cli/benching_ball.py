"""`bench ball`: the ball's track, and what is said of players and the ball, on generated matches."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grounding.cli.matches import match_of, seeds
from grounding.cli.output import write_json, write_table
from grounding.errors import BadInputError

if TYPE_CHECKING:
    from grounding.bench.ball import BallScore

_COLUMNS = ("what", "said", "precision", "true", "recall")


def add_ball(what: Any) -> None:
    """Adds `ball` to the measurements of `bench`."""
    ball = what.add_parser("ball", help="recall and precision of the ball, and of who is near it, has it and kicks it")
    ball.add_argument("--football", type=seeds, default=(111, 112), metavar="SEEDS", help="e.g. 1,2,3")
    ball.add_argument("--basketball", type=seeds, default=(211,), metavar="SEEDS")
    ball.add_argument("--seconds", type=int, default=120)
    ball.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches and indexes are kept")
    ball.add_argument("--json", action="store_true")
    ball.set_defaults(run=_ball)


def _ball(arguments: argparse.Namespace) -> None:
    from grounding.bench.ball import score_ball
    from grounding.pipeline import Models, Settings
    from grounding.weights import home

    asked = [("football", seed) for seed in arguments.football]
    asked += [("basketball", seed) for seed in arguments.basketball]
    if not asked:
        raise BadInputError("no seeds given: name some with --football 1,2 or --basketball 1,2")
    models, settings = Models.load("embedded"), Settings()
    sums: dict[str, BallScore] = {}
    for sport, seed in asked:
        work = arguments.work or home() / "eval"
        truth, index = match_of((sport, seed, arguments.seconds), work, models, settings)
        score = score_ball(index, truth)
        sums[sport] = sums[sport] + score if sport in sums else score
    if arguments.json:
        write_json({sport: {name: _facts(score, name) for name in _names(score)} for sport, score in sums.items()})
        return
    for sport, score in sums.items():
        sys.stdout.write(f"{sport}: times of the ball, then player-seconds (kicks: kicks)\n")
        write_table(_COLUMNS, (tuple(_facts(score, name).values()) for name in _names(score)))


def _names(score: BallScore) -> tuple[str, ...]:
    return ("ball", *score.relations)


def _facts(score: BallScore, name: str) -> dict[str, Any]:
    counts = score.ball if name == "ball" else score.relations[name]
    return {
        "what": name, "said": counts.said, "precision": _share(counts.right, counts.said), "true": counts.true,
        "recall": _share(counts.told, counts.true),
    }  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
