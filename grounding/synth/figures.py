"""Bodies: joints of all players at one instant, from gait and act. No drawing here; see `paint`.

A pose is a row of joint angles (`Pose`). Running and standing give one row per player, an act gives another, and the
two are blended; then the angles become joints in the world by forward kinematics, for all players at once. Lengths
are for a body of 1.80 m and scale with the player's height. Angles in radians.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from grounding.synth.sim import Act, Array

JOINTS: Final = (
    "pelvis", "chest", "neck", "head", "crown",
    "shoulder_l", "elbow_l", "wrist_l", "hand_l", "shoulder_r", "elbow_r", "wrist_r", "hand_r",
    "hip_l", "knee_l", "ankle_l", "toe_l", "hip_r", "knee_r", "ankle_r", "toe_r",
)  # fmt: skip
INDEX: Final = {name: i for i, name in enumerate(JOINTS)}

ANGLES: Final = (
    "tip", "roll", "lean", "twist",
    "arm_l", "out_l", "elbow_l", "arm_r", "out_r", "elbow_r",
    "thigh_l", "spread_l", "knee_l", "thigh_r", "spread_r", "knee_r",
)  # fmt: skip
A: Final = {name: i for i, name in enumerate(ANGLES)}
"""tip: whole body forward about the hips (lying prone at pi/2); roll: to the right; lean: trunk forward; arm: forward
and up; out: away from the side; thigh: forward; knee: bent."""


def gait(phase: Array, speed: Array, breathing: Array) -> Array:
    """(P, 16) angles of standing, walking and running. phase: radians of the stride; speed: m/s."""
    pose = np.zeros((len(phase), len(ANGLES)))
    go = np.clip(speed / 1.1, 0, 1)
    run = np.clip((speed - 1.6) / 3.2, 0, 1)
    swing = go * (0.30 + 0.09 * np.clip(speed, 0, 8))
    s, c = np.sin(phase), np.cos(phase)
    pose[:, A["lean"]] = 0.03 + 0.035 * speed * run + 0.02 * np.sin(breathing)
    pose[:, A["twist"]] = -0.22 * swing * s
    for side, sign in (("l", 1.0), ("r", -1.0)):
        pose[:, A[f"thigh_{side}"]] = swing * sign * s + 0.16 * run
        lift = np.clip(sign * c, 0, None)
        pose[:, A[f"knee_{side}"]] = 0.10 + 0.22 * run + go * lift * (0.65 + 1.15 * run)
        pose[:, A[f"spread_{side}"]] = 0.07 + 0.05 * (1 - go)
        pose[:, A[f"arm_{side}"]] = -sign * s * swing * 0.95 + 0.05 * np.sin(breathing + sign)
        pose[:, A[f"out_{side}"]] = 0.16 + 0.12 * run
        pose[:, A[f"elbow_{side}"]] = 0.28 + 1.25 * run
    return pose


def _row(**angles: float) -> Array:
    row = np.zeros(len(ANGLES))
    for name, value in angles.items():
        row[A[name]] = value
    return row


UP: Final = _row(arm_l=2.75, arm_r=2.75, out_l=0.42, out_r=0.42, elbow_l=0.25, elbow_r=0.25)
CROUCH: Final = _row(lean=0.5, arm_l=-0.6, arm_r=-0.6, out_l=0.25, out_r=0.25, elbow_l=0.5, elbow_r=0.5,
                     thigh_l=0.8, thigh_r=0.8, knee_l=1.4, knee_r=1.4, spread_l=0.1, spread_r=0.1)  # fmt: skip
LEAP: Final = _row(lean=-0.08, arm_l=1.5, arm_r=1.5, out_l=0.9, out_r=0.9, elbow_l=0.9, elbow_r=0.9,
                   thigh_l=0.15, thigh_r=-0.2, knee_l=0.7, knee_r=0.5, spread_l=0.1, spread_r=0.1)  # fmt: skip
WINDUP: Final = _row(lean=0.1, twist=0.3, arm_l=0.9, out_l=0.8, arm_r=-0.7, out_r=0.4, elbow_l=0.4, elbow_r=0.6,
                     thigh_l=0.1, knee_l=0.3, thigh_r=-0.75, knee_r=1.3, spread_l=0.1, spread_r=0.15)  # fmt: skip
STRIKE: Final = _row(lean=-0.16, twist=-0.35, arm_l=-0.6, out_l=0.7, arm_r=0.6, out_r=0.5, elbow_l=0.5, elbow_r=0.5,
                     thigh_l=-0.05, knee_l=0.25, thigh_r=1.25, knee_r=0.15, spread_l=0.1, spread_r=0.1)  # fmt: skip
PRONE: Final = _row(tip=1.5, lean=-0.05, arm_l=2.1, arm_r=1.3, out_l=0.5, out_r=0.7, elbow_l=0.9, elbow_r=0.7,
                    thigh_l=0.1, thigh_r=0.5, knee_l=0.5, knee_r=0.9, spread_l=0.15, spread_r=0.2)  # fmt: skip
SUPINE: Final = _row(tip=-1.5, lean=0.1, arm_l=0.6, arm_r=1.9, out_l=0.8, out_r=0.5, elbow_l=0.5, elbow_r=1.4,
                     thigh_l=0.3, thigh_r=0.9, knee_l=0.3, knee_r=1.5, spread_l=0.2, spread_r=0.15)  # fmt: skip
SLIDE: Final = _row(tip=-1.05, lean=0.45, arm_l=-0.5, arm_r=0.5, out_l=0.8, out_r=0.9, elbow_l=0.3, elbow_r=0.4,
                    thigh_l=-0.1, knee_l=1.5, thigh_r=0.5, knee_r=0.1, spread_l=0.25, spread_r=0.1)  # fmt: skip
DIVE: Final = _row(roll=1.42, lean=-0.1, arm_l=2.6, arm_r=2.8, out_l=0.2, out_r=0.2, elbow_l=0.2, elbow_r=0.2,
                   thigh_l=0.2, knee_l=0.6, thigh_r=-0.1, knee_r=0.3, spread_l=0.2, spread_r=0.1)  # fmt: skip
RELEASE: Final = _row(lean=0.0, arm_l=2.5, arm_r=2.8, out_l=0.2, out_r=0.1, elbow_l=0.6, elbow_r=0.25,
                      thigh_l=0.05, thigh_r=-0.05, knee_l=0.2, knee_r=0.2, spread_l=0.08, spread_r=0.08)  # fmt: skip
GATHER: Final = _row(lean=0.3, arm_l=1.0, arm_r=1.0, out_l=0.1, out_r=0.1, elbow_l=1.7, elbow_r=1.7,
                     thigh_l=0.7, thigh_r=0.7, knee_l=1.3, knee_r=1.3, spread_l=0.12, spread_r=0.12)  # fmt: skip
PUSH: Final = _row(lean=0.2, arm_l=1.35, arm_r=1.35, out_l=0.1, out_r=0.1, elbow_l=0.3, elbow_r=0.3,
                   thigh_l=0.4, thigh_r=-0.2, knee_l=0.5, knee_r=0.3, spread_l=0.12, spread_r=0.12)  # fmt: skip
GUARD: Final = _row(lean=0.32, arm_l=0.7, arm_r=0.7, out_l=1.0, out_r=1.0, elbow_l=0.7, elbow_r=0.7,
                    thigh_l=0.55, thigh_r=0.55, knee_l=0.95, knee_r=0.95, spread_l=0.35, spread_r=0.35)  # fmt: skip


def _ease(x: float) -> float:
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


def _mirror(row: Array) -> Array:
    out = row.copy()
    for name, i in A.items():
        if name.endswith("_l"):
            out[i], out[A[name[:-1] + "r"]] = row[A[name[:-1] + "r"]], row[i]
    out[A["roll"]], out[A["twist"]] = -row[A["roll"]], -row[A["twist"]]
    return out


_ARMS: Final = [A[n] for n in ("arm_l", "out_l", "elbow_l", "arm_r", "out_r", "elbow_r")]


def perform(pose: Array, act: int, phase: float, side: int, t: float) -> Array:
    """The angles of one player doing `act`, from the gait's angles `pose` (16,). phase: 0..1 through the act."""
    if act == Act.NONE:
        return pose
    key = {Act.KICK: WINDUP, Act.FALL: PRONE, Act.SLIDE: SLIDE, Act.DIVE: DIVE}.get(Act(act))
    if act == Act.RAISE:
        out = pose.copy()
        wave = UP.copy()
        wave[A["out_l"]] += 0.22 * np.sin(t * 7.0)
        wave[A["out_r"]] += 0.22 * np.sin(t * 7.0 + 0.6)
        weight = _ease(phase * 12) * _ease((1 - phase) * 12)
        out[_ARMS] = pose[_ARMS] * (1 - weight) + wave[_ARMS] * weight
        return out
    if act == Act.KICK:
        out = _blend3(pose, WINDUP, STRIKE, phase)
        return _mirror(out) if side < 0 else out
    if act in (Act.JUMP, Act.SHOOT):
        first, second = (CROUCH, LEAP) if act == Act.JUMP else (GATHER, RELEASE)
        return _blend3(pose, first, second, phase)
    if act == Act.THROW:
        return _blend3(pose, GATHER * 0.6 + pose * 0.4, PUSH, phase)
    if act in (Act.GUARD, Act.DRIBBLE):
        return _ball_pose(pose, act, t)
    assert key is not None
    target = _mirror(key) if act == Act.DIVE and side < 0 else (SUPINE if act == Act.FALL and side < 0 else key)
    weight = _ease(phase * (4.0 if act == Act.FALL else 3.4)) * _ease((1 - phase) * 4.0)
    return pose * (1 - weight) + target * weight


def _ball_pose(pose: Array, act: int, t: float) -> Array:
    out = pose.copy()
    if act == Act.DRIBBLE:
        out[A["lean"]] += 0.22
        out[A["arm_r"]], out[A["out_r"]], out[A["elbow_r"]] = 0.45, 0.25, 0.75 + 0.45 * np.sin(t * 2 * np.pi * 1.8)
        return out
    return 0.3 * pose + 0.7 * GUARD


def _blend3(pose: Array, first: Array, second: Array, phase: float) -> Array:
    """Gait, then `first` (at a quarter), then `second` (from a half to three quarters), then gait again."""
    into, across, back = _ease(phase / 0.25), _ease((phase - 0.25) / 0.22), _ease((phase - 0.75) / 0.25)
    act = first * (1 - across) + second * across
    weight = into * (1 - back)
    return pose * (1 - weight) + act * weight


def skeleton(pose: Array, height: Array, face: Array, pos: Array, lift: Array) -> tuple[Array, Array]:
    """World joints (P, 21, 3) and the trunk's axes (P, 3, 3): rows forward, left, up.

    The body is lowered until its lowest joint touches the ground (plus `lift`), so feet neither float nor sink.
    """
    count, size = len(pose), height / 1.80
    joints = np.zeros((count, len(JOINTS), 3))
    zero, one = np.zeros(count), np.ones(count)
    trunk = _pitch(pose[:, A["lean"]]) @ _yaw(pose[:, A["twist"]])

    def put(name: str, parent: str, frame: Array, offset: Array) -> None:
        joints[:, INDEX[name]] = joints[:, INDEX[parent]] + np.einsum("pji,pj->pi", frame, offset * size[:, None])

    def at(x: float, y: float, z: float) -> Array:
        return np.stack([one * x, one * y, one * z], axis=1)

    put("chest", "pelvis", trunk, at(0.0, 0, 0.34))
    put("neck", "pelvis", trunk, at(0.0, 0, 0.55))
    put("head", "neck", trunk, at(0.03, 0, 0.125))
    put("crown", "neck", trunk, at(0.015, 0, 0.205))
    still = np.tile(np.eye(3), (count, 1, 1))
    for side, sign in (("l", 1.0), ("r", -1.0)):
        put(f"shoulder_{side}", "pelvis", trunk, at(0.0, sign * 0.175, 0.485))
        arm, out, bend = (pose[:, A[f"{n}_{side}"]] for n in ("arm", "out", "elbow"))
        upper = np.stack([np.sin(arm) * np.cos(out), sign * np.sin(out), -np.cos(arm) * np.cos(out)], axis=1)
        lower = np.stack([np.sin(arm + bend) * np.cos(out * 0.6), sign * np.sin(out * 0.6),
                          -np.cos(arm + bend) * np.cos(out * 0.6)], axis=1)  # fmt: skip
        put(f"elbow_{side}", f"shoulder_{side}", trunk, upper * 0.29)
        put(f"wrist_{side}", f"elbow_{side}", trunk, lower * 0.25)
        put(f"hand_{side}", f"wrist_{side}", trunk, lower * 0.085)
        put(f"hip_{side}", "pelvis", still, at(0.0, sign * 0.095, -0.02))
        thigh, spread, knee = (pose[:, A[f"{n}_{side}"]] for n in ("thigh", "spread", "knee"))
        upper = np.stack(
            [np.sin(thigh), sign * np.sin(spread) * np.cos(thigh), -np.cos(thigh) * np.cos(spread)], axis=1
        )
        shin = thigh - knee
        lower = np.stack([np.sin(shin), sign * np.sin(spread) * 0.5, -np.cos(shin)], axis=1)
        put(f"knee_{side}", f"hip_{side}", still, upper * 0.44)
        put(f"ankle_{side}", f"knee_{side}", still, lower * 0.43)
        foot = np.stack([np.cos(shin * 0.7), sign * 0.15 * one, np.minimum(np.sin(shin * 0.7), 0.2) - 0.22], axis=1)
        put(f"toe_{side}", f"ankle_{side}", still, foot * 0.20)
    body = _pitch(pose[:, A["tip"]]) @ _bank(pose[:, A["roll"]]) @ _yaw(face)
    joints = np.einsum("pij,pjk->pik", joints, body)
    ground = 0.055 * size + zero
    joints[..., 2] += (ground - joints[..., 2].min(1) + lift)[:, None]
    joints[..., :2] += pos[:, None]
    return joints, trunk @ body


def _pitch(a: Array) -> Array:
    """(P, 3, 3) rows: where forward, left and up go when tipped forward by `a`."""
    z, o, c, s = np.zeros_like(a), np.ones_like(a), np.cos(a), np.sin(a)
    return np.stack([np.stack([c, z, -s], 1), np.stack([z, o, z], 1), np.stack([s, z, c], 1)], 1)


def _yaw(a: Array) -> Array:
    z, o, c, s = np.zeros_like(a), np.ones_like(a), np.cos(a), np.sin(a)
    return np.stack([np.stack([c, s, z], 1), np.stack([-s, c, z], 1), np.stack([z, z, o], 1)], 1)


def _bank(a: Array) -> Array:
    z, o, c, s = np.zeros_like(a), np.ones_like(a), np.cos(a), np.sin(a)
    return np.stack([np.stack([o, z, z], 1), np.stack([z, c, -s], 1), np.stack([z, s, c], 1)], 1)
