"""`train`: what is learnt: the probabilities of hits and answers, the policy, and the model that looks."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grounding.cli import training_policy, training_verifier
from grounding.cli.matches import match_of, seeds
from grounding.cli.output import write_json
from grounding.errors import BadInputError

FOOTBALL_SEEDS = (11, 12, 13)
BASKETBALL_SEEDS = (11, 12)


def add_commands(commands: Any) -> None:
    """Adds `train` to the parser."""
    train = commands.add_parser("train", help="learn from generated matches and other clips")
    what = train.add_subparsers(required=True, metavar="WHAT")
    one = what.add_parser("probability", help="how likely a hit is right, and that a query has an answer")
    one.add_argument("--football", type=seeds, default=FOOTBALL_SEEDS, metavar="SEEDS")
    one.add_argument("--basketball", type=seeds, default=BASKETBALL_SEEDS, metavar="SEEDS")
    one.add_argument("--seconds", type=int, default=120)
    one.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches and indexes are kept")
    one.add_argument("--out", type=Path, default=None, metavar="FILE", help="default: the one inside the package")
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=_probability)
    training_policy.add_commands(what)
    training_verifier.add_commands(what)


def _probability(arguments: argparse.Namespace) -> None:
    from grounding import retrieve
    from grounding.calibrate import fit
    from grounding.files import write_bytes
    from grounding.weights import home

    asked = [("football", seed) for seed in arguments.football]
    asked += [("basketball", seed) for seed in arguments.basketball]
    if not asked:
        raise BadInputError("no seeds given: name some with --football 1,2 or --basketball 1,2")
    work = arguments.work or home() / "eval"
    names = " ".join(f"--{s} {','.join(str(n) for t, n in asked if t == s)}" for s in ("football", "basketball"))
    made_by = f"python -m grounding train probability {names} --seconds {arguments.seconds}"
    fitted = fit(_judged(asked, arguments.seconds, work), made_by)
    target = arguments.out or Path(str(retrieve.__file__)).parent / "probability.json"
    write_bytes(target, (json.dumps(fitted, indent=1) + "\n").encode())
    if arguments.json:
        write_json(fitted)


def _judged(asked: list[tuple[str, int]], seconds: int, work: Path) -> Iterator[Any]:
    from grounding.calibrate import Judged
    from grounding.pipeline import Models, Settings
    from grounding.retrieve import understand
    from grounding.retrieve.search import propose
    from grounding.synth import evaluation_queries
    from grounding.verify import PredicateVerifier

    models, settings = Models.load("embedded"), Settings()
    for sport, seed in asked:
        truth, index = match_of((sport, seed, seconds), work, models, settings)
        for one in evaluation_queries(truth):
            query = understand(one.text, models.embedder)
            proposed = propose([index], query, verifier=PredicateVerifier(), limit=20)
            items = [(candidate, judged) for candidate, judged in proposed if judged is not None]
            yield Judged(query, items, tuple(answer.tube for answer in one.answers))
