"""`eval tubes`: predicted tubes against the annotations of a public data set."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grounding.cli.output import write_json, write_note, write_table
from grounding.data import BOXES_APART, DATASETS, Sample, read_dataset
from grounding.data.predictions import read_predictions
from grounding.data.scoring import SampleScore, rows, score_samples

_TELL_AFTER = 1.0
"""Seconds between two notes of how far reading has come."""

_FORMAT = """\
data sets and what to name as ANNOTATIONS:
  generated        the JSON beside a generated match
  hcstvg-v1        train.json or test.json
  hcstvg-v2        trainv2.json or valv2.json
  motchallenge     the folder of a sequence, with seqinfo.ini and gt/gt.txt
  refer-sportsmot  refer_*.json; --boxes: the folder with sportsmot/ and soccernet/
  vidstg           *_annotations.json; --boxes: VidOR's folder of annotations

the file of predictions is one JSON object:
  {"predictions": [{"id": "...", "start": 1.2, "end": 4.8, "boxes": [[t, x1, y1, x2, y2], ...]}, ...]}
with the id of a sample (--ids lists them), the span [start, end) and the times t in seconds from the first frame, and
pixels. Boxes sparser than frames are interpolated; "step": seconds beside "predictions" says how far apart two boxes
usually are, the median distance otherwise. A sample without a prediction scores 0.
"""


def add_tubes(datasets: Any) -> None:
    """Adds `tubes` to the parser of `eval`."""
    tubes = datasets.add_parser(
        "tubes",
        help="predicted tubes over HC-STVG, VidSTG, Refer-SportsMOT, MOTChallenge or generated matches",
        epilog=_FORMAT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    tubes.add_argument("annotations", type=Path, nargs="+", metavar="ANNOTATIONS")
    tubes.add_argument("--dataset", choices=sorted(DATASETS), required=True, metavar="NAME", help="one of those below")
    wanted = tubes.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--predictions", type=Path, metavar="FILE")
    wanted.add_argument("--ids", action="store_true", help="list id and sentence of every sample instead")
    tubes.add_argument("--boxes", type=Path, metavar="DIR", help=f"for {' and '.join(sorted(BOXES_APART))}, see below")
    tubes.add_argument("--json", action="store_true")
    tubes.set_defaults(run=_tubes)


def _tubes(arguments: argparse.Namespace) -> None:
    samples = _samples(arguments)
    if arguments.ids:
        listed = [{"id": s.id, "video": s.video, "kind": s.kind, "text": s.text} for s in samples]
        if arguments.json:
            write_json({"samples": listed})
        else:
            write_table(("id", "kind", "text"), ((s["id"], s["kind"] or "-", s["text"] or "-") for s in listed))
        return
    scores = score_samples(samples, read_predictions(arguments.predictions))
    if arguments.json:
        write_json(_json(arguments.dataset, scores))
    else:
        _print(scores)


def _samples(arguments: argparse.Namespace) -> Iterator[Sample]:
    """The samples of all annotations; how many there are by now goes to stderr while it takes long."""
    count, shown = 0, time.monotonic()
    for path in arguments.annotations:
        for sample in read_dataset(arguments.dataset, path, arguments.boxes):
            count += 1
            if time.monotonic() - shown > _TELL_AFTER:
                shown = time.monotonic()
                write_note(f"{path}: {count} samples read")
            yield sample


def _print(scores: list[SampleScore]) -> None:
    write_table(
        ("kind", "samples", "m_tIoU", "m_vIoU", "vIoU@0.3", "vIoU@0.5", "m_vIoU-Int", "m_gt_vIoU"),
        (tuple(asdict(row).values()) for row in rows(scores)),
    )
    missing = sum(not item.answered for item in scores)
    if missing:
        sys.stdout.write(f"\n{missing} of {len(scores)} samples have no prediction and score 0\n")


def _json(dataset: str, scores: list[SampleScore]) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "unanswered": sum(not item.answered for item in scores),
        "by_kind": [asdict(row) for row in rows(scores)],
        "samples": [
            {"id": item.id, "kind": item.kind, "answered": item.answered, **asdict(item.score)} for item in scores
        ],
    }
