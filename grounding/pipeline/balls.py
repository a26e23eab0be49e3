"""Which detections of a ball can be one: the detector takes heads, boots and whole players for balls at times."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from grounding.types import Floats, Tracklet

PERSON = "person"
BALL = "sports ball"

_ROUND = (0.55, 1.8)
_OF_A_BODY = (0.05, 0.28)
"""Diameter of a ball against the height of a person: 0.12 to 0.14, with room for coarse boxes and perspective."""
_HEAD_DOWN_TO = 0.14
_FEET_FROM = 0.88
_SURE_AT_FEET = 0.34
_LEAST = 2


def plausible_balls(tracklets: Iterable[Tracklet]) -> list[Tracklet]:
    """All tracklets, those of balls cut down to the times at which they can be a ball, or left out.

    Kept is what is round, of a ball's size beside the people in the picture, and not somebody's head; at somebody's
    feet, where boots look alike, the detection has to be surer.
    """
    rows = list(tracklets)
    people: dict[int, list[Floats]] = defaultdict(list)
    for tracklet in rows:
        if tracklet.label == PERSON:
            for t, box in zip(tracklet.times, tracklet.boxes, strict=True):
                people[_tick(t)].append(box)
    kept = []
    for tracklet in rows:
        if tracklet.label != BALL:
            kept.append(tracklet)
            continue
        good = np.asarray(
            [
                _can_be_a_ball(box, float(score), np.asarray(people.get(_tick(t), ()), np.float32).reshape(-1, 4))
                for t, box, score in zip(tracklet.times, tracklet.boxes, tracklet.scores, strict=True)
            ],
            np.bool_,
        )
        if good.sum() >= max(_LEAST, 0.5 * len(good)):
            kept.append(_cut(tracklet, good))
    return kept


def _tick(t: float) -> int:
    return round(float(t) * 1000)


def _cut(tracklet: Tracklet, good: NDArray[np.bool_]) -> Tracklet:
    return replace(tracklet, times=tracklet.times[good], boxes=tracklet.boxes[good], scores=tracklet.scores[good])


def _can_be_a_ball(box: Floats, score: float, people: Floats) -> bool:
    width, height = float(box[2] - box[0]), max(1.0, float(box[3] - box[1]))
    if not _ROUND[0] <= width / height <= _ROUND[1]:
        return False
    if len(people) == 0:
        return True
    middle = (box[:2] + box[2:]) / 2
    bodies = people[:, 3] - people[:, 1]
    reach = np.hypot((people[:, 0] + people[:, 2]) / 2 - middle[0], people[:, 3] - middle[1])
    body = float(np.median(bodies[np.argsort(reach)[:3]]))  # those at about the same distance from the camera
    if not _OF_A_BODY[0] <= 0.5 * (width + height) / max(1.0, body) <= _OF_A_BODY[1]:
        return False
    across = (middle[0] - people[:, 0]) / np.maximum(1.0, people[:, 2] - people[:, 0])
    down = (middle[1] - people[:, 1]) / np.maximum(1.0, bodies)
    inside = (across > -0.05) & (across < 1.05)
    if bool(np.any(inside & (np.abs(across - 0.5) < 0.35) & (down > -0.03) & (down < _HEAD_DOWN_TO))):
        return False
    at_feet = bool(np.any(inside & (down > _FEET_FROM) & (down < 1.05)))
    return score >= _SURE_AT_FEET or not at_feet
