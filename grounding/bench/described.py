"""What is told of the people of a match: on the tubes of the truth, as if following were perfect, and on our own."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.bench.actions import Told
from grounding.geometry import iou_matrix
from grounding.pipeline.observe import Identity, kit_of, observe
from grounding.pipeline.scene import scene_of
from grounding.pipeline.stitching import identities_of
from grounding.track.stage import Stage
from grounding.track.stitch import stitch_segments
from grounding.types import Tube, VideoInfo
from grounding.vocabulary import BALL_LABEL, PERSON_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from grounding.pipeline.settings import Settings
    from grounding.synth.truth import Truth
    from grounding.types import CropSample, SegmentResult

SAME: Final = 0.3
"""Overlap from which a box is taken for a player's, as a hit of a search is for the answer."""
_BALL_SEEN: Final = 0.5


def info_of(truth: Truth) -> VideoInfo:
    """Facts of the rendered video."""
    return VideoInfo(truth.video, truth.width, truth.height, truth.seconds, truth.fps, 0, False, "")


def true_identities(truth: Truth, samples: Mapping[int, Sequence[CropSample]]) -> list[Identity]:
    """The people of the truth in its order, and then the ball where half of it or more can be seen.

    samples: by the tube's id, what was measured on its crops.
    """
    people = [
        Identity(k, PERSON_LABEL, 1.0, tube.tube, tuple(samples.get(tube.id, ())), ())
        for k, tube in enumerate(truth.tubes)
    ]
    return [*people, *(Identity(len(people), BALL_LABEL, 1.0, ball, (), ()) for ball in _seen_ball(truth))]


def _seen_ball(truth: Truth) -> list[Tube]:
    if truth.ball is None or truth.ball_visible is None:
        return []
    seen = np.flatnonzero(truth.ball_visible >= _BALL_SEEN)
    return [Tube(truth.ball.times[seen], truth.ball.boxes[seen], truth.ball.step)] if len(seen) else []


def told_of_true_tubes(truth: Truth, stage: Stage, samples: Mapping[int, Sequence[CropSample]]) -> list[Told]:
    """What is told of each second of each true tube.

    stage: the motion of the camera; samples: by the tube's id.
    """
    people = true_identities(truth, samples)
    scene = scene_of(info_of(truth), people, stage, {identity.key: kit_of(identity) for identity in people})
    return [
        Told((tube.player, row.second), row.box, row.terms)
        for tube, identity in zip(truth.tubes, people, strict=False)
        for row in observe(identity, scene, unfit=True)
    ]


def told_of_our_tubes(truth: Truth, results: Sequence[SegmentResult], settings: Settings) -> tuple[list[Told], Stage]:
    """What is told of each second of each of our tracks, and the motion of the camera as we saw it."""
    people, stage = our_identities(truth, results, settings)
    scene = scene_of(info_of(truth), people, stage, {identity.key: kit_of(identity) for identity in people})
    told: list[Told] = []
    for identity in people:
        if identity.label == PERSON_LABEL:
            players = players_of(identity.tube, truth)
            seconds = np.floor(identity.tube.times + 1e-6).astype(np.int64)
            for row in observe(identity, scene, unfit=True):
                player = _most(players[seconds == row.second])
                told.append(Told(None if player < 0 else (player, row.second), row.box, row.terms))
    return told, stage


def our_identities(truth: Truth, results: Sequence[SegmentResult], settings: Settings) -> tuple[list[Identity], Stage]:
    """Our tracks of a match, and the motion of the camera."""
    stitched = stitch_segments(results)
    stage = Stage(stitched.camera_times, stitched.camera, stitched.cuts)
    return identities_of(stitched, stage, info_of(truth), settings), stage


def players_of(tube: Tube, truth: Truth) -> NDArray[np.int64]:
    """(N,) the player whose true box each box of the tube overlaps best and enough, -1 for nobody."""
    true: dict[int, list[tuple[int, NDArray[np.float32]]]] = defaultdict(list)
    wanted = set(np.rint(tube.times * 5).astype(np.int64).tolist())
    for one in truth.tubes:
        for t, box in zip(one.tube.times, one.tube.boxes, strict=True):
            if (mark := round(float(t) * 5)) in wanted:
                true[mark].append((one.player, box))
    players = np.full(len(tube.times), -1, np.int64)
    for k, (t, box) in enumerate(zip(tube.times, tube.boxes, strict=True)):
        here = true.get(round(float(t) * 5), [])
        if here:
            overlaps = iou_matrix(box[None], np.array([other for _, other in here]))[0]
            if overlaps.max() >= SAME:
                players[k] = here[int(overlaps.argmax())][0]
    return players


def _most(players: NDArray[np.int64]) -> int:
    """The player of at least half of the times, -1 for none."""
    found, count = np.unique(players[players >= 0], return_counts=True)
    return int(found[count.argmax()]) if len(found) and 2 * count.max() >= len(players) else -1
