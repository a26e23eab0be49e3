"""Refer-SportsMOT: expressions that name one athlete, over the tracks of SportsMOT and SoccerNet-Tracking.

An annotation file (NingK1ng/refer-sportsmot, `annotations/refer_val.json`) is one JSON object:

    sequences [{sequence_id, source_dataset "sportsmot" | "soccernet", source_split, refer_split, sport,
                annotations [{target_track_id, rep_frame_id, target_bbox [x, y, w, h],
                              expressions [{id, query, type, ...}]}]}]

It holds one box a track, that of rep_frame_id; the tracks themselves stay with their sets and are read, as its own
`evaluation/eval_rmot.py` does, from `<set>/<source_split>/<sequence_id>/gt/gt.txt`: every line of the target's
identity, whatever its flag and class. Frames count from 1, boxes are compared as they stand, without the shift by one
pixel of MOTChallenge. Frame rate and size come from the `seqinfo.ini` beside.

`type` is appearance, spatial, composite, action or jersey_number. The expressions of type jersey_number come without
an id; they get one of the same form as the others have: `<sequence>-tid<track>-<type>-<position from 1>`.

There are frame numbers and a rate alone: frame f is shown at (f - 1) / frameRate.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grounding.data.fields import Entry, read_json
from grounding.data.motchallenge import SequenceInfo, read_rows, read_sequence, tubes_of
from grounding.data.sample import Sample, Target
from grounding.types import Tube

SOURCES = ("sportsmot", "soccernet")


def read_refer_sportsmot(path: Path, tracks: Path) -> Iterator[Sample]:
    """The samples of a `refer_*.json`, one an expression; the id is `sequence/expression`, the kind its type.

    The target is the whole stay of the athlete, from its first to its last frame; frames between in which the track
    has no box have none in the tube.

    Args:
        tracks: the folder that holds `sportsmot/` and `soccernet/`, each with its splits.

    Raises:
        BadInputError: a file is missing or an entry is not of the format, or a track is not in its sequence.
    """
    for sequence in read_json(path).at("sequences").each():
        source = sequence.at("source_dataset").text()
        if source not in SOURCES:
            raise sequence.at("source_dataset").bad(f"expected one of {', '.join(SOURCES)}, got {source}")
        name = sequence.at("sequence_id").text()
        folder = tracks / source / sequence.at("source_split").text() / name
        info, gt = read_sequence(folder / "seqinfo.ini"), folder / "gt" / "gt.txt"
        tubes = tubes_of(read_rows(gt, length=info.length, pixels_from=0), info.fps, gt)
        for annotation in sequence.at("annotations").each():
            yield from _samples(annotation, name, info, tubes)


def _samples(annotation: Entry, name: str, info: SequenceInfo, tubes: dict[int, Tube]) -> Iterator[Sample]:
    track = annotation.at("target_track_id").integer()
    if track not in tubes:
        raise annotation.bad(f"sequence {name} has no track {track}")
    for position, expression in enumerate(annotation.at("expressions").each(), 1):
        kind = expression.at("type").text()
        called = expression.at("id").text() if expression.has("id") else f"{name}-tid{track}-{kind}-{position}"
        yield Sample(
            id=f"{name}/{called}",
            video=name,
            fps=info.fps,
            targets=(Target(tubes[track].span, tubes[track], track),),
            text=expression.at("query").text(),
            kind=kind,
            size=(info.width, info.height),
        )
