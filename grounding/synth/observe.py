"""From pictures to truth: tubes, ball boxes and events of a match, measured on the 5 Hz grid."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np

from grounding.synth.arena import FPS, HEIGHT, WIDTH, Sport
from grounding.synth.board import ScoreBoard
from grounding.synth.camera import Camera, Take
from grounding.synth.cast import Cast
from grounding.synth.deeds import deeds
from grounding.synth.predicates import legible, pitch_places, places, second_terms, seconds_of, still_terms
from grounding.synth.render import Sight
from grounding.synth.sim import DT, Array, Motion
from grounding.synth.truth import (
    GRID,
    HEIGHTS,
    LEAVE_INSIDE,
    MIN_INSIDE,
    MIN_SECONDS,
    STEP,
    BoardSecond,
    Event,
    Possession,
    TrueBoard,
    TrueTube,
)
from grounding.types import Floats, Tube
from grounding.vocabulary import term

EVERY: Final = FPS // GRID
SPRINT: Final = 3.0
"""Body heights a second from which a run is a sprint, as in the vocabulary."""


@dataclass(slots=True)
class _Stay:
    """A tube while it is being collected."""

    player: int
    shot: int
    frames: list[int] = field(default_factory=list)
    boxes: list[Array] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)
    digits: list[float] = field(default_factory=list)


class Observer:
    """Fed with the sight of every fifth frame in order; gives the tubes."""

    def __init__(
        self,
        cast: Cast,
        motion: Motion,
        takes: tuple[Take, ...],
        camera: Camera = "broadcast",
        sport: Sport = "football",
    ) -> None:
        self.sport = sport
        self.enter_height, self.leave_height = HEIGHTS[camera]
        self.cast, self.motion, self.takes = cast, motion, takes
        self.velocity = motion.velocity()
        self._open: dict[int, _Stay] = {}
        self._done: list[_Stay] = []
        self._ball: list[tuple[float, Array, float]] = []

    def see(self, frame: int, shot: int, sight: Sight) -> None:
        """Takes in one picture; frames must be multiples of five, in order."""
        clipped = np.clip(sight.boxes, 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
        tall = clipped[:, 3] - clipped[:, 1]
        for p in range(len(clipped)):
            stay = self._open.get(p)
            if stay is not None and stay.shot != shot:
                self._close(p)
                stay = None
            inside, height = (MIN_INSIDE, self.enter_height) if stay is None else (LEAVE_INSIDE, self.leave_height)
            if sight.inside[p] < inside or tall[p] < height:
                self._close(p)
                continue
            if stay is None:
                stay = self._open[p] = _Stay(p, shot)
            stay.frames.append(frame)
            stay.boxes.append(clipped[p])
            stay.visible.append(float(sight.visible[p]))
            stay.digits.append(float(sight.digits[p]))
        ball = np.clip(sight.ball, 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
        if (ball[2] - ball[0]) * (ball[3] - ball[1]) > 4:
            self._ball.append((frame / FPS, ball, sight.ball_visible))

    def _close(self, player: int) -> None:
        stay = self._open.pop(player, None)
        if stay is not None and len(stay.frames) >= MIN_SECONDS * GRID:
            self._done.append(stay)

    def tubes(self) -> tuple[TrueTube, ...]:
        """All tubes, by start and player. Ends what is still open."""
        for player in list(self._open):
            self._close(player)
        ordered = sorted(self._done, key=lambda s: (s.frames[0], s.player))
        return tuple(self._tube(i, stay) for i, stay in enumerate(ordered))

    def ball(self) -> Tube | None:
        """Where the ball is in the picture; None if it never is."""
        if not self._ball:
            return None
        return Tube(np.array([t for t, *_ in self._ball]), np.array([b for _, b, _ in self._ball], np.float32), STEP)

    def ball_visible(self) -> Floats:
        """(N,) share of the ball that is seen at the times of `ball`."""
        return np.round(np.array([seen for *_, seen in self._ball]), 2).astype(np.float32)

    def _tube(self, number: int, stay: _Stay) -> TrueTube:
        # Kept as they will be read back, so that a fresh and a loaded truth are the same.
        times = np.round(np.array(stay.frames) / FPS, 3)
        boxes = np.round(np.array(stay.boxes), 1)
        visible = np.round(np.array(stay.visible), 2).astype(np.float32)
        digits = np.round(np.array(stay.digits), 1).astype(np.float32)
        actor, take = self.cast.actors[stay.player], self.takes[stay.shot]
        still = still_terms(actor, readable=legible(digits, visible))
        terms: dict[int, frozenset[str]] = {}
        for second, rows in seconds_of(times).items():
            frames = [stay.frames[i] for i in rows]
            views = [take.views[f - take.start] for f in frames]
            found = second_terms(actor, self.motion, self.velocity, views, frames)
            found |= {term("place", place) for place in places(boxes[rows].mean(0))}
            stands = self.motion.pos[frames, stay.player].astype(np.float64)
            found |= {term("pitch", place) for place in pitch_places(self.sport, stands)}
            found |= deeds(stay.player, self.cast, self.motion, frames)
            terms[second] = frozenset(found | still)
        tube = Tube(times, boxes.astype(np.float32), STEP)
        return TrueTube(number, stay.player, stay.shot, tube, visible, digits, terms)


def possession_of(motion: Motion) -> tuple[Possession, ...]:
    """Who has the ball and when, in order of start; never across a break of the game."""
    edges = {0, len(motion), *motion.breaks, *(np.flatnonzero(np.diff(motion.holder)) + 1).tolist()}
    ordered = sorted(edge for edge in edges if 0 <= edge <= len(motion))
    return tuple(
        Possession(int(motion.holder[start]), round(start * DT, 3), round(end * DT, 3))
        for start, end in pairwise(ordered)
        if motion.holder[start] >= 0
    )


def board_of(board: ScoreBoard, frames: int) -> TrueBoard:
    """What the score board says in the middle of each whole second."""
    seconds = []
    for frame in range(FPS // 2, frames, FPS):
        shown = board.shown(frame)
        seconds.append(BoardSecond(round(shown.match_seconds, 2), shown.period, shown.home, shown.away, shown.visible))
    return TrueBoard(board.box(0), board.down, tuple(seconds))


def events_of(cast: Cast, motion: Motion) -> tuple[Event, ...]:
    """What happened, in order of start: the simulation's happenings and every sprint of a second or more."""
    out = [Event(h.kind, h.player, round(h.start * DT, 3), round(h.end * DT, 3)) for h in motion.happenings]
    speed = np.hypot(*motion.velocity().transpose(2, 0, 1))
    for actor in cast.actors:
        fast = np.concatenate([[0], (speed[:, actor.id] >= SPRINT * actor.height).astype(int), [0]])
        edges = np.flatnonzero(np.diff(fast))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if end - start >= FPS:
                out.append(Event("sprint", actor.id, round(float(start * DT), 3), round(float(end * DT), 3)))
    return tuple(sorted(out, key=lambda e: (e.start, e.player, e.kind)))
