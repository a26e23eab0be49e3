"""Who and what is near, in body heights over the ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grounding.describe.motion import DEPTH
from grounding.describe.soft import keep, ramp
from grounding.vocabulary import term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grounding.types import Floats

    Array = NDArray[np.float64]

_HUDDLE = (1.7, 2.3)
_CLOSE_UP = 0.5
"""Where somebody is taller than this share of the picture, three body heights around them are not in it."""


def ground_distances(box: Floats | Array, others: Floats | Array, *, depth: float = DEPTH) -> Array:
    """(N,) distances between the feet of `box` (4,) and of `others` (N, 4), in body heights (the mean of both)."""
    height = np.maximum(1.0, (box[3] - box[1] + others[:, 3] - others[:, 1]) / 2)
    across = ((others[:, 0] + others[:, 2]) - (box[0] + box[2])) / 2 / height
    down = (others[:, 3] - box[3]) / height * depth
    return np.asarray(np.hypot(across, down), np.float64)


def ball_distances(boxes: Array, balls: Array, *, depth: float | Array = DEPTH) -> Array:
    """(N,) body heights from each person to a ball: over the ground to the feet, or in the picture to the body.

    boxes (N, 4) of people, balls (N, 4), one for each.
    """
    height = np.maximum(1.0, boxes[:, 3] - boxes[:, 1])
    x, y = (balls[:, 0] + balls[:, 2]) / 2, (balls[:, 1] + balls[:, 3]) / 2
    feet = np.hypot(x - (boxes[:, 0] + boxes[:, 2]) / 2, (balls[:, 3] - boxes[:, 3]) * depth) / height
    beside = np.maximum(0, np.maximum(boxes[:, 0] - x, x - boxes[:, 2]))
    above = np.maximum(0, np.maximum(boxes[:, 1] - y, y - boxes[:, 3]))
    # A ball in the air or in the hands is not over the feet; then it has to be close to the body itself.
    body = 0.6 + 2.5 * np.hypot(beside, above) / height
    return np.asarray(np.minimum(feet, body), np.float64)


def relation_terms(
    box: Floats, others: Floats, *, picture_height: float, depth: float = DEPTH, mates: Sequence[bool] = ()
) -> dict[str, float]:
    """Terms of `vocabulary.RELATIONS` for the person in `box` (4,) among `others` (N, 4); for the ball see `play`.

    depth: how much farther a step up the picture is over the ground; mates: which of the others wear the same shirt.
    """
    terms: dict[str, float] = {}
    if box[3] - box[1] <= _CLOSE_UP * picture_height:
        away = ground_distances(box, others, depth=depth) if len(others) else np.zeros(0)
        distances = np.sort(away)
        nearest = float(distances[0]) if len(distances) else float("inf")
        third = float(distances[2]) if len(distances) > 2 else float("inf")
        terms[term("relation", "alone")] = ramp(nearest, 2.5, 3.5)
        terms[term("relation", "in a group")] = 1 - ramp(third, 2.5, 3.5)
        if sum(mates) >= 3:
            near = np.sort(away[np.asarray(mates, bool)])
            terms[term("relation", "in a huddle")] = 1 - ramp(float(near[2]), *_HUDDLE)
    return keep(terms)
