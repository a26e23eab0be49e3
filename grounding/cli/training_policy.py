"""`train problems` and `train policy`: what generated matches teach, collected once, and the policy made of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from grounding.cli.matches import match_of, seeds
from grounding.cli.output import follow, write_json, write_note, write_table
from grounding.errors import BadInputError
from grounding.types import Smoothing

if TYPE_CHECKING:
    from grounding.rl.problems import Problem
    from grounding.rl.scoring import Row

HEAD = ("kind", "queries", "R@1", "R@5", "m_tIoU", "m_vIoU", "reward", "recall")
MOST_CANDIDATES = 20


def add_commands(what: Any) -> None:
    """Adds `problems` and `policy` to `train`."""
    one = what.add_parser("problems", help="collect queries with their candidates from generated matches, for `policy`")
    one.add_argument("--football", type=seeds, default=(), metavar="SEEDS", help="e.g. 11,12")
    one.add_argument("--basketball", type=seeds, default=(), metavar="SEEDS")
    one.add_argument("--seconds", type=int, default=120)
    one.add_argument("--rounds", type=int, default=0, help="how often each match is asked anew beside its evaluation")
    one.add_argument(
        "--habit", type=float, default=0.0, metavar="S", help="also: first hits put right to begin S earlier"
    )
    one.add_argument("--rate", type=float, default=5.0, help="pictures a second that are tracked")
    one.add_argument("--smoothing", choices=get_args(Smoothing), default="pchip", help="how tracks are drawn")
    one.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches and indexes are kept")
    one.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the problems are kept")
    one.set_defaults(run=_collect)
    one = what.add_parser("pack", help="make one small file of collected problems")
    add_problems(one, "--problems", "files or folders")
    one.add_argument("--keep", type=int, default=6, help="candidates of each query, the best by the rule")
    one.add_argument("--out", type=Path, required=True, metavar="FILE")
    one.set_defaults(run=_pack)
    one = what.add_parser("policy", help="train the embedded policy by reward")
    add_problems(one, "--problems", "what to train on; default: the set that comes with the package")
    one.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run; one that was stopped goes on")
    one.add_argument("--start", type=Path, default=None, metavar="FILE", help="a policy to go on from")
    one.add_argument("--without", default="", metavar="KIND", help="a kind of query to leave out")
    add_config(one)
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=_train)


def add_problems(parser: Any, name: str, words: str) -> None:
    parser.add_argument(name, type=Path, nargs="+", default=None, metavar="FILE", help=words)


def add_config(parser: Any) -> None:
    """The settings of a training that may be changed."""
    parser.add_argument("--reward", choices=("additive", "id", "coupled"), default="additive")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=None)
    parser.add_argument("--warm-up", type=int, default=None, help="steps of imitating the rule first")


def config_of(arguments: argparse.Namespace) -> Any:
    """The `Config` that was asked for."""
    from grounding.rl.train import Config

    given = {"steps": arguments.steps, "warm_up": arguments.warm_up}
    try:
        return Config(reward=arguments.reward, seed=arguments.seed, **{k: v for k, v in given.items() if v is not None})
    except ValueError as error:
        raise BadInputError(f"{error}.") from None


def problems_of(files: Sequence[Path] | None, without: str = "") -> list[Problem]:
    """Those of the files, of folders all, in order; by default those of the package. BadInputError where none is."""
    from grounding.rl.base import base_problems
    from grounding.rl.problems import load

    if files is None:
        found = base_problems()
    else:
        paths = [path for one in files for path in (sorted(one.glob("*.npz")) if one.is_dir() else [one])]
        found = [problem for path in paths for problem in load(path)]
    kept = [one for one in found if not without or one.kind != without]
    if not kept:
        raise BadInputError("There are no problems to train on: collect some with python -m grounding train problems.")
    return kept


def _train(arguments: argparse.Namespace) -> None:
    from grounding.rl import policy as policies
    from grounding.rl.runs import run
    from grounding.rl.scoring import table

    problems = problems_of(arguments.problems, arguments.without)
    start = policies.load(arguments.start) if arguments.start else None
    made_by = "python -m grounding " + " ".join(sys.argv[1:])
    trained = follow(
        run(arguments.out, problems, config_of(arguments), start=start, about={"made_by": made_by}), "policy", "steps"
    )
    before, after = table(problems, None, arguments.reward), table(problems, trained.policy, arguments.reward)
    if arguments.json:
        facts = {"seconds": round(trained.seconds, 2), "megabytes": round(trained.megabytes, 1)}
        write_json({**facts, "parameters": trained.policy.size, "before": rows(before), "after": rows(after)})
        return
    write_both(before, after)
    sys.stdout.write(
        f"\n{trained.policy.size} parameters, {trained.seconds:.1f} s, {trained.megabytes:.0f} MB at most; "
        f"{arguments.out / 'policy.json'}\n"
    )


def rows(found: Sequence[Row]) -> list[dict[str, Any]]:
    return [asdict(row) for row in found]


def write_both(before: Sequence[Row], after: Sequence[Row]) -> None:
    """Two tables, the rule and the policy."""
    for name, found in (("The rule", before), ("The policy", after)):
        sys.stdout.write(f"{name} (first hits; recall: true moments shown by a hit that was not rejected)\n")
        write_table(HEAD, (tuple(asdict(row).values()) for row in found))


def _pack(arguments: argparse.Namespace) -> None:
    from grounding.rl.problems import only, save

    kept = [only(one, arguments.keep) for one in problems_of(arguments.problems) if len(one)]
    save(arguments.out, kept)
    write_note(f"{len(kept)} queries, {sum(len(one) for one in kept)} candidates, {arguments.out.stat().st_size} bytes")


def _collect(arguments: argparse.Namespace) -> None:
    from grounding.pipeline import Models, Settings
    from grounding.rl.problems import save
    from grounding.weights import home

    asked = [("football", seed) for seed in arguments.football]
    asked += [("basketball", seed) for seed in arguments.basketball]
    if not asked:
        raise BadInputError("no seeds given: name some with --football 11,12 or --basketball 11,12")
    work = arguments.work or home() / "eval"
    models, settings = None, Settings(rate=arguments.rate, smoothing=arguments.smoothing)
    for sport, seed in asked:
        name = f"{sport}-{seed}-{arguments.seconds}s"
        target = arguments.out / f"{name}.npz"
        habit = arguments.out / "habit" / f"{name}.npz"
        if target.is_file() and (habit.is_file() or not arguments.habit):
            write_note(f"{name}: kept")
            continue
        models = models or Models.load("embedded")
        match = match_of((sport, seed, arguments.seconds), work, models, settings)
        found = list(_problems(match, models, arguments.rounds, arguments.habit, name))
        save(target, [one for one, _ in found])
        if arguments.habit:
            save(habit, [one for _, one in found if one is not None])
        write_note(f"{name}: {len(found)} queries")


def _problems(
    match: Any, models: Any, rounds: int, habit: float, name: str
) -> Iterator[tuple[Problem, Problem | None]]:
    """Each query of a match as a problem; and its first hit as a reviewer with a habit would put it right."""
    from grounding.retrieve import understand
    from grounding.retrieve.search import propose
    from grounding.rl.habits import put_right
    from grounding.rl.problems import problem
    from grounding.synth import evaluation_queries, training_queries
    from grounding.verify import PredicateVerifier

    truth, index = match
    for one in (*evaluation_queries(truth), *training_queries(truth, rounds)):
        query = understand(one.text, models.embedder)
        proposed = propose([index], query, verifier=PredicateVerifier(), limit=MOST_CANDIDATES)
        items = [(candidate, judged) for candidate, judged in proposed if judged is not None]
        answers = tuple(answer.tube for answer in one.answers)
        corrected = put_right(query, items, answers, habit, kind=one.kind, match=name) if habit else None
        yield problem(query, items, answers, kind=one.kind, match=name), corrected
