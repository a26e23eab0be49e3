"""From segment results to the index of a video: identities, tubes, observations, embeddings. Reads no pixels."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from grounding.describe.terms import attributes_of
from grounding.geometry import clip
from grounding.pipeline.balls import BALL, PERSON, plausible_balls
from grounding.pipeline.memo import embedded
from grounding.pipeline.observe import Identity, Scene, SpottedNumber, Surroundings, kit_of, observe
from grounding.pipeline.pictures import Seen, observe_picture, picture_tube
from grounding.pipeline.stages import StageTimes
from grounding.track.join import join_tracklets
from grounding.track.smooth import smooth
from grounding.track.stage import Stage
from grounding.track.stitch import stitch_segments
from grounding.types import Shot, Span, Track, Tube, VideoIndex
from grounding.vocabulary import PICTURE_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grounding.pipeline.models import Models
    from grounding.pipeline.settings import Settings
    from grounding.track.stitch import Stitched
    from grounding.types import Floats, Observation, SegmentResult, Terms, Tracklet, VideoInfo

_SHORTEST_SHOT = 0.05


def stitch(
    info: VideoInfo,
    results: Sequence[SegmentResult],
    models: Models,
    settings: Settings,
    *,
    times: StageTimes | None = None,
) -> VideoIndex:
    """The index of a video out of its segments, in any order; later ones may be missing (searchable so far).

    Of `models` only the embedder is used.

    Raises:
        ValueError: no segment, or one twice.
    """
    times = times or StageTimes()
    with times.stage("stitch"):
        stitched = stitch_segments(results)
        tracklets = plausible_balls(stitched.tracklets)
        shots = _shots(stitched)
        stage = Stage(stitched.camera_times, stitched.camera, stitched.cuts)
        identities = _identities(tracklets, stitched, stage, info, settings)
    with times.stage("describe"):
        around = Surroundings()
        around.add_balls(t for t in tracklets if t.label == BALL)
        for identity in identities:
            if identity.label == PERSON:
                around.add_person(identity.key, identity.tube)
        scene = Scene(info, stage, around)
        kits = {identity.key: kit_of(identity) for identity in identities}
        drafts = [(identity, observe(identity, scene)) for identity in identities]
        pictures = _pictures(shots, identities, kits, scene, settings)
    with times.stage("embed"):
        vectors = embedded([o.description for _, rows in [*drafts, *pictures] for o in rows], models.embedder)
    tracks = [_track(k, i, rows, kits.get(i.key, {}), vectors) for k, (i, rows) in enumerate([*drafts, *pictures])]
    return VideoIndex(info, stitched.decoded, shots, tuple(tracks), settings.version_key())


def _shots(stitched: Stitched) -> tuple[Shot, ...]:
    start, end = stitched.decoded.start, stitched.decoded.end
    edges = [start]
    for cut in stitched.cuts:
        if edges[-1] + _SHORTEST_SHOT < cut < end - _SHORTEST_SHOT:
            edges.append(cut)
    edges.append(end)
    return tuple(Shot(k, Span(a, b)) for k, (a, b) in enumerate(pairwise(edges)) if b > a)


def _identities(
    tracklets: Sequence[Tracklet], stitched: Stitched, stage: Stage, info: VideoInfo, settings: Settings
) -> list[Identity]:
    """Joined, filtered and smoothed; in order of time."""
    groups = join_tracklets(tracklets, stitched.camera_times, stitched.camera, stitched.cuts)
    identities: list[Identity] = []
    for group in groups:
        times, boxes, scores = _merged(group)
        score = float(scores.mean())
        length = float(times[-1] - times[0]) + 1 / settings.rate
        if length < settings.min_track_seconds - 1e-6 or score < settings.min_track_score:
            continue
        gap = max(settings.max_gap, 2.5 / settings.rate)
        tube = smooth(times, boxes, step=settings.tube_step, max_gap=gap, stage=stage)
        inside = clip(tube.boxes, info.width, info.height).astype(np.float32)
        identities.append(
            Identity(
                key=len(identities),
                label=group[0].label,
                score=round(score, 4),
                tube=Tube(tube.times, inside, tube.step),
                samples=tuple(sorted((s for t in group for s in t.samples), key=lambda s: s.t)),
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
    people = [(i.tube.span, Seen(i.tube, kits[i.key])) for i in identities if i.label == PERSON]
    found: list[tuple[Identity, list[Observation]]] = []
    for shot in shots:
        tube = picture_tube(shot, scene.info, settings.tube_step)
        if tube is None:
            continue
        inside = [seen for span, seen in people if span.start < shot.span.end and span.end > shot.span.start]
        key = len(identities) + len(found)
        picture = Identity(key, PICTURE_LABEL, 1.0, tube, (), ())
        found.append((picture, observe_picture(tube, inside, scene.info, scene.ground)))
    return found


def _track(
    track_id: int, identity: Identity, rows: Sequence[Observation], kit: Terms, vectors: Mapping[str, Floats]
) -> Track:
    looks = [s.appearance for s in identity.samples if s.appearance is not None]
    mean = np.sum(looks, axis=0) if looks else None
    return Track(
        track_id=track_id,
        label=identity.label,
        score=identity.score,
        tube=identity.tube,
        observations=tuple(rows),
        attributes=attributes_of(kit),
        embeddings=np.stack([vectors[row.description] for row in rows]).astype(np.float32),
        appearance=None if mean is None else np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-6), np.float32),
    )
