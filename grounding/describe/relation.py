"""Who and what is near, in body heights over the ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grounding.describe.motion import DEPTH
from grounding.describe.soft import keep, ramp
from grounding.vocabulary import term

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grounding.types import Floats

    Array = NDArray[np.float64]

_CLOSE_UP = 0.5
"""Where somebody is taller than this share of the picture, three body heights around them are not in it."""


def ground_distances(box: Floats, others: Floats, *, depth: float = DEPTH) -> Array:
    """(N,) distances between the feet of `box` (4,) and of `others` (N, 4), in body heights (the mean of both)."""
    height = np.maximum(1.0, (box[3] - box[1] + others[:, 3] - others[:, 1]) / 2)
    across = ((others[:, 0] + others[:, 2]) - (box[0] + box[2])) / 2 / height
    down = (others[:, 3] - box[3]) / height * depth
    return np.asarray(np.hypot(across, down), np.float64)


def ball_distance(box: Floats, balls: Floats, *, depth: float = DEPTH) -> float:
    """Body heights from a person to the nearest ball: over the ground to the feet, or in the picture to the body.

    box (4,), balls (N, 4). Infinite without a ball.
    """
    if len(balls) == 0:
        return float("inf")
    height = max(1.0, float(box[3] - box[1]))
    x, y = (balls[:, 0] + balls[:, 2]) / 2, (balls[:, 1] + balls[:, 3]) / 2
    feet = np.hypot(x - (box[0] + box[2]) / 2, (balls[:, 3] - box[3]) * depth) / height
    beside = np.maximum(0, np.maximum(box[0] - x, x - box[2]))
    above = np.maximum(0, np.maximum(box[1] - y, y - box[3]))
    # A ball in the air or in the hands is not over the feet; then it has to be close to the body itself.
    body = 0.6 + 2.5 * np.hypot(beside, above) / height
    return float(np.minimum(feet, body).min())


def relation_terms(
    box: Floats, others: Floats, balls: Floats, *, picture_height: float, depth: float = DEPTH
) -> dict[str, float]:
    """Terms of `vocabulary.RELATIONS` for the person in `box` (4,) among `others` (N, 4) and `balls` (M, 4)."""
    near_ball = 1 - ramp(ball_distance(box, balls, depth=depth), 0.8, 1.3)
    terms = {term("relation", "near ball"): near_ball}
    if box[3] - box[1] <= _CLOSE_UP * picture_height:
        distances = np.sort(ground_distances(box, others, depth=depth)) if len(others) else np.zeros(0)
        nearest = float(distances[0]) if len(distances) else float("inf")
        third = float(distances[2]) if len(distances) > 2 else float("inf")
        terms[term("relation", "alone")] = ramp(nearest, 2.5, 3.5)
        terms[term("relation", "in a group")] = 1 - ramp(third, 2.5, 3.5)
    return keep(terms)
