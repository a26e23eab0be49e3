"""`eval synth`: the whole chain on generated matches."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grounding.cli.output import follow, write_json, write_table
from grounding.errors import BadInputError
from grounding.evaluate import (
    MatchScore,
    Question,
    found_wrongly_denied,
    mean_recall,
    nulls_right,
    score_match,
    table,
)
from grounding.types import VideoIndex

FOOTBALL_SEEDS = (101, 102, 103, 104, 105, 106)
BASKETBALL_SEEDS = (201, 202, 203, 204)
"""Seeds kept for evaluation: none of them may be looked at while building."""


def add_commands(commands: Any) -> None:
    """Adds `eval` to the parser."""
    evaluate = commands.add_parser("eval", help="score tracks and hits against a ground truth")
    dataset = evaluate.add_subparsers(required=True, metavar="DATASET")
    synth = dataset.add_parser("synth", help="generated matches, made and indexed on first use")
    synth.add_argument("--football", type=_seeds, default=FOOTBALL_SEEDS, metavar="SEEDS", help="e.g. 1,2,3")
    synth.add_argument("--basketball", type=_seeds, default=BASKETBALL_SEEDS, metavar="SEEDS")
    synth.add_argument("--seconds", type=int, default=120)
    synth.add_argument("--rate", type=float, default=5.0, help="pictures a second; 1 is the strict setting")
    synth.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches and indexes are kept")
    synth.add_argument("--misses", action="store_true", help="list the queries whose first hit was wrong")
    synth.add_argument("--json", action="store_true")
    synth.set_defaults(run=_synth)


def _seeds(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part.strip())


def _synth(arguments: argparse.Namespace) -> None:
    from grounding.pipeline import Models, Settings
    from grounding.weights import home

    asked = [("football", seed) for seed in arguments.football]
    asked += [("basketball", seed) for seed in arguments.basketball]
    if not asked:
        raise BadInputError("no seeds given: name some with --football 1,2 or --basketball 1,2")
    work = arguments.work or home() / "eval"
    models, settings = Models.load("embedded"), Settings(rate=arguments.rate)
    matches = [_match(sport, seed, arguments.seconds, work, models, settings) for sport, seed in asked]
    if arguments.json:
        write_json(_json(matches))
    else:
        _print(matches, misses=arguments.misses)


def _match(sport: str, seed: int, seconds: int, work: Path, models: Any, settings: Any) -> MatchScore:
    from grounding.retrieve import understand
    from grounding.retrieve.search import search
    from grounding.synth import generate, load_truth
    from grounding.verify import PredicateVerifier

    name = f"{sport}-{seed}-{seconds}s"
    folder = work / name
    video, truth_file = folder / f"{sport}-{seed}.mp4", folder / f"{sport}-{seed}.json"
    if not truth_file.is_file() or not video.is_file():
        follow(generate(sport, seed, seconds, folder), f"{name} rendering")
    truth = load_truth(truth_file)
    index = _indexed(video, folder / f"index-{settings.version_key()}", models, settings)
    questions = [
        Question(query.text, query.kind, tuple(answer.tube for answer in query.answers)) for query in truth.queries
    ]

    def ask(text: str) -> tuple[str, Any]:
        found = search([index], understand(text, models.embedder), verifier=PredicateVerifier(), top=10)
        return found.answer, found.hits

    return score_match(name, index, [tube.tube for tube in truth.tubes], questions, ask)


def _indexed(video: Path, folder: Path, models: Any, settings: Any) -> VideoIndex:
    from grounding.pipeline import index_video
    from grounding.store import load_indexes, save_index

    if not folder.is_dir():
        save_index(folder, follow(index_video(video, models, settings), f"{video.parent.name} indexing"))
    return load_indexes(folder)[0]


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
    write_table(
        ("kind", "queries", "R@1", "R@5", "R@1 at 0.5", "m_tIoU", "m_vIoU"),
        (tuple(asdict(row).values()) for row in table(matches)),
    )
    right, nulls = nulls_right(matches)
    denied, asked = found_wrongly_denied(matches)
    sys.stdout.write(f'\n"Nothing good" for {right} of {nulls} null queries and, wrongly, {denied} of {asked} others\n')
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
        "nulls": {"right": right, "of": nulls},
        "wrongly_denied": {"count": denied, "of": asked},
    }
