"""`bench pitch`: how often and how exactly the field is recognised, on generated matches."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grounding.cli.matches import match_of, seeds
from grounding.cli.output import follow, write_json, write_table
from grounding.errors import BadInputError

if TYPE_CHECKING:
    import argparse

    from grounding.bench.pitch import PitchScore
    from grounding.bench.pitch_terms import PlaceScore
    from grounding.synth.camera import Camera

_COLUMNS = ("shots", "pictures", "registered", "median m", "90 % m", "wrong")


def add_pitch(what: Any) -> None:
    """Adds `pitch` to the measurements of `bench`."""
    pitch = what.add_parser("pitch", help="pictures on which the field is recognised, and how exactly")
    pitch.add_argument("--football", type=seeds, default=(145, 146), metavar="SEEDS", help="e.g. 1,2,3")
    pitch.add_argument("--wide", type=seeds, default=(), metavar="SEEDS", help="football from the panoramic camera")
    pitch.add_argument("--basketball", type=seeds, default=(), metavar="SEEDS", help="has to stay unrecognised")
    pitch.add_argument("--seconds", type=int, default=60)
    pitch.add_argument("--harm", default="none", help="none, worn, shadow, blurred or squeezed")
    pitch.add_argument(
        "--terms", action="store_true", help="index the matches as well, and score what is said of where players are"
    )
    pitch.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches and indexes are kept")
    pitch.add_argument("--json", action="store_true")
    pitch.set_defaults(run=_pitch)


def _pitch(arguments: argparse.Namespace) -> None:
    from grounding.bench.pitch import HARMS, measure

    if arguments.harm not in HARMS:
        raise BadInputError(f"--harm is one of {', '.join(HARMS)}, not {arguments.harm}")
    if arguments.seconds < 2:
        raise BadInputError(f"--seconds must be 2 or more, got {arguments.seconds}")
    asked: list[tuple[str, int, Camera]] = [("football", seed, "broadcast") for seed in arguments.football]
    asked += [("football", seed, "wide") for seed in arguments.wide]
    asked += [("basketball", seed, "broadcast") for seed in arguments.basketball]
    if not asked:
        raise BadInputError("no seeds given: name some with --football 1,2")
    if arguments.terms:
        _terms(arguments, [(sport, seed) for sport, seed, camera in asked if camera == "broadcast"])
        return
    sums: dict[str, PitchScore] = {}
    for sport, seed, camera in asked:
        name = sport if camera == "broadcast" else f"{sport}, panoramic camera"
        score = follow(measure(sport, seed, arguments.seconds, camera, arguments.harm), f"{sport} {seed} {camera}")
        sums[name] = sums[name] + score if name in sums else score
    if arguments.json:
        rows = {name: [_row(score, style) for style in score.styles] for name, score in sums.items()}
        write_json({name: {"cpu_s": _cost(score), "shots": rows[name]} for name, score in sums.items()})
        return
    for name, score in sums.items():
        sys.stdout.write(f"{name}: {_cost(score)} CPU seconds a second of video\n")
        write_table(_COLUMNS, (tuple(_row(score, style).values()) for style in score.styles))


def _terms(arguments: argparse.Namespace, asked: list[tuple[str, int]]) -> None:
    from grounding.bench.pitch_terms import score_places
    from grounding.pipeline import Models, Settings
    from grounding.weights import home

    models, settings = Models.load("embedded"), Settings()
    sums: dict[str, PlaceScore] = {}
    for sport, seed in asked:
        name = (sport, seed, arguments.seconds)
        truth, index = match_of(name, arguments.work or home() / "eval", models, settings)
        score = score_places(index, truth)
        sums[sport] = sums[sport] + score if sport in sums else score
    if arguments.json:
        write_json({sport: {"seconds": s.seconds, "seen": s.seen, "places": _places(s)} for sport, s in sums.items()})
        return
    for sport, score in sums.items():
        sys.stdout.write(f"{sport}: a place on the field is known of {score.seen} of {score.seconds} player-seconds\n")
        write_table(("place", "said", "precision", "true", "recall"), (tuple(row.values()) for row in _places(score)))


def _places(score: PlaceScore) -> list[dict[str, Any]]:
    return [
        {
            "place": name, "said": counts.said, "precision": _share(counts.precision), "true": counts.true,
            "recall": _share(counts.recall),
        }
        for name, counts in score.places.items()
        if counts.said or counts.true
    ]  # fmt: skip


def _share(value: float) -> float | None:
    return None if value != value else round(value, 3)


def _cost(score: PitchScore) -> float:
    return round(score.cpu_s / score.seconds, 4)


def _row(score: PitchScore, style: str) -> dict[str, Any]:
    own = score.styles[style]
    return {
        "shots": style, "pictures": own.looked, "registered": round(own.registered / max(own.looked, 1), 3),
        "median_m": _metres(own.quantile(0.5)), "p90_m": _metres(own.quantile(0.9)), "wrong": own.wrong,
    }  # fmt: skip


def _metres(value: float) -> float | None:
    return None if value != value else round(value, 2)
