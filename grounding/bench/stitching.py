"""What stitching a long match costs: CPU, and memory of what is kept of each segment until then.

The load is what a perfect detector and tracker would leave behind of a generated match, played over and over with other
jitter: people break into several tracklets where they are covered, and now and then without a reason. Sentences repeat
more than in a real match, so their embedding, which costs the same for each new one, is left out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.bench.blind import blind_models
from grounding.types import CropSample, SegmentResult, Span, Tracklet, VideoInfo
from grounding.vocabulary import BALL_LABEL, PERSON_LABEL

if TYPE_CHECKING:
    from grounding.pipeline.settings import Settings
    from grounding.synth.truth import Player, Truth
    from grounding.types import Floats, Segment, Times, Tube

_LOOKS: Final = 930
"""Length of the appearance vectors of the embedded profile."""
_VISIBLE: Final = 0.35
_BREAKS: Final = 0.02
"""Share of the times of a tracklet at which it breaks."""


@dataclass(frozen=True, slots=True)
class StitchCost:
    """minutes of match; tracklets and samples that went in, tracks and sentences that came out; cpu_s: of one stitch;
    kept_mb: arrays of the segments."""

    minutes: float
    tracklets: int
    samples: int
    tracks: int
    observations: int
    sentences: int
    cpu_s: float
    kept_mb: float


def measure(truth: Truth, minutes: float, settings: Settings, *, cuts: bool = True) -> StitchCost:
    """Stitches a load of so many minutes. cuts: False films it all in one shot."""
    from grounding.pipeline import stitch

    info = VideoInfo("load", truth.width, truth.height, minutes * 60, truth.fps, 0, False, "none")
    results = list(load(truth, minutes * 60, settings, cuts=cuts))
    tracklets = [tracklet for result in results for tracklet in result.tracklets]
    samples = [sample for tracklet in tracklets for sample in tracklet.samples]
    started = time.process_time()
    index = stitch(info, results, blind_models(), settings)
    cpu = time.process_time() - started
    rows = [row for track in index.tracks for row in track.observations]
    return StitchCost(
        minutes=minutes,
        tracklets=len(tracklets),
        samples=len(samples),
        tracks=len(index.tracks),
        observations=len(rows),
        sentences=len({row.description for row in rows}),
        cpu_s=cpu,
        kept_mb=(sum(_bytes(t) for t in tracklets) + sum(_bytes(s) for s in samples)) / 1e6,
    )


def _bytes(item: Tracklet | CropSample) -> int:
    """Of its arrays."""
    values = [getattr(item, name) for name in type(item).__slots__]
    return sum(value.nbytes for value in values if isinstance(value, np.ndarray))


def load(truth: Truth, seconds: float, settings: Settings, *, cuts: bool = True) -> Iterator[SegmentResult]:
    """The segments of the match, repeated until it lasts so many seconds."""
    from grounding.pipeline import plan_segments

    rng = np.random.default_rng(1)
    rounds = int(np.ceil(seconds / truth.seconds))
    people = {player.id: _Person(player, rng) for player in truth.players}
    tracklets = [t for k in range(rounds) for t in _tracklets(truth, k * truth.seconds, people, rng)]
    edges = [k * truth.seconds + cut for k in range(rounds) for cut in (0.0, *truth.cuts)][1:] if cuts else []
    for segment in plan_segments(seconds, settings):
        yield _segment(segment, tracklets, [cut for cut in edges if cut < seconds])


class _Person:
    """What the models see of one player, with noise."""

    def __init__(self, player: Player, rng: np.random.Generator) -> None:
        self.player, self._rng = player, rng
        self._looks = np.abs(rng.normal(size=_LOOKS)).astype(np.float32)

    def tracklet(self, times: Times, boxes: Floats) -> Tracklet:
        seconds, first = np.unique(times.astype(int), return_index=True)
        samples = [
            self._sample(int(s), float(times[k]), boxes[k], n)
            for n, (s, k) in enumerate(zip(seconds, first, strict=True))
        ]
        number = self.player.number
        numbers = ((str(number), 0.8),) if number is not None and self._rng.random() < 0.3 else ()
        scores = self._rng.uniform(0.4, 0.9, len(times)).astype(np.float32)
        return Tracklet(0, PERSON_LABEL, times, boxes, scores, tuple(samples), numbers)

    def _sample(self, second: int, t: float, box: Floats, count: int) -> CropSample:
        rng, points = self._rng, np.full((17, 3), 0.5, np.float32)
        points[:, :2] = box[:2] + rng.uniform(0.2, 0.8, (17, 2)) * (box[2:] - box[:2])
        looks = None
        if count < 2 or count % 2 == 0:
            noisy = self._looks + rng.normal(0, 0.3, _LOOKS)
            looks = (noisy / np.linalg.norm(noisy)).astype(np.float16)
        shirt, shorts = self.player.shirt, self.player.shorts
        return CropSample(second, t, box, 400.0, {shirt: rng.uniform(0.6, 0.9)}, {shorts: 0.7}, points, looks)


def _tracklets(truth: Truth, offset: float, people: dict[int, _Person], rng: np.random.Generator) -> Iterator[Tracklet]:
    for true in truth.tubes:
        seen = (true.visible > _VISIBLE) & (rng.random(len(true.visible)) > _BREAKS)
        for times, boxes in _runs(true.tube, seen, offset, rng):
            yield people[true.player].tracklet(times, boxes)
    if truth.ball is not None:
        inside = np.searchsorted(truth.cuts, truth.ball.times + 1e-6)
        for shot in np.unique(inside):
            for times, boxes in _runs(truth.ball, inside == shot, offset, rng):
                yield Tracklet(0, BALL_LABEL, times, boxes, np.full(len(times), 0.6, np.float32))


def _runs(tube: Tube, seen: np.ndarray, offset: float, rng: np.random.Generator) -> Iterator[tuple[Times, Floats]]:
    index = np.flatnonzero(seen)
    for part in np.split(index, np.flatnonzero(np.diff(index) > 1) + 1):
        if len(part) > 1:
            jitter = rng.normal(0, 1, (len(part), 2)).astype(np.float32)
            yield tube.times[part] + offset, tube.boxes[part] + np.tile(jitter, 2)


def _segment(segment: Segment, tracklets: Sequence[Tracklet], cuts: Sequence[float]) -> SegmentResult:
    """What of it all is in reach of the segment; the camera turns a little."""
    reach = segment.reach
    inside = [t for t in tracklets if t.times[0] < reach.end and t.times[-1] >= reach.start]
    own = [part for t in inside if (part := _within(t, reach)) is not None]
    times = np.arange(np.ceil(reach.start * 5), np.ceil(reach.end * 5)) / 5
    camera = np.tile(np.eye(3), (len(times), 1, 1))
    camera[:, 0, 2] = 2.0 * np.sin(times / 3)
    here = tuple(cut for cut in cuts if reach.start < cut < reach.end)
    return SegmentResult(segment, reach, here, tuple(own), times, camera)


def _within(tracklet: Tracklet, reach: Span) -> Tracklet | None:
    keep = (tracklet.times >= reach.start - 1e-6) & (tracklet.times < reach.end - 1e-6)
    if keep.all():
        return tracklet
    if keep.sum() < 2:
        return None
    times = tracklet.times[keep]
    samples = tuple(s for s in tracklet.samples if times[0] - 1e-6 <= s.t <= times[-1] + 1e-6)
    return replace(tracklet, times=times, boxes=tracklet.boxes[keep], scores=tracklet.scores[keep], samples=samples)
