"""`bench track`: ours beside the public trackers, on public ground truth, and the study of rates and smoothings."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grounding.cli.matches import seeds, video_of
from grounding.cli.output import follow, write_json, write_table
from grounding.errors import BadInputError

if TYPE_CHECKING:
    from grounding.bench.remembered import RememberingDetector
    from grounding.bench.track import Run, StudyRun
    from grounding.pipeline.models import Models
    from grounding.synth import Truth
    from grounding.types import Tube

PARTS: Final = ("contest", "public", "study")
_SCORES: Final = ("mean best vIoU", "HOTA", "DetA", "AssA", "IDF1", "MOTA", "switches")
_TIMED: Final = 10

Pairs = list[tuple[Sequence["Tube"], Sequence["Tube"]]]


def add_track(what: Any) -> None:
    """Adds `track` to the measurements of `bench`."""
    track = what.add_parser(
        "track", help="our tracks beside those of public trackers on the same boxes; rates; smoothing"
    )
    track.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all when none is named")
    track.add_argument("--football", type=seeds, default=(101, 102, 103, 104, 105, 106), metavar="SEEDS")
    track.add_argument("--basketball", type=seeds, default=(201, 202, 203, 204), metavar="SEEDS")
    track.add_argument("--rates", type=_rates, default=(5.0, 1.0), metavar="HZ", help="of the contest, e.g. 5,1")
    track.add_argument("--study-rates", type=_rates, default=(1.0, 2.0, 3.0, 5.0, 10.0), metavar="HZ")
    track.add_argument(
        "--study-matches", type=int, default=2, metavar="N", help="first seeds of each sport in the study"
    )
    track.add_argument("--seconds", type=int, default=120)
    track.add_argument("--work", type=Path, default=None, metavar="DIR", help="where matches and detections are kept")
    track.add_argument("--json", action="store_true")
    track.set_defaults(run=_track)


def _rates(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(",") if part.strip())


def _track(arguments: argparse.Namespace) -> None:
    wanted = set(arguments.parts or PARTS)
    if wanted - set(PARTS):
        raise BadInputError(f"there is no part {', '.join(sorted(wanted - set(PARTS)))}; parts are {', '.join(PARTS)}")
    report: dict[str, list[dict[str, Any]]] = {}
    if "public" in wanted:
        report["public"] = _public(arguments.rates)
    if "contest" in wanted:
        report["contest"] = _contest(arguments)
    if "study" in wanted:
        report["study"] = _study(arguments)
    if arguments.json:
        write_json(report)
        return
    for name, rows in report.items():
        sys.stdout.write(f"\n{name}\n")
        write_table(tuple(rows[0]), (tuple(row.values()) for row in rows))


def _public(rates: Sequence[float]) -> list[dict[str, Any]]:
    from grounding.bench.public import public_contest

    rows = []
    for rate in rates:
        for found in public_contest(rate):
            facts = {"sequence": found.sequence, "boxes": found.boxes, "Hz": rate, "tracker": found.run.contestant}
            rows.append({**facts, **_scores([(found.run.tubes, found.true)])})
    return rows


def _contest(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Rows by sport and over both, for each rate and contestant."""
    from grounding.bench.track import contest

    found: dict[tuple[float, str, str], list[tuple[Run, Truth]]] = {}
    for sport, seed in _matches(arguments):
        video, truth, models, detector = _ready(sport, seed, arguments)
        for rate in arguments.rates:
            for run in follow(contest(video, models, rate), f"{sport} {seed} at {rate:g} Hz"):
                for group in (sport, "all"):
                    found.setdefault((rate, group, run.contestant), []).append((run, truth))
        detector.save()
    rows = []
    for (rate, group, name), runs in sorted(found.items(), key=lambda item: (-item[0][0], item[0][1])):
        minutes = sum(truth.seconds for _, truth in runs) / 60
        cost = sum(run.seconds for run, _ in runs) / minutes
        pairs: Pairs = [(run.tubes, _true(truth)) for run, truth in runs]
        rows.append({"Hz": rate, "matches": group, "tracker": name, **_scores(pairs), "s a minute": round(cost, 2)})
    return rows


def _study(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    from grounding.bench.track import mean_best_viou, study

    found: dict[tuple[float, str], list[tuple[StudyRun, Truth]]] = {}
    costs: list[float] = []
    for sport, seed in _matches(arguments, arguments.study_matches):
        video, truth, models, detector = _ready(sport, seed, arguments)
        costs.append(_seconds_a_picture(video, detector))
        for run in follow(study(video, models, detector, arguments.study_rates), f"{sport} {seed} study"):
            found.setdefault((run.rate, run.smoothing), []).append((run, truth))
        detector.save()
    rows = []
    for (rate, smoothing), runs in found.items():
        pairs: Pairs = [(run.tubes, _true(truth)) for run, truth in runs]
        minutes = sum(truth.seconds for _, truth in runs) / 60
        detecting = sum(run.looked * cost for (run, _), cost in zip(runs, costs, strict=True)) / minutes
        rows.append(
            {
                "Hz": rate,
                "smoothing": smoothing,
                "vIoU by frame": mean_best_viou(pairs),
                "vIoU by second": mean_best_viou(pairs, step=1.0),
                "tubes above 0.5": _share_above(pairs),
                "detecting, s a minute": round(detecting, 1),
                "the rest": round(sum(run.seconds for run, _ in runs) / minutes, 1),
            }
        )
    return rows


def _matches(arguments: argparse.Namespace, most: int | None = None) -> Iterable[tuple[str, int]]:
    for sport, chosen in (("football", arguments.football), ("basketball", arguments.basketball)):
        yield from ((sport, seed) for seed in chosen[:most])


def _ready(sport: str, seed: int, arguments: argparse.Namespace) -> tuple[Path, Truth, Models, RememberingDetector]:
    """A match, and models whose detector remembers it."""
    from grounding.bench.remembered import RememberingDetector
    from grounding.pipeline import Models
    from grounding.synth import load_truth
    from grounding.weights import home

    video, truth = video_of((sport, seed, arguments.seconds), arguments.work or home() / "eval")
    models = Models.load("embedded")
    detector = RememberingDetector(models.detector, video.with_suffix(".detections.npz"))
    return video, load_truth(truth), replace(models, detector=detector), detector


def _seconds_a_picture(video: Path, detector: RememberingDetector) -> float:
    """What the detector itself takes for one picture, on this machine in this run."""
    from itertools import islice

    from grounding.video.read import read_frames

    images = [frame.image for frame in islice(read_frames(video, rate=1.0), _TIMED)]
    started = time.perf_counter()
    detector.inner.detect(images)
    return (time.perf_counter() - started) / len(images)


def _true(truth: Truth) -> list[Tube]:
    return [tube.tube for tube in truth.tubes]


def _scores(pairs: Pairs) -> dict[str, Any]:
    from grounding.bench.track import mean_best_viou
    from grounding.metrics.tracking import score_sequences

    score = score_sequences(pairs)
    values = (mean_best_viou(pairs), score.hota, score.det_a, score.ass_a, score.idf1, score.mota, score.idsw)
    return dict(zip(_SCORES, (round(value, 3) if isinstance(value, float) else value for value in values), strict=True))


def _share_above(pairs: Pairs) -> float:
    from grounding.metrics import tracker_recall

    best = [value for predicted, true in pairs for value in tracker_recall(predicted, true)]
    return sum(value > 0.5 for value in best) / max(1, len(best))
