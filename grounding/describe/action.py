"""What somebody is doing, so far as the pose of one crop a second and the path of the feet can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grounding.describe.soft import keep, ramp
from grounding.vocabulary import term

if TYPE_CHECKING:
    from grounding.describe.motion import Movement
    from grounding.types import Floats

_NOSE = 0
_SHOULDERS, _ELBOWS, _WRISTS, _HIPS, _KNEES, _ANKLES = (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)
_SEEN = 0.25


class _Pose:
    """Joints of one person with the measures that several actions need. Lengths are in torso lengths."""

    def __init__(self, points: Floats) -> None:
        self.points = points
        self.shoulder = self.mean(_SHOULDERS)
        self.hip = self.mean(_HIPS)
        self.torso = float(np.linalg.norm(self.hip - self.shoulder))

    def mean(self, pair: tuple[int, int]) -> Floats:
        return np.asarray(self.points[list(pair), :2].mean(0), np.float32)

    def sees(self, *joints: int) -> bool:
        return all(float(self.points[j, 2]) >= _SEEN for j in joints)

    @property
    def lean(self) -> float:
        """Degrees of the trunk from upright, 0..180."""
        up = self.shoulder - self.hip
        return float(np.degrees(np.arctan2(abs(up[0]), -up[1])))

    def raised(self, side: int) -> float:
        """How far above the shoulder the wrist is, in torso lengths; minus infinity where it is not seen."""
        shoulder, elbow, wrist = _SHOULDERS[side], _ELBOWS[side], _WRISTS[side]
        if not self.sees(shoulder, elbow, wrist):
            return float("-inf")
        return float(self.points[shoulder, 1] - self.points[wrist, 1]) / self.torso

    def straight_leg_swing(self, side: int) -> float:
        """Degrees of a nearly straight leg from the line of the trunk; 0 where it is bent or not seen."""
        hip, knee, ankle = _HIPS[side], _KNEES[side], _ANKLES[side]
        if not self.sees(hip, knee, ankle):
            return 0.0
        thigh = self.points[knee, :2] - self.points[hip, :2]
        shin = self.points[ankle, :2] - self.points[knee, :2]
        if _angle(thigh, shin) > 40:
            return 0.0
        return _angle(thigh + shin, self.hip - self.shoulder)


def _angle(a: Floats, b: Floats) -> float:
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(np.clip(float(a @ b) / scale, -1, 1)))) if scale > 0 else 0.0


def action_terms(
    box: Floats, keypoints: Floats | None, movement: Movement | None, balls: Floats | None = None
) -> dict[str, float]:
    """Terms of `vocabulary.ACTIONS`.

    Args:
        box: (4,) of the moment of the pose; keypoints: (17, 3) MoveNet order in the same pixels, or None; movement: of
        this second, or None; balls: (N, 4) boxes of balls at that moment.
    """
    width, height = float(box[2] - box[0]), max(1.0, float(box[3] - box[1]))
    wide = width / height
    degrees: dict[str, float] = {}
    if movement is not None:
        degrees["jumping"] = ramp(movement.rise, 0.13, 0.3) * (1 - ramp(wide, 0.9, 1.2))
    pose = _Pose(keypoints) if keypoints is not None else None
    if pose is None or not pose.sees(*_SHOULDERS, *_HIPS) or not 0.1 * height < pose.torso < 0.8 * max(width, height):
        # Without a pose only a body much wider than high is sure to be on the ground.
        degrees["lying"] = 0.8 * ramp(wide, 1.2, 1.7)
        return _terms(degrees)
    degrees["lying"] = ramp(pose.lean, 50, 70) * ramp(wide, 0.8, 1.2)
    legs_upright = ramp(float(pose.points[list(_ANKLES), 1].mean() - pose.hip[1]) / height, 0.2, 0.35)
    degrees["bending"] = ramp(pose.lean, 35, 60) * legs_upright * (1 - degrees["lying"])
    arms = sorted((ramp(pose.raised(side), 0.15, 0.6) for side in (0, 1)), reverse=True)
    upright = 1 - ramp(pose.lean, 40, 60)
    degrees["arms raised"] = upright * (0.6 * arms[0] + 0.4 * arms[1])
    degrees.update(_with_the_ball(pose, box, balls, arms[0]))
    return _terms(degrees)


def _with_the_ball(pose: _Pose, box: Floats, balls: Floats | None, arm: float) -> dict[str, float]:
    """Kicking and throwing: a swung leg, a raised arm, and the ball where it would then be."""
    swing = max(pose.straight_leg_swing(0), pose.straight_leg_swing(1))
    at_feet, at_hands = 0.0, 0.0
    if balls is not None and len(balls):
        middles = np.asarray((balls[:, :2] + balls[:, 2:]) / 2, np.float32)
        height = max(1.0, float(box[3] - box[1]))
        feet, hands = pose.points[list(_ANKLES), :2], pose.points[list(_WRISTS), :2]
        at_feet = 1 - ramp(_nearest(feet, middles) / height, 0.35, 0.8)
        at_hands = 1 - ramp(_nearest(hands, middles) / height, 0.2, 0.5)
    return {
        # A long stride looks like a kick; without the ball nearby it is half believed at most.
        "kicking": ramp(swing, 38, 60) * (0.35 + 0.65 * at_feet) + 0.25 * at_feet * ramp(swing, 22, 38),
        "throwing": arm * at_hands,
    }


def _nearest(a: Floats, b: Floats) -> float:
    return float(np.linalg.norm(a[:, None] - b[None], axis=2).min())


def _terms(degrees: dict[str, float]) -> dict[str, float]:
    return keep({term("action", name): min(1.0, degree) for name, degree in degrees.items()})
