"""`train clips` and `train verifier`: clips for a model that looks, and the adapter that is trained on them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grounding.cli.matches import match_of, seeds, video_of
from grounding.cli.output import write_json, write_note, write_table
from grounding.errors import BadInputError

if TYPE_CHECKING:
    from grounding.tuning.clips import Asked
    from grounding.tuning.settings import Config
    from grounding.verify.looking import Film

NUMBERS = {
    "warm_up": "steps of imitation", "steps": "steps of GRPO", "batch": "rows of a step of imitation",
    "prompts": "clips of a step of GRPO", "group": "answers drawn for each", "at_once": "rows in memory at a time",
    "warm_rate": "rate of learning in imitation", "rate": "in GRPO", "rank": "of the adapter",
    "kl": "weight of the KL term", "form": "weight of the form of an answer", "temperature": "of the answers drawn",
    "tokens": "most of an answer", "every": "steps between checkpoints", "look": "steps between looks at --held",
}  # fmt: skip
SWITCHES = {
    "vision": "the part that sees gets an adapter too", "thoughts": "imitate the reasoning of the clips, too",
    "recompute": "less memory, a third more time",
}  # fmt: skip


def add_commands(what: Any) -> None:
    """Adds `clips` and `verifier` to `train`."""
    one = what.add_parser("clips", help="make clips with numbers drawn on them, for `verifier`")
    one.add_argument("--football", type=seeds, default=(), metavar="SEEDS", help="generated matches, e.g. 11,12")
    one.add_argument("--basketball", type=seeds, default=(), metavar="SEEDS")
    one.add_argument("--seconds", type=int, default=120)
    one.add_argument("--rounds", type=int, default=1, help="how often each match is asked")
    one.add_argument("--tracked", action="store_true", help="what a search proposes is marked, not the true tubes")
    one.add_argument("--thoughts", action="store_true", help="with reasoning by what was measured; needs --tracked")
    one.add_argument("--dataset", default="", metavar="NAME", help="a public set: see `eval`")
    one.add_argument("--annotation", type=Path, default=None, metavar="FILE", help="of the public set")
    one.add_argument("--boxes", type=Path, default=None, metavar="DIR", help="of sets that publish them apart")
    one.add_argument("--videos", type=Path, default=None, metavar="DIR", help="the videos of the public set")
    one.add_argument("--most", type=int, default=2, help="clips of a question")
    one.add_argument("--side", type=int, default=768, help="longer side of the pictures, in pixels")
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches and indexes are kept")
    one.add_argument("--out", type=Path, required=True, metavar="DIR")
    one.set_defaults(run=_clips)
    one = what.add_parser("verifier", help="train an adapter of a model that looks: imitation, then GRPO")
    one.add_argument("--model", required=True, help="the base: an id of `models list`, or local-dir:path")
    one.add_argument("--data", type=Path, nargs="+", required=True, metavar="DIR", help="clips to train on")
    one.add_argument("--held", type=Path, nargs="*", default=(), metavar="DIR", help="clips to answer before and after")
    one.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run; one that was stopped goes on")
    one.add_argument("--start", type=Path, default=None, metavar="DIR", help="an adapter to go on from")
    one.add_argument("--stage", choices=("sft", "grpo", "both"), default="both")
    one.add_argument("--reward", choices=("additive", "id", "coupled"), default="additive")
    one.add_argument("--seed", type=int, default=0)
    for name, words in NUMBERS.items():
        kind = float if name in ("warm_rate", "rate", "kl", "form", "temperature") else int
        one.add_argument(f"--{name.replace('_', '-')}", type=kind, default=None, metavar="N", help=words)
    for name, words in SWITCHES.items():
        one.add_argument(f"--{name}", action="store_true", help=words)
    one.add_argument("--no-judging", action="store_true", help="do not imitate the answers yes and no")
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=_train)


def config_of(arguments: argparse.Namespace) -> Config:
    """The settings that were asked for."""
    from grounding.tuning.settings import Config

    known = {one.name for one in fields(Config)}
    given = {name: value for name, value in vars(arguments).items() if name in known and value is not None}
    try:
        return Config(**given, judging=not arguments.no_judging)
    except ValueError as error:
        raise BadInputError(f"{error}.") from None


def _train(arguments: argparse.Namespace) -> None:
    from grounding.tuning.examples import load
    from grounding.tuning.runs import run
    from grounding.verify.looking.adapters import CONFIG
    from grounding.weights.open_models import FOLDER

    if arguments.start is not None and not (arguments.start / CONFIG).is_file():
        raise BadInputError(f"{arguments.start} holds no adapter.")
    model = f"{FOLDER}{arguments.model}" if Path(arguments.model).expanduser().is_dir() else arguments.model
    done = run(
        arguments.out,
        model,
        [one for folder in arguments.data for one in load(folder)],
        [one for folder in arguments.held for one in load(folder)],
        config_of(arguments),
        start=arguments.start,
        made_by="python -m grounding " + " ".join(sys.argv[1:]),
        say=write_note,
    )
    if arguments.json:
        write_json({"adapter": str(done.adapter), "held_out": done.marks, "costs": done.costs})
        return
    names = ("clips", "reward", "t_iou", "v_iou", "right", "form")
    rows = [
        (moment, kind, *(mark[name] for name in names))
        for moment, table in done.marks.items()
        for kind, mark in table.items()
    ]
    if rows:
        write_table(("held out", "kind", *names), rows)
    write_table(
        ("stage", "steps", "seconds a step", "megabytes"),
        [(n, int(c["steps"]), c["seconds a step"], round(c["megabytes"])) for n, c in done.costs.items()],
    )
    sys.stdout.write(f"\n{done.adapter}\n")


def _clips(arguments: argparse.Namespace) -> None:
    from grounding.tuning.clips import Counts, RuleWriter, clips
    from grounding.tuning.examples import save
    from grounding.verify.looking import FilmFiles

    films: dict[str, Film] = {}
    counts = Counts()
    made = clips(
        _asked(arguments, films), FilmFiles(films.get, arguments.side), counts, most=arguments.most,
        thoughts=RuleWriter() if arguments.thoughts else None,
    )  # fmt: skip
    kept = save(arguments.out, made)
    if not kept:
        raise BadInputError("No clip could be made of what was given.")
    dropped = "".join(f"; {number} left out: {why}" for why, number in counts.dropped.items())
    thought = f", {sum(bool(one.thought) for one in kept)} with reasoning" if arguments.thoughts else ""
    write_note(f"{counts.made} clips, nothing answers in {counts.without} of them{thought}{dropped}")


def _asked(arguments: argparse.Namespace, films: dict[str, Film]) -> Iterator[Asked]:
    """The questions of all that was named; `films` is filled on the way."""
    matches = [("football", seed) for seed in arguments.football]
    matches += [("basketball", seed) for seed in arguments.basketball]
    if not matches and not arguments.dataset:
        raise BadInputError("name matches with --football 1,2 or --basketball 1,2, or a public set with --dataset")
    if arguments.thoughts and not arguments.tracked:
        raise BadInputError("reasoning is written of what was measured: --thoughts needs --tracked")
    if matches:
        yield from _of_matches(arguments, matches, films)
    if arguments.dataset:
        yield from _of_dataset(arguments, films)


def _of_matches(
    arguments: argparse.Namespace, matches: Sequence[tuple[str, int]], films: dict[str, Film]
) -> Iterator[Asked]:
    from grounding.synth import load_truth, training_queries
    from grounding.tuning.sources import of_match
    from grounding.verify.looking import Film
    from grounding.weights import home

    work = arguments.work or home() / "eval"
    for sport, seed in matches:
        name = (sport, seed, arguments.seconds)
        video, told = video_of(name, work)
        truth = load_truth(told)
        films[truth.video] = Film(video, truth.width, truth.height)
        queries = training_queries(truth, arguments.rounds)
        write_note(f"{video.stem}: {len(queries)} questions")
        if arguments.tracked:
            yield from _tracked(name, work, queries)
        else:
            yield from of_match(truth, queries, arguments.seed)


def _tracked(name: tuple[str, int, int], work: Path, queries: Iterable[Any]) -> Iterator[Asked]:
    """What a search of the match proposes for its questions."""
    from grounding.pipeline import Models, Settings
    from grounding.retrieve import understand
    from grounding.retrieve.search import propose
    from grounding.tuning.clips import Asked
    from grounding.verify import PredicateVerifier
    from grounding.verify.looking import best_of

    models = Models.load("embedded")
    _, index = match_of(name, work, models, Settings())
    for one in queries:
        query = understand(one.text, models.embedder)
        items = [(c, j) for c, j in propose([index], query, verifier=PredicateVerifier(), limit=20) if j is not None]
        best = [items[i][0] for i in best_of([judged for _, judged in items])]
        yield Asked(query, best, [answer.tube for answer in one.answers], one.kind, f"{name[0]}-{name[1]}")


def _of_dataset(arguments: argparse.Namespace, films: dict[str, Film]) -> Iterator[Asked]:
    from grounding.data import read_dataset
    from grounding.tuning.sources import of_samples
    from grounding.verify.looking import Film
    from grounding.video.probe import probe

    if arguments.annotation is None or arguments.videos is None:
        raise BadInputError("a public set needs --annotation and --videos")
    samples = list(read_dataset(arguments.dataset, arguments.annotation, arguments.boxes))
    by_name = {name: path for path in sorted(arguments.videos.rglob("*.*")) for name in (path.name, path.stem)}
    for video in {one.video for one in samples}:
        path = by_name.get(video) or by_name.get(Path(video).stem)
        if path is None:
            raise BadInputError(f"{arguments.videos} lacks the video {video}.")
        info = probe(path)
        films[video] = Film(path, info.width, info.height)
    yield from of_samples(samples)
