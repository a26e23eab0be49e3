"""`eval`: the whole chain on generated matches (`synth`), and predicted tubes on public data sets (`tubes`)."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grounding.calibrate import calibration_error
from grounding.cli.evaluating_tubes import add_tubes
from grounding.cli.judging import Judge, add_verifier, films_of, judge_of
from grounding.cli.matches import match_of, seeds
from grounding.cli.output import write_json, write_table
from grounding.errors import BadInputError
from grounding.evaluate import (
    MatchScore,
    Question,
    answer_reliability,
    found_wrongly_denied,
    hit_reliability,
    mean_recall,
    nulls_right,
    of_sport,
    score_match,
    table,
)

if TYPE_CHECKING:
    from grounding.pipeline import Models, Settings
    from grounding.retrieve.search import Found
    from grounding.verify import Verifier

FOOTBALL_SEEDS = (101, 102, 103, 104, 105, 106)
BASKETBALL_SEEDS = (201, 202, 203, 204)
"""Seeds kept for evaluation: none of them may be looked at while building."""


def add_commands(commands: Any) -> None:
    """Adds `eval` to the parser."""
    evaluate = commands.add_parser("eval", help="score tracks and hits against a ground truth")
    dataset = evaluate.add_subparsers(required=True, metavar="DATASET")
    synth = dataset.add_parser("synth", help="generated matches, made and indexed on first use")
    synth.add_argument("--football", type=seeds, default=FOOTBALL_SEEDS, metavar="SEEDS", help="e.g. 1,2,3")
    synth.add_argument("--basketball", type=seeds, default=BASKETBALL_SEEDS, metavar="SEEDS")
    synth.add_argument("--seconds", type=int, default=120)
    synth.add_argument(
        "--queries",
        choices=("evaluation", "file"),
        default="evaluation",
        help="more and harder ones, or the file's own",
    )
    synth.add_argument("--rate", type=float, default=5.0, help="pictures a second; 1 is the strict setting")
    synth.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches and indexes are kept")
    synth.add_argument("--policy", type=Path, default=None, metavar="FILE", help="judge by a trained policy")
    add_verifier(synth)
    synth.add_argument("--misses", action="store_true", help="list the queries whose first hit was wrong")
    synth.add_argument("--json", action="store_true")
    synth.set_defaults(run=_synth)
    add_tubes(dataset)


def _synth(arguments: argparse.Namespace) -> None:
    from grounding.pipeline import Models, Settings
    from grounding.weights import home

    asked = [("football", seed) for seed in arguments.football]
    asked += [("basketball", seed) for seed in arguments.basketball]
    if not asked:
        raise BadInputError("no seeds given: name some with --football 1,2 or --basketball 1,2")
    work = arguments.work or home() / "eval"
    judge = judge_of(arguments, {}, _first(arguments.policy))
    models, settings = Models.load("embedded"), Settings(rate=arguments.rate)
    matches = [_match(one, work, arguments, models, settings, judge) for one in asked]
    if arguments.json:
        write_json(_json(matches))
    else:
        _print(matches, misses=arguments.misses)


def _first(policy: Path | None) -> Verifier:
    from grounding.rl.judge import PolicyVerifier
    from grounding.rl.policy import load
    from grounding.verify import PredicateVerifier

    return PolicyVerifier(load(policy)) if policy else PredicateVerifier()


def _match(
    match: tuple[str, int],
    work: Path,
    arguments: argparse.Namespace,
    models: Models,
    settings: Settings,
    judge: Judge,
) -> MatchScore:
    from grounding.retrieve import understand
    from grounding.retrieve.search import search
    from grounding.synth import evaluation_queries

    truth, index = match_of((*match, arguments.seconds), work, models, settings)
    judge.films.update(films_of([index]))
    asked = evaluation_queries(truth) if arguments.queries == "evaluation" else truth.queries
    questions = [Question(query.text, query.kind, tuple(answer.tube for answer in query.answers)) for query in asked]

    def ask(text: str) -> Found:
        found = search([index], understand(text, models.embedder), verifier=judge.verifier, top=10)
        judge.tell()
        return found

    name = f"{match[0]}-{match[1]}-{arguments.seconds}s"
    return score_match(name, index, [tube.tube for tube in truth.tubes], questions, ask)


def _print(matches: list[MatchScore], *, misses: bool) -> None:
    import sys

    sys.stdout.write("Recall of the tracks (best vIoU of each true tube with any track)\n")
    every = [*matches, MatchScore("all", tuple(v for match in matches for v in match.tube_recall), ())]
    write_table(
        ("match", "tubes", "mean", "above 0.5"),
        (
            (
                m.name,
                len(m.tube_recall),
                mean_recall([m]),
                sum(v > 0.5 for v in m.tube_recall) / max(1, len(m.tube_recall)),
            )
            for m in every
        ),
    )
    sys.stdout.write("\nHits by kind of query (right: vIoU above 0.3 with an answering tube)\n")
    head = ("kind", "queries", "R@1", "R@5", "R@1 at 0.5", "m_tIoU", "m_vIoU")
    write_table(head, (tuple(asdict(row).values()) for row in table(matches)))
    for sport in ("football", "basketball"):
        if 0 < len(of_sport(matches, sport)) < len(matches):
            sys.stdout.write(f"\n{sport.capitalize()}\n")
            write_table(head, (tuple(asdict(row).values()) for row in table(of_sport(matches, sport))))
    right, nulls = nulls_right(matches)
    denied, asked = found_wrongly_denied(matches)
    sys.stdout.write(f'\n"Nothing good" for {right} of {nulls} null queries and, wrongly, {denied} of {asked} others\n')
    for name, rows in (
        ("hit is right", hit_reliability(matches)),
        ("query has an answer", answer_reliability(matches)),
    ):
        sys.stdout.write(f"\nProbability that a {name}: expected calibration error {calibration_error(rows):.3f}\n")
        write_table(("said", "was", "how many"), rows)
    if misses:
        for match in matches:
            for score in match.questions:
                if score.answerable and not score.at_1:
                    sys.stdout.write(f"{match.name}  {score.kind:<10}  vIoU {score.v_iou:.2f}  {score.text}\n")


def _json(matches: list[MatchScore]) -> dict[str, Any]:
    right, nulls = nulls_right(matches)
    denied, asked = found_wrongly_denied(matches)
    return {
        "tracker_recall": round(mean_recall(matches), 4),
        "matches": [
            {"name": m.name, "tubes": len(m.tube_recall), "recall": round(mean_recall([m]), 4)} for m in matches
        ],
        "by_kind": [asdict(row) for row in table(matches)],
        "by_sport": {
            sport: [asdict(row) for row in table(of_sport(matches, sport))] for sport in ("football", "basketball")
        },
        "reliability": {"hits": hit_reliability(matches), "answers": answer_reliability(matches)},
        "nulls": {"right": right, "of": nulls},
        "wrongly_denied": {"count": denied, "of": asked},
    }
