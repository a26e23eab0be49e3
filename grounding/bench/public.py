"""The contest on public ground truth: the pedestrian sequences that come inside the package `motmetrics` (MIT).

TUD-Campus and TUD-Stadtmitte (Andriluka, Roth and Schiele, CVPR 2008 and 2010; MOTChallenge 2015) come as boxes without
pictures. So all contestants go by boxes alone, ours too: no camera, no looks, no flow. They are given the annotated
boxes, or those of a published tracker's result with its identities taken away, at the asked rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from grounding.bench.peers import peers
from grounding.bench.track import OURS, Run, people_of, settings_at
from grounding.data.motchallenge import read_rows, tubes_of
from grounding.errors import GroundingError
from grounding.metrics.tubes import GRID_STEP
from grounding.track.associate import SecondLevelTracker
from grounding.types import Detections, Floats, Segment, SegmentResult, Span, Tube, VideoInfo
from grounding.vocabulary import PERSON_LABEL

SEQUENCES: Final = ("TUD-Campus", "TUD-Stadtmitte")
BOXES: Final = {"annotated": "gt.txt", "a tracker's": "test.txt"}
"""Where detections come from → the file of a sequence that holds them."""
_FPS: Final = 25.0
_SIZE: Final = (640, 480)


@dataclass(frozen=True, slots=True, eq=False)
class PublicRun:
    """One contestant on one sequence; boxes: a key of `BOXES`."""

    sequence: str
    boxes: str
    run: Run
    true: tuple[Tube, ...]


def public_contest(rate: float) -> Iterator[PublicRun]:
    """Every contestant on every sequence with every kind of boxes, at `rate` pictures a second.

    Raises:
        GroundingError: the packages `motmetrics` or `trackers` are not installed.
    """
    for sequence in SEQUENCES:
        folder = _folder() / sequence
        truth = folder / "gt.txt"
        true = tuple(tubes_of(read_rows(truth), _FPS, truth).values())
        for boxes, file in BOXES.items():
            pictures = _pictures(folder / file, rate)
            for run in _runs(pictures, rate):
                yield PublicRun(sequence, boxes, run, true)


def _folder() -> Path:
    found = find_spec("motmetrics")
    if found is None or found.origin is None:
        raise GroundingError("the public ground truth comes with the package motmetrics; `make bench-env` brings it")
    return Path(found.origin).parent / "data"


def _pictures(file: Path, rate: float) -> list[tuple[float, Floats]]:
    """(time, boxes (N, 4)) of the frames at `rate` pictures a second, whole as annotated."""
    rows = list(read_rows(file))
    last = max(row.frame for row in rows)
    frames = [round(k * _FPS / rate) for k in range(int(last * rate / _FPS) + 1)]
    return [
        (frame / _FPS, np.array([row.box for row in rows if row.frame == frame], np.float32).reshape(-1, 4))
        for frame in frames
    ]


def _runs(pictures: list[tuple[float, Floats]], rate: float) -> Iterator[Run]:
    yield Run(OURS, rate, _ours(pictures, rate), 0.0)
    others = peers(rate)
    for t, boxes in pictures:
        for peer in others:
            peer.update(t, boxes, np.ones(len(boxes), np.float32))
    for peer in others:
        yield Run(peer.name, rate, tuple(peer.tubes(GRID_STEP)), 0.0)


def _ours(pictures: list[tuple[float, Floats]], rate: float) -> tuple[Tube, ...]:
    """Association, joining and smoothing as in indexing, of boxes without pictures."""
    tracker = SecondLevelTracker(rate, (PERSON_LABEL,))
    for t, boxes in pictures:
        n = len(boxes)
        tracker.update(t, Detections(boxes, np.ones(n, np.float32), np.zeros(n, np.int16)), size=_SIZE)
    whole = Span(0.0, pictures[-1][0] + 1 / rate)
    watched = SegmentResult(
        segment=Segment(0, whole, whole),
        decoded=whole,
        cuts=(),
        tracklets=tuple(tracker.tracklets()),
        camera_times=np.array([t for t, _ in pictures]),
        camera=np.repeat(np.eye(3)[None], len(pictures), axis=0),
    )
    info = VideoInfo("", *_SIZE, whole.length, _FPS, 0, False, "")
    return people_of(watched, info, settings_at(rate))
