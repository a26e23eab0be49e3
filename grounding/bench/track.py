"""Our tracker beside the public ones, on the same detections; and what the rate of detections and the smoothing do.

Every contestant is given each picture's people as one detector found them, and answers with tubes. Scored are the mean
best vIoU of the true tubes (`metrics.tracker_recall`), and HOTA, DetA, AssA, IDF1 and MOTA by TrackEval, all on the
grid of five times a second on which truth is kept. Ours is the whole pipeline of indexing up to smoothed tubes, with
the looks and numbers it reads; what its tracking costs is counted without the reading of pictures, detection and those
looks, that of the others is their `update`.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import numpy as np

from grounding.bench.peers import Peer, peers
from grounding.detect.zoom import ZoomDetector, ZoomSettings
from grounding.metrics import tracker_recall
from grounding.metrics.tubes import GRID_STEP
from grounding.pipeline.segment import index_segment
from grounding.pipeline.settings import Settings
from grounding.pipeline.stages import StageTimes
from grounding.pipeline.stitching import identities_of
from grounding.track.stage import Stage
from grounding.track.stitch import Stitched, stitch_segments
from grounding.types import Progress, Segment, SegmentResult, Smoothing, Span, Tube
from grounding.video.probe import probe
from grounding.video.read import read_frames
from grounding.vocabulary import PERSON_LABEL

if TYPE_CHECKING:
    from grounding.bench.remembered import RememberingDetector
    from grounding.detect.base import Detector
    from grounding.pipeline.models import Models
    from grounding.types import Frame, VideoInfo

OURS: Final = "ours"
SMOOTHINGS: Final[tuple[Smoothing, ...]] = get_args(Smoothing)
_BATCH: Final = 10
_TRACKING: Final = ("camera", "track", "stitch")


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What one contestant made of one video: tubes of people, and the seconds its tracking took."""

    contestant: str
    rate: float
    tubes: tuple[Tube, ...]
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class StudyRun:
    """Our tubes at one rate, drawn in one way; looked: pictures, and parts of some, that were detected on; seconds: of
    everything from reading to tubes besides detection."""

    rate: float
    smoothing: Smoothing
    tubes: tuple[Tube, ...]
    looked: int
    seconds: float


def settings_at(rate: float) -> Settings:
    """Settings under which a video is one segment, so that all see the same pictures closely or not."""
    return Settings(rate=rate, segment_seconds=1e6)


def contest(video: Path, models: Models, rate: float) -> Iterator[Progress | list[Run]]:
    """Follows the people of one video by every contestant; yields Progress, and the runs last.

    models: their detector is best a `RememberingDetector`, as pictures are looked at once for ours and once for the
    others. Raises GroundingError when the public trackers are not installed.
    """
    settings = settings_at(rate)
    times = StageTimes()
    watched: SegmentResult | None = None
    for step in _watch(video, models, settings, times):
        if isinstance(step, SegmentResult):
            watched = step
        else:
            yield step
    assert watched is not None
    with times.stage("stitch"):
        tubes = people_of(watched, probe(video), settings)
    spent = times.seconds()
    runs = [Run(OURS, rate, tubes, sum(spent.get(stage, 0.0) for stage in _TRACKING))]
    others = peers(rate)
    seconds: dict[str, float] = defaultdict(float)
    for frame, boxes, scores in _people(video, models.detector, settings):
        for peer in others:
            started = time.perf_counter()
            _see(peer, frame, boxes, scores)
            seconds[peer.name] += time.perf_counter() - started
        yield Progress("public trackers", frame.pts, watched.decoded.end)
    runs += [Run(peer.name, rate, tuple(peer.tubes(GRID_STEP)), seconds[peer.name]) for peer in others]
    yield runs


def study(
    video: Path, models: Models, detector: RememberingDetector, rates: Sequence[float]
) -> Iterator[Progress | list[StudyRun]]:
    """Our tracker at each of `rates` with each smoothing; yields Progress, and the runs last.

    detector: that of `models`.
    """
    info = probe(video)
    rows: list[StudyRun] = []
    for rate in rates:
        settings, times, before = settings_at(rate), StageTimes(), detector.asked
        for step in _watch(video, models, settings, times):
            if not isinstance(step, SegmentResult):
                yield step
                continue
            looked = detector.asked - before
            spent = sum(seconds for stage, seconds in times.seconds().items() if stage != "detect")
            for smoothing in SMOOTHINGS:
                tubes = people_of(step, info, replace(settings, smoothing=smoothing))
                rows.append(StudyRun(rate, smoothing, tubes, looked, spent))
    yield rows


def people_of(watched: SegmentResult, info: VideoInfo, settings: Settings) -> tuple[Tube, ...]:
    """The tubes of the people in a video that is one segment."""
    stitched: Stitched = stitch_segments([watched])
    stage = Stage(stitched.camera_times, stitched.camera, stitched.cuts)
    found = identities_of(stitched, stage, info, settings)
    return tuple(identity.tube for identity in found if identity.label == PERSON_LABEL)


def mean_best_viou(pairs: Sequence[tuple[Sequence[Tube], Sequence[Tube]]], *, step: float = GRID_STEP) -> float:
    """Mean over all true tubes of all (predicted, true) of the best vIoU that a predicted one reaches."""
    best = [value for predicted, true in pairs for value in tracker_recall(predicted, true, step=step)]
    return sum(best) / max(1, len(best))


def _watch(video: Path, models: Models, settings: Settings, times: StageTimes) -> Iterator[Progress | SegmentResult]:
    whole = Span(0.0, probe(video).duration)
    yield from index_segment(video, Segment(0, whole, whole), models, settings, times=times)


def _people(video: Path, detector: Detector, settings: Settings) -> Iterator[tuple[Frame, np.ndarray, np.ndarray]]:
    """Each picture on which ours detects, with the boxes (N, 4) and scores (N,) of its people."""
    zoom = ZoomDetector(detector, settings.max_side, ZoomSettings(max_cost=settings.max_detect_cost))
    person = detector.labels.index(PERSON_LABEL)
    frames = read_frames(video, rate=settings.rate)
    while batch := list(islice(frames, _BATCH)):
        for frame, found in zip(batch, zoom.look(batch), strict=True):
            mine = found.labels == person
            yield frame, found.boxes[mine], found.scores[mine]


def _see(peer: Peer, frame: Frame, boxes: np.ndarray, scores: np.ndarray) -> None:
    if frame.cut:
        peer.cut()
    peer.update(frame.pts, boxes, scores, frame.image)
