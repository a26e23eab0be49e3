"""What the pose of one crop a second tells: arms raised, bending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.describe.learned import curves
from grounding.describe.soft import between, keep, ramp
from grounding.vocabulary import term

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from grounding.types import CropSample, Floats

    Array = NDArray[np.float64]

RAISED: Final = term("action", "arms raised")
INPUTS: Final = ("higher", "lower", "elbow", "lower elbow", "over nose", "both", "headroom", "lean", "sure both")
"""Inputs of the curve of raised arms."""
_NOSE = 0
_SHOULDERS, _ELBOWS, _WRISTS, _HIPS, _ANKLES = [5, 6], [7, 8], [9, 10], [11, 12], [15, 16]
_TRUNK = [*_SHOULDERS, *_ELBOWS, *_WRISTS, *_HIPS]
_SEEN = 0.25
_BEST = 0.75
"""Quantile of a person's poses that is believed: the others may be turned away, hidden or bent."""
_BODY = (0.18, 0.3)
"""Mean score of the points of the trunk and arms from which it is a body: spectators far off and nets have less."""


def arm_columns(boxes: Floats, points: Floats) -> dict[str, Array]:
    """(N,) values of each of `INPUTS`.

    boxes: (N, 4) of the people; points: (N, 17, 3) MoveNet order in the same pixels.
    """
    p, b = points.astype(np.float64), boxes.astype(np.float64)
    height = np.maximum(1.0, b[:, 3] - b[:, 1])
    up = p[:, _SHOULDERS, :2].mean(1) - p[:, _HIPS, :2].mean(1)
    trunk = np.maximum(np.hypot(*up.T), 0.12 * height)
    wrists = (p[:, _SHOULDERS, 1] - p[:, _WRISTS, 1]) / trunk[:, None]
    elbows = (p[:, _SHOULDERS, 1] - p[:, _ELBOWS, 1]) / trunk[:, None]
    higher, lower = between(wrists.max(1), -0.5, 1.0), between(wrists.min(1), -0.5, 1.0)
    both = np.sqrt(higher * lower)
    return {
        "higher": higher,
        "lower": lower,
        "elbow": between(elbows.max(1), -0.5, 0.5),
        "lower elbow": between(elbows.min(1), -0.5, 0.5),
        "over nose": between((p[:, _NOSE, 1] - p[:, _WRISTS, 1].min(1)) / trunk, -0.5, 1.0),
        "both": both,
        "headroom": between((p[:, _NOSE, 1] - b[:, 1]) / height, 0.05, 0.3),
        "lean": between(np.degrees(np.arctan2(np.abs(up[:, 0]), -up[:, 1])), 20.0, 70.0),
        "sure both": both * p[:, _TRUNK, 2].mean(1),
    }


def surely_a_body(samples: Iterable[CropSample], least_height: float = 0.0) -> float:
    """How surely this is a person at all, told by the poses, in 0..1; 1 where there is no pose.

    least_height: pixels from which a crop tells.
    """
    told = [
        body_sure(sample.keypoints)
        for sample in samples
        if sample.keypoints is not None and sample.box[3] - sample.box[1] >= least_height
    ]
    return float(np.quantile(told, _BEST)) if told else 1.0


def body_sure(points: Floats) -> float:
    """How surely the points (17, 3) are those of a body, in 0..1."""
    return ramp(float(points[_TRUNK, 2].mean()), *_BODY)


def action_terms(box: Floats, points: Floats | None) -> dict[str, float]:
    """Terms of `vocabulary.ACTIONS` that the pose tells.

    box: (4,) of the moment of the pose; points: (17, 3) MoveNet order in the same pixels, or None.
    """
    if points is None:
        return {}
    raised = float(curves()["arms raised"].degrees(arm_columns(box[None], points[None]))[0])
    return keep({
        RAISED: raised * body_sure(points),
        term("action", "bending"): _bending(box, points),
    })  # fmt: skip


def _bending(box: Floats, points: Floats) -> float:
    """The trunk leans, and the legs stand under it."""
    if float(points[_SHOULDERS + _HIPS, 2].min()) < _SEEN:
        return 0.0
    height = max(1.0, float(box[3] - box[1]))
    hip = points[_HIPS, :2].mean(0)
    up = points[_SHOULDERS, :2].mean(0) - hip
    lean = float(np.degrees(np.arctan2(abs(up[0]), -up[1])))
    legs = ramp(float(points[_ANKLES, 1].mean() - hip[1]) / height, 0.2, 0.35)
    return ramp(lean, 35, 60) * legs
