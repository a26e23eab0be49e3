"""`bench actions`: what is told of what players do, on generated matches; `bench learn`: the curves that tell it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grounding.cli.matches import seeds, video_of
from grounding.cli.output import follow, write_json, write_note, write_table
from grounding.errors import BadInputError

if TYPE_CHECKING:
    from grounding.bench.actions import Judged

TRACKS: Final = ("true", "ours")
_COLUMNS: Final = ("what", "tracks", "said", "right", "precision", "true", "found", "recall", "events", "met", "AP",
            "offered")  # fmt: skip


def add_actions(what: Any) -> None:
    """Adds `actions` and `learn` to the measurements of `bench`."""
    actions = what.add_parser("actions", help="precision, recall and average precision of what players are said to do")
    _add_matches(actions, (143, 144), (222,))
    actions.add_argument("--json", action="store_true")
    actions.set_defaults(run=_actions)
    learn = what.add_parser("learn", help="learn the curves that tell actions, and write them into the package")
    learn.add_argument("--played-football", type=seeds, default=tuple(range(3, 12)), metavar="SEEDS", help="not drawn")
    learn.add_argument("--played-basketball", type=seeds, default=tuple(range(3, 8)), metavar="SEEDS")
    _add_matches(learn, (1,), (1,))
    learn.set_defaults(run=_learn)


def _add_matches(parser: Any, football: tuple[int, ...], basketball: tuple[int, ...]) -> None:
    parser.add_argument("--football", type=seeds, default=football, metavar="SEEDS", help="e.g. 1,2,3")
    parser.add_argument("--basketball", type=seeds, default=basketball, metavar="SEEDS")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches are kept")


def _asked(arguments: argparse.Namespace) -> list[tuple[str, int, int]]:
    asked = [("football", seed, arguments.seconds) for seed in arguments.football]
    asked += [("basketball", seed, arguments.seconds) for seed in arguments.basketball]
    if not asked:
        raise BadInputError("no seeds given: name some with --football 1,2 or --basketball 1,2")
    return asked


def _actions(arguments: argparse.Namespace) -> None:
    from grounding.bench.actions import TERMS, Judged, judge
    from grounding.bench.described import told_of_our_tubes, told_of_true_tubes
    from grounding.bench.kept import seen, true_samples
    from grounding.pipeline import Models, Settings
    from grounding.synth import load_truth
    from grounding.vocabulary import is_offered
    from grounding.weights import home

    models, settings = Models.load("embedded"), Settings()
    sums: dict[str, dict[str, dict[str, Judged]]] = {tracks: {} for tracks in TRACKS}
    for sport, seed, seconds in _asked(arguments):
        video, path = video_of((sport, seed, seconds), arguments.work or home() / "eval")
        truth = load_truth(path)
        results = follow(seen(video, models, settings), f"{video.stem} indexing")
        samples = follow(true_samples(video, truth, models, settings), f"{video.stem} sampling")
        ours, stage = told_of_our_tubes(truth, results, settings)
        for tracks, told in (("true", told_of_true_tubes(truth, stage, samples)), ("ours", ours)):
            own = sums[tracks].setdefault(sport, {})
            for term, judged in judge(told, truth, TERMS).items():
                own[term] = own[term] + judged if term in own else judged
    if arguments.json:
        write_json({
            tracks: {sport: {term: _facts(one) for term, one in own.items()} for sport, own in sports.items()}
            for tracks, sports in sums.items()
        })  # fmt: skip
        return
    rows = []
    for term in TERMS:
        for tracks, sports in sums.items():
            facts = _facts(sum((own[term] for own in sports.values()), Judged()))
            rows.append((term, tracks, *facts.values(), "yes" if is_offered(term) else "no"))
    write_table(_COLUMNS, rows)


def _facts(judged: Judged) -> dict[str, Any]:
    return {
        "said": judged.said, "right": judged.right, "precision": _rounded(judged.precision), "true": judged.true,
        "found": judged.found, "recall": _rounded(judged.recall), "events": judged.events, "met": judged.met,
        "average_precision": _rounded(judged.average_precision),
    }  # fmt: skip


def _rounded(value: float) -> float | None:
    return round(value, 3) if value == value else None


def _learn(arguments: argparse.Namespace) -> None:
    from grounding.bench.kept import seen
    from grounding.bench.learn import learn
    from grounding.describe.learned import WEIGHTS, curves
    from grounding.files import write_atomically
    from grounding.pipeline import Models, Settings
    from grounding.synth import load_truth
    from grounding.weights import home

    models, settings, drawn = Models.load("embedded"), Settings(), []
    for name in _asked(arguments):
        video, path = video_of(name, arguments.work or home() / "eval")
        drawn.append((load_truth(path), follow(seen(video, models, settings), f"{video.stem} indexing")))
    played = [("football", seed) for seed in arguments.played_football]
    played += [("basketball", seed) for seed in arguments.played_basketball]
    learned = follow(learn(played, arguments.seconds, drawn, models.pose), "learning")
    made = {
        "made": "python -m grounding bench learn",
        "seconds": arguments.seconds,
        "played": {"football": list(arguments.played_football), "basketball": list(arguments.played_basketball)},
        "drawn": {"football": list(arguments.football), "basketball": list(arguments.basketball)},
        "curves": {name: curve.as_json() for name, curve in learned.items()},
    }
    write_atomically(WEIGHTS, lambda file: file.write(f"{json.dumps(made, indent=1)}\n".encode()))
    curves.cache_clear()
    write_note(f"{len(learned)} curves written to {WEIGHTS.name}")
    sys.stdout.write(json.dumps(sorted(learned)) + "\n")
