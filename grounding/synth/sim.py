"""The match as motion: where everybody and the ball are at each frame, without any picture.

Players are points that steer towards a target with limited acceleration; what the target is, and what happens to the
ball, is decided by `football.Football` or `basketball.Basketball`. `World` keeps the state of one instant, `Motion`
the record of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from grounding.synth.arena import FPS, Arena
from grounding.synth.cast import Cast

Array = NDArray[np.float64]
DT: Final = 1.0 / FPS


class Act(IntEnum):
    """What a body does beside standing, walking and running."""

    NONE = 0
    KICK = 1
    JUMP = 2
    RAISE = 3
    FALL = 4
    SLIDE = 5
    DIVE = 6
    SHOOT = 7
    THROW = 8
    DRIBBLE = 9
    GUARD = 10


FLOORED: Final = (Act.FALL, Act.SLIDE, Act.DIVE)
JUMPING: Final = (Act.JUMP, Act.SHOOT)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the match in frames `[start, end)`. kind: pass, shot, goal, save, jump, celebrate, fall, tackle."""

    kind: str
    player: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """The whole match, one row a frame (25 a second).

    pos (T, P, 2) metres; face (T, P) heading in radians; lift (T, P) metres above ground; act (T, P) `Act`, act_phase
    (T, P) 0..1 through the act; side (T, P) ±1, which leg or which way; ball (T, 3); holder (T,) actor or -1;
    score (T, 2); clock (T,) seconds on the board. breaks: frames before which the game jumped on (only to be shown
    with a cut); whistles: frames; thrill (T,) 0..1, how loud the crowd is.
    """

    pos: NDArray[np.float32]
    face: NDArray[np.float32]
    lift: NDArray[np.float32]
    act: NDArray[np.int8]
    act_phase: NDArray[np.float32]
    side: NDArray[np.int8]
    ball: NDArray[np.float32]
    holder: NDArray[np.int16]
    score: NDArray[np.int16]
    clock: NDArray[np.float32]
    thrill: NDArray[np.float32]
    breaks: tuple[int, ...]
    whistles: tuple[int, ...]
    happenings: tuple[Happening, ...]

    def __len__(self) -> int:
        return len(self.pos)

    def velocity(self) -> Array:
        """(T, P, 2) metres a second, central differences that never reach across a break."""
        moved = np.gradient(self.pos.astype(np.float64), DT, axis=0)
        for frame in self.breaks:
            if 1 < frame < len(self) - 1:
                moved[frame - 1] = (self.pos[frame - 1] - self.pos[frame - 2]) / DT
                moved[frame] = (self.pos[frame + 1] - self.pos[frame]) / DT
        return moved


class Brain(Protocol):
    """Decides targets and the ball, once a frame, before the bodies move."""

    def think(self) -> None: ...


class World:
    """State of one instant, and the steering of all bodies."""

    def __init__(self, arena: Arena, cast: Cast, rng: np.random.Generator, frames: int) -> None:
        count = len(cast.actors)
        self.arena, self.cast, self.rng, self.frames = arena, cast, rng, frames
        self.frame = 0
        self.team = np.array([a.team for a in cast.actors])
        self.pos = np.zeros((count, 2))
        self.vel = np.zeros((count, 2))
        self.face = np.zeros(count)
        self.target = np.zeros((count, 2))
        self.pace = np.full(count, 3.0)
        self.moving = np.zeros(count, bool)
        self.look: Array = np.zeros(2)
        self.act = np.zeros(count, np.int8)
        self.act_from = np.zeros(count, np.int64)
        self.act_to = np.zeros(count, np.int64)
        self.side = np.ones(count, np.int8)
        self.hop = np.zeros(count)
        self.ball = np.zeros(3)
        self.holder = -1
        self.score = [0, 0]
        self.clock = float(rng.integers(3, 80) * 60 + rng.integers(60)) if arena.sport == "football" else 0.0
        self.thrill = 0.2
        self.breaks: list[int] = []
        self.whistles: list[int] = []
        self.happenings: list[Happening] = []
        self.top_speed = np.clip(rng.normal(7.6, 0.5, count), 6.6, 8.6)

    @property
    def now(self) -> float:
        return self.frame * DT

    def free(self) -> NDArray[np.bool_]:
        """Who is on their feet and not in the middle of something."""
        return ~np.isin(self.act, (*FLOORED, *JUMPING, Act.KICK))

    def start_act(self, actor: int, act: Act, seconds: float, *, side: int = 1, hop: float = 0.0) -> None:
        """Begins an act now; it replaces what the actor was doing. `hop`: height of a jump in metres."""
        self.act[actor] = act
        self.act_from[actor] = self.frame
        self.act_to[actor] = self.frame + max(2, round(seconds * FPS))
        self.side[actor] = side
        self.hop[actor] = hop

    def note(self, kind: str, player: int, seconds: float) -> None:
        """Records an event that starts now; ends are cut to the end of the match."""
        end = min(self.frames, self.frame + max(1, round(seconds * FPS)))
        self.happenings.append(Happening(kind, player, self.frame, end))

    def whistle(self) -> None:
        self.whistles.append(self.frame)

    def jump_on(self, seconds: float) -> None:
        """Marks that the game is cut here and goes on later: everybody may be somewhere else in the next frame."""
        self.breaks.append(self.frame)
        self.clock += seconds
        self.vel[:] = 0.0
        self.act[:] = Act.NONE
        self.face = np.arctan2(*(self.ball[:2] - self.pos).T[::-1])

    def go(self, actor: int, target: Array, pace: float) -> None:
        """Sends one actor somewhere at a given speed in metres a second."""
        self.target[actor] = target
        self.pace[actor] = pace

    def step(self) -> None:
        """Moves everybody on by one frame."""
        done = (self.act != Act.NONE) & (self.frame >= self.act_to)
        self.act[done] = Act.NONE
        away = self.target - self.pos
        distance = np.hypot(away[:, 0], away[:, 1])
        # People stop when they are about right and set off only when clearly wrong; else they would tremble.
        self.moving = np.where(self.moving, distance > 0.4, distance > 1.7)
        pace = np.minimum(self.pace, self.top_speed)
        speed = np.where(self.moving, np.minimum(pace, 0.6 + 1.5 * distance), 0.0)
        speed[np.isin(self.act, FLOORED)] = 0.0
        wanted = away / np.maximum(distance, 1e-6)[:, None] * speed[:, None] + self._elbow_room()
        change = wanted - self.vel
        size = np.hypot(change[:, 0], change[:, 1])
        limit = np.where(np.isin(self.act, FLOORED), 4.5, 5.2) * DT
        limit[np.isin(self.act, JUMPING)] = 1.2 * DT
        self.vel += change * np.minimum(1.0, limit / np.maximum(size, 1e-9))[:, None]
        self.pos += self.vel * DT
        edge = self.arena.margin * 0.6
        np.clip(self.pos, -edge, np.array([self.arena.length, self.arena.width]) + edge, out=self.pos)
        self._turn()

    def _elbow_room(self) -> Array:
        """A push away from anybody nearer than 1.1 m, in metres a second."""
        gap = self.pos[:, None] - self.pos[None]
        distance = np.hypot(gap[..., 0], gap[..., 1])
        np.fill_diagonal(distance, 9.0)
        force = np.clip(1.1 - distance, 0.0, None) * 2.6
        push: Array = (gap / np.maximum(distance, 0.05)[..., None] * force[..., None]).sum(1)
        push[np.isin(self.act, FLOORED)] = 0.0
        return push

    def _turn(self) -> None:
        speed = np.hypot(self.vel[:, 0], self.vel[:, 1])
        to_look = self.look - self.pos
        wanted = np.where(
            speed > 0.9, np.arctan2(self.vel[:, 1], self.vel[:, 0]), np.arctan2(to_look[:, 1], to_look[:, 0])
        )
        off = (wanted - self.face + np.pi) % (2 * np.pi) - np.pi
        rate = np.where(np.isin(self.act, (*FLOORED, Act.JUMP)), 0.0, 5.5) * DT
        self.face += np.clip(off, -rate, rate)


class Recorder:
    """Collects the frames of a world into a `Motion`."""

    def __init__(self, world: World) -> None:
        count, frames = len(world.pos), world.frames
        self._world = world
        self._pos = np.zeros((frames, count, 2), np.float32)
        self._face = np.zeros((frames, count), np.float32)
        self._lift = np.zeros((frames, count), np.float32)
        self._act = np.zeros((frames, count), np.int8)
        self._phase = np.zeros((frames, count), np.float32)
        self._side = np.ones((frames, count), np.int8)
        self._ball = np.zeros((frames, 3), np.float32)
        self._holder = np.full(frames, -1, np.int16)
        self._score = np.zeros((frames, 2), np.int16)
        self._clock = np.zeros(frames, np.float32)
        self._thrill = np.zeros(frames, np.float32)

    def keep(self) -> None:
        """Writes down the present frame."""
        w, t = self._world, self._world.frame
        phase = np.clip((t - w.act_from) / np.maximum(1, w.act_to - w.act_from), 0, 1)
        self._pos[t], self._face[t], self._act[t], self._side[t] = w.pos, w.face, w.act, w.side
        self._phase[t] = np.where(w.act == Act.NONE, 0.0, phase)
        # Feet leave the ground between 25 % and 85 % of a jump: a crouch before, a landing after.
        air = np.clip((phase - 0.25) / 0.6, 0, 1)
        self._lift[t] = np.where(np.isin(w.act, JUMPING), 4 * w.hop * air * (1 - air), 0.0)
        self._ball[t], self._holder[t], self._score[t] = w.ball, w.holder, w.score
        self._clock[t], self._thrill[t] = w.clock, w.thrill

    def motion(self) -> Motion:
        w = self._world
        return Motion(
            self._pos, self._face, self._lift, self._act, self._phase, self._side, self._ball, self._holder,
            self._score, self._clock, self._thrill, tuple(w.breaks), tuple(w.whistles), tuple(w.happenings),
        )  # fmt: skip


def run(world: World, brain: Brain) -> Motion:
    """Plays the whole match."""
    recorder = Recorder(world)
    for frame in _frames(world):
        world.frame = frame
        brain.think()
        world.step()
        recorder.keep()
        world.clock += DT if world.arena.sport == "football" else -DT
        world.thrill += (0.2 - world.thrill) * 0.012
    return recorder.motion()


def _frames(world: World) -> Iterator[int]:
    return iter(range(world.frames))
