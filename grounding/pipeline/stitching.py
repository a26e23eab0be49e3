"""From segment results to the index of a video: identities, tubes, observations, embeddings. Reads no pixels."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from grounding.describe.action import surely_a_body
from grounding.describe.matchclock import fit_clock
from grounding.describe.roles import referees
from grounding.describe.terms import attributes_of
from grounding.pipeline.balls import BALL_GAP, balls_of_shots
from grounding.pipeline.observe import Identity, Scene, SpottedNumber, kit_of, observe, seconds_of
from grounding.pipeline.pictures import Seen, observe_picture, picture_tube
from grounding.pipeline.scene import scene_of
from grounding.pipeline.stages import StageTimes
from grounding.pipeline.vectors import of_pictures, of_sentences
from grounding.pitch.places import Pitch
from grounding.track.edges import within_picture
from grounding.track.join import join_tracklets
from grounding.track.smooth import smooth
from grounding.track.stage import Stage
from grounding.track.stitch import stitch_segments
from grounding.types import Shot, Span, Track, VideoIndex
from grounding.vocabulary import BALL_LABEL, PERSON_LABEL, PICTURE_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grounding.pipeline.models import Models
    from grounding.pipeline.settings import Settings
    from grounding.track.stitch import Stitched
    from grounding.types import BoardReading, Floats, Observation, SegmentResult, Terms, Tracklet, VideoInfo

_SHORTEST_SHOT = 0.05
_WEAK, _NO_BODY, _TELLS_OF_BODIES = 0.4, 0.2, 48.0
"""Tracks of weak detections are dropped where the poses find no body: they are of rows of spectators, boards and nets.
Pixels of height from which a crop can tell."""


def stitch(
    info: VideoInfo,
    results: Sequence[SegmentResult],
    models: Models,
    settings: Settings,
    *,
    times: StageTimes | None = None,
) -> VideoIndex:
    """The index of a video out of its segments, in any order; later ones may be missing (searchable so far).

    Of `models` only the embedder is used, and that only where nothing embeds images.

    Raises:
        ValueError: no segment, or one twice, or one without vectors of pictures where something embeds images.
    """
    times = times or StageTimes()
    with times.stage("stitch"):
        stitched = stitch_segments(results)
        shots = _shots(stitched)
        stage = Stage(stitched.camera_times, stitched.camera, stitched.cuts)
        identities = identities_of(stitched, stage, info, settings)
    with times.stage("describe"):
        kits = {identity.key: kit_of(identity) for identity in identities}
        pitch = Pitch(stitched.pitch, stage, (info.width, info.height))
        scene = scene_of(info, identities, stage, kits, pitch)
        roles = _roles(identities, kits)
        drafts = [(identity, observe(identity, scene, roles.get(identity.key, {}))) for identity in identities]
        pictures = _pictures(shots, identities, kits, scene, settings)
    with times.stage("embed"):
        found = [*drafts, *pictures]
        vectors = of_sentences(found, models.embedder) if models.images is None else of_pictures(found, results)
    tracks = [
        _track(k, i, rows, kits.get(i.key, {}), own)
        for k, ((i, rows), own) in enumerate(zip(found, vectors, strict=True))
    ]
    with times.stage("clock"):
        clock = fit_clock(_board(results), stitched.decoded)
    version = settings.version_key()
    return VideoIndex(
        info, stitched.decoded, shots, tuple(tracks), version, clock, settings.embedder_name, settings.embedder_print()
    )


def _board(results: Sequence[SegmentResult]) -> list[BoardReading]:
    """What was read of the score board, each second by the segment that answers for it; the last one also beyond."""
    last = max(result.segment.index for result in results)
    return [
        reading
        for result in results
        for reading in result.board
        if reading.t < result.segment.core.end or result.segment.index == last
    ]


def _roles(identities: Sequence[Identity], kits: Mapping[int, Terms]) -> dict[int, dict[str, float]]:
    people = [identity for identity in identities if identity.label == PERSON_LABEL]
    seconds = [float(len(seconds_of(identity.tube))) for identity in people]
    found = referees([kits[one.key] for one in people], seconds, [one.score for one in people])
    return {identity.key: role for identity, role in zip(people, found, strict=True)}


def _shots(stitched: Stitched) -> tuple[Shot, ...]:
    start, end = stitched.decoded.start, stitched.decoded.end
    edges = [start]
    for cut in stitched.cuts:
        if edges[-1] + _SHORTEST_SHOT < cut < end - _SHORTEST_SHOT:
            edges.append(cut)
    edges.append(end)
    return tuple(Shot(k, Span(a, b)) for k, (a, b) in enumerate(pairwise(edges)) if b > a)


def identities_of(stitched: Stitched, stage: Stage, info: VideoInfo, settings: Settings) -> list[Identity]:
    """Who and what is in a video: tracklets joined, filtered and smoothed; in order of time, the balls last."""
    others = [tracklet for tracklet in stitched.tracklets if tracklet.label != BALL_LABEL]
    groups = join_tracklets(others, stitched.camera_times, stitched.camera, stitched.cuts)
    groups += balls_of_shots(stitched.tracklets, stage)
    identities: list[Identity] = []
    for group in groups:
        times, boxes, scores = _merged(group)
        score = float(scores.mean())
        length = float(times[-1] - times[0]) + 1 / settings.rate
        if length < settings.min_track_seconds - 1e-6 or score < settings.min_track_score:
            continue
        samples = tuple(sorted((s for t in group for s in t.samples), key=lambda s: s.t))
        if score < _WEAK and surely_a_body(samples, _TELLS_OF_BODIES) < _NO_BODY:
            continue
        gap = max(BALL_GAP if group[0].label == BALL_LABEL else settings.max_gap, 2.5 / settings.rate)
        reach = 0.5 / settings.rate if group[0].label == PERSON_LABEL else 0.0
        tube = smooth(
            times, boxes, step=settings.tube_step, method=settings.smoothing, max_gap=gap, reach=reach, stage=stage
        )
        identities.append(
            Identity(
                key=len(identities),
                label=group[0].label,
                score=round(score, 4),
                tube=within_picture(tube, (info.width, info.height)),
                samples=samples,
                numbers=tuple(
                    SpottedNumber(text, confidence, float(t.times[0]), float(t.times[-1]))
                    for t in group
                    for text, confidence in t.numbers
                ),
            )
        )
    return identities


def _merged(group: Sequence[Tracklet]) -> tuple[np.ndarray, Floats, Floats]:
    """All times of a group, each once: where two of its tracklets overlap, the surer detection is taken."""
    times = np.concatenate([t.times for t in group])
    boxes = np.concatenate([t.boxes for t in group])
    scores = np.concatenate([t.scores for t in group])
    order = np.lexsort((-scores, np.round(times, 3)))
    times, boxes, scores = times[order], boxes[order], scores[order]
    first = np.concatenate([[True], np.diff(np.round(times, 3)) > 0])
    return times[first], boxes[first], scores[first]


def _pictures(
    shots: Sequence[Shot], identities: Sequence[Identity], kits: Mapping[int, Terms], scene: Scene, settings: Settings
) -> list[tuple[Identity, list[Observation]]]:
    people = [Seen(i.tube, kits[i.key]) for i in identities if i.label == PERSON_LABEL]
    starts, ends = (
        np.array(edges) for edges in ([s.tube.span.start for s in people], [s.tube.span.end for s in people])
    )
    found: list[tuple[Identity, list[Observation]]] = []
    for shot in shots:
        tube = picture_tube(shot, scene.info, settings.tube_step)
        if tube is None:
            continue
        inside = [people[k] for k in np.flatnonzero((starts < shot.span.end) & (ends > shot.span.start))]
        key = len(identities) + len(found)
        picture = Identity(key, PICTURE_LABEL, 1.0, tube, (), ())
        found.append((picture, observe_picture(tube, inside, scene.info, scene.ground)))
    return found


def _track(track_id: int, identity: Identity, rows: Sequence[Observation], kit: Terms, vectors: Floats) -> Track:
    looks = [s.appearance for s in identity.samples if s.appearance is not None]
    mean = np.sum(looks, axis=0, dtype=np.float32) if looks else None
    return Track(
        track_id=track_id,
        label=identity.label,
        score=identity.score,
        tube=identity.tube,
        observations=tuple(rows),
        attributes=attributes_of(kit),
        embeddings=vectors,
        appearance=None if mean is None else np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-6), np.float32),
    )
