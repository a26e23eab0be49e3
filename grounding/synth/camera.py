"""Television cameras: a pinhole in the world for each frame, and the director who cuts between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from grounding.synth.arena import FPS, HEIGHT, WIDTH, Arena
from grounding.synth.sim import Act, Array, Motion

Style = Literal["wide", "medium", "close", "behind"]
STYLES: Final[tuple[Style, ...]] = ("wide", "medium", "close", "behind")

Camera = Literal["broadcast", "wide"]
CAMERAS: Final[tuple[Camera, ...]] = ("broadcast", "wide")
"""Who films: a director who cuts between cameras, or one panoramic camera, as clubs film for tactics."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A pinhole camera. rotation (3, 3): rows are the picture's right, down and the viewing direction in the world."""

    position: Array
    rotation: Array
    focal: float

    def project(self, points: Array) -> tuple[Array, Array]:
        """World points (..., 3) to picture pixels (..., 2) and depth (...) in metres (negative: behind the camera)."""
        seen = (points - self.position) @ self.rotation.T
        depth = seen[..., 2]
        safe = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
        pixels = seen[..., :2] * (self.focal / safe)[..., None] + np.array([WIDTH / 2, HEIGHT / 2])
        return pixels, depth

    def plane(self, origin: Array, along: Array, up: Array) -> Array:
        """(3, 3) homography from plane coordinates (u, v), meaning `origin + u * along + v * up`, to pixels."""
        camera = np.stack([along, up, origin - self.position], axis=1)
        lens = np.array([[self.focal, 0, WIDTH / 2], [0, self.focal, HEIGHT / 2], [0, 0, 1.0]])
        return lens @ self.rotation @ camera

    def ground_axes(self) -> tuple[Array, Array]:
        """Unit vectors on the ground: to the right of the picture, and away from the viewer."""
        right = self.rotation[0, :2] / np.hypot(*self.rotation[0, :2])
        return right, np.array([-right[1], right[0]])


def look_at(position: Array, target: Array, focal: float) -> View:
    """A level camera at `position` that has `target` in the middle of its picture."""
    forward = target - position
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return View(position, np.stack([right, np.cross(forward, right), forward]), focal)


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One shot of the film: frames `[start, end)` through one camera. `subject`: the followed actor of a close-up."""

    style: Style
    start: int
    end: int
    subject: int
    views: tuple[View, ...]


@dataclass(frozen=True, slots=True)
class Rig:
    """Where a sport's cameras stand and how tight they frame, in pixels per metre at the subject."""

    wide_back: float
    wide_up: float
    wide_tight: tuple[float, float]
    medium_back: float
    medium_up: float
    medium_tight: tuple[float, float]
    close_back: float
    close_tight: tuple[float, float]
    behind_back: float
    behind_up: float
    behind_tight: tuple[float, float]
    behind_reach: float


RIGS: Final = {
    "football": Rig(
        wide_back=30, wide_up=19, wide_tight=(50, 60), medium_back=24, medium_up=10, medium_tight=(78, 104),
        close_back=14, close_tight=(112, 160), behind_back=9, behind_up=5.5, behind_tight=(52, 74), behind_reach=34,
    ),
    "basketball": Rig(
        wide_back=15, wide_up=10.5, wide_tight=(66, 78), medium_back=12, medium_up=6.5, medium_tight=(86, 106),
        close_back=9, close_tight=(120, 160), behind_back=5.0, behind_up=3.6, behind_tight=(84, 104), behind_reach=15,
    ),
}  # fmt: skip

PANORAMAS: Final = {
    "football": replace(RIGS["football"], wide_back=42, wide_up=25, wide_tight=(14, 21)),
    "basketball": replace(RIGS["basketball"], wide_back=24, wide_up=14, wide_tight=(26, 40)),
}
"""The rigs of the panoramic camera: at least half of the field in view, people 20 to 45 pixels high
in football and 50 to 85 in basketball."""


def smooth(values: Array, seconds: float) -> Array:
    """Gaussian smoothing over time (rows), the ends held; a camera operator sees a little into the future."""
    radius = max(1, round(2.5 * seconds * FPS))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / (seconds * FPS)) ** 2)
    padded = np.concatenate([np.repeat(values[:1], radius, 0), values, np.repeat(values[-1:], radius, 0)])
    return np.stack([np.convolve(c, taps / taps.sum(), "valid") for c in padded.T], axis=1)


class Director:
    """Plans the takes of a match: where to cut, which camera, whom to follow."""

    def __init__(self, arena: Arena, motion: Motion, rng: np.random.Generator) -> None:
        self.arena, self.motion, self.rng = arena, motion, rng
        self.rig = RIGS[arena.sport]
        self.focus = self._focus()

    def _focus(self) -> Array:
        """(T, 2) what the story is about: the ball, and after a goal in football the scorer."""
        focus = self.motion.ball[:, :2].astype(np.float64)
        joy = {h.start: h for h in reversed(self.motion.happenings) if h.kind == "celebrate"}
        for party in joy.values() if self.arena.sport == "football" else ():
            focus[party.start : party.end] = self.motion.pos[party.start : party.end, party.player]
        return focus

    def takes(self) -> tuple[Take, ...]:
        """All takes in order; together they cover every frame once, and no take runs across a break of the game."""
        takes: list[Take] = []
        previous: Style | None = None
        for start, end in self._cuts():
            style = self._style(start, end, previous)
            previous = style
            takes.append(self._take(style, start, end))
        return tuple(takes)

    def _cuts(self) -> list[tuple[int, int]]:
        frames = len(self.motion)
        hard = [b for b in self.motion.breaks if 0 < b < frames]
        goals = [h.end for h in self.motion.happenings if h.kind == "goal" and self.arena.sport == "football"]
        bounds = [0, *sorted({*hard, *(g for g in goals if g < frames)}), frames]
        cuts: list[tuple[int, int]] = []
        for first, last in pairwise(bounds):
            at = first
            while at < last:
                length = int(self.rng.uniform(5.0, 12.0) * FPS)
                # A rest of less than four seconds would be too short for a take of its own.
                end = last if last - at < length + 4 * FPS else at + length
                cuts.append((at, end))
                at = end
        return cuts

    def _style(self, start: int, end: int, previous: Style | None) -> Style:
        party = [h for h in self.motion.happenings if h.kind == "celebrate" and h.start < end and h.end > start + 25]
        if party and self.arena.sport == "football":
            return "close" if previous != "close" and self.rng.random() < 0.6 else "medium"
        ball = smooth(self.focus[start:end], 0.8)[:, 0]
        near_goal = bool(np.all((ball < self.rig.behind_reach) | (ball > self.arena.length - self.rig.behind_reach)))
        same_side = bool(np.ptp(ball) < self.arena.length * 0.5)
        weights = {"wide": 0.44, "medium": 0.3, "close": 0.14, "behind": 0.34 if near_goal and same_side else 0.0}
        if previous is None:
            return "wide"
        weights[previous] *= 0.25
        total = sum(weights.values())
        return STYLES[int(self.rng.choice(4, p=[weights[s] / total for s in STYLES]))]

    def _take(self, style: Style, start: int, end: int) -> Take:
        subject = -1
        if style == "close":
            subject = self._subject(start, end)
            aim = self.motion.pos[start:end, subject].astype(np.float64)
        else:
            aim = self._action(start, end)
        aim = smooth(aim, 0.4 if style == "close" else 0.7)
        views = getattr(self, f"_{style}")(aim)
        return Take(style, start, end, subject, tuple(views))

    def _action(self, start: int, end: int) -> Array:
        """(T, 2) what the camera follows: the ball and, a little, the people around it."""
        ball = self.focus[start:end]
        people = self.motion.pos[start:end, :-1].astype(np.float64)
        away = np.hypot(*(people - ball[:, None]).transpose(2, 0, 1))
        weight = np.exp(-((away / 9.0) ** 2))
        crowd = (people * weight[..., None]).sum(1) / np.maximum(weight.sum(1), 1e-6)[:, None]
        aim: Array = np.where(weight.sum(1)[:, None] > 0.2, 0.55 * ball + 0.45 * crowd, ball)
        return np.clip(aim, -1.0, (self.arena.length + 1.0, self.arena.width + 1.0))

    def _subject(self, start: int, end: int) -> int:
        """Who a close-up follows: a celebrating player, else whoever has the ball longest, else the nearest to it."""
        m = self.motion
        joyful = np.bincount(np.nonzero(m.act[start:end] == Act.RAISE)[1], minlength=m.pos.shape[1])
        if joyful.max() > FPS:
            return int(joyful.argmax())
        holders = m.holder[start:end]
        if np.any(holders >= 0):
            return int(np.bincount(holders[holders >= 0]).argmax())
        gap = np.hypot(*(m.pos[start:end, :-1] - m.ball[start:end, None, :2]).transpose(2, 0, 1)).mean(0)
        return int(gap.argmin())

    def _zoom(self, tight: tuple[float, float], frames: int) -> Array:
        """(T,) pixels per metre, drifting slowly within `tight`."""
        first, last = self.rng.uniform(*tight, 2)
        ramp = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, frames))
        zoom: Array = first + (last - first) * ramp
        return zoom

    def _shake(self, frames: int, size: float) -> Array:
        return smooth(self.rng.normal(0, 1, (frames, 3)), 0.35) * size * 3.0

    def _film(self, position: Array, aim: Array, height: float, zoom: Array, shake: float) -> list[View]:
        """Views from one place, each aimed at a ground point plus `height`, framed to `zoom` pixels per metre there."""
        jitter = self._shake(len(aim), shake)
        views = []
        for point, tight, wobble in zip(aim, zoom, jitter, strict=True):
            target = np.array([*point, height]) + wobble
            views.append(look_at(position, target, float(tight * np.linalg.norm(target - position))))
        return views

    def _wide(self, aim: Array) -> list[View]:
        rig, arena = self.rig, self.arena
        position = np.array([arena.length / 2, -rig.wide_back, rig.wide_up])
        # Beyond the far touchline there is nothing to see, so the aim stays on the near side of it.
        aim = np.clip(aim, (arena.length * 0.09, arena.width * 0.12), (arena.length * 0.91, arena.width * 0.8))
        return self._film(position, aim, 0.8, self._zoom(rig.wide_tight, len(aim)), 0.03)

    def _medium(self, aim: Array) -> list[View]:
        rig = self.rig
        x = float(np.clip(aim[:, 0].mean() + self.rng.uniform(-0.12, 0.12) * self.arena.length, 0, self.arena.length))
        position = np.array([x, -rig.medium_back, rig.medium_up])
        return self._film(position, aim, 1.0, self._zoom(rig.medium_tight, len(aim)), 0.03)

    def _close(self, aim: Array) -> list[View]:
        rig = self.rig
        x = float(np.clip(aim[:, 0].mean() + self.rng.uniform(-8, 8), -4, self.arena.length + 4))
        position = np.array([x, -rig.close_back, 2.4])
        return self._film(position, aim, 1.05, self._zoom(rig.close_tight, len(aim)), 0.02)

    def _behind(self, aim: Array) -> list[View]:
        rig, arena = self.rig, self.arena
        right = aim[:, 0].mean() > arena.length / 2
        x = arena.length + rig.behind_back if right else -rig.behind_back
        y = arena.width / 2 + float(self.rng.choice([-1, 1])) * arena.width * (
            0.16 if arena.sport == "football" else 0.28
        )
        # Held off the goal line, or the picture would swing wildly when the ball comes near.
        low, high = (arena.length * 0.55, arena.length - 8.0) if right else (8.0, arena.length * 0.45)
        if arena.sport == "basketball":
            low, high = (arena.length * 0.5, arena.length - 4.0) if right else (4.0, arena.length * 0.5)
        aim = np.clip(aim, (low, 0.0), (high, arena.width))
        return self._film(np.array([x, y, rig.behind_up]), aim, 1.0, self._zoom(rig.behind_tight, len(aim)), 0.03)


class Panorama(Director):
    """One camera high above the halfway line that follows slowly; cuts only where the game itself breaks off."""

    def __init__(self, arena: Arena, motion: Motion, rng: np.random.Generator) -> None:
        super().__init__(arena, motion, rng)
        self.rig = PANORAMAS[arena.sport]

    def _cuts(self) -> list[tuple[int, int]]:
        breaks = sorted({b for b in self.motion.breaks if 0 < b < len(self.motion)})
        return list(pairwise([0, *breaks, len(self.motion)]))

    def _style(self, start: int, end: int, previous: Style | None) -> Style:  # noqa: ARG002
        return "wide"

    def _action(self, start: int, end: int) -> Array:
        return smooth(super()._action(start, end), 1.5)


def direct(camera: Camera, arena: Arena, motion: Motion, rng: np.random.Generator) -> tuple[Take, ...]:
    """The takes of a match, as `camera` films it."""
    return (Panorama if camera == "wide" else Director)(arena, motion, rng).takes()
