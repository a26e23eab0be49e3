"""A match that is played and measured but not drawn: truth and exact camera, in seconds instead of minutes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grounding.synth.arena import FPS, HEIGHT, WIDTH, arena_of
from grounding.synth.match import Match
from grounding.synth.observe import EVERY, Observer, events_of, possession_of
from grounding.synth.truth import Player, Truth

if TYPE_CHECKING:
    from grounding.synth.camera import Camera, View
    from grounding.synth.sim import Array


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """truth: without teams, shots and queries; times (M,), steps (M, 3, 3): homography from the picture before to that
    at the time, identity at a cut; cuts: times at which shots begin."""

    match: Match
    truth: Truth
    times: Array
    steps: Array
    cuts: tuple[float, ...]


def sketch(sport: str, seed: int, seconds: int, camera: Camera = "broadcast") -> Sketch:
    """The match that `generate` would render, without its pictures. ValueError for an unknown sport."""
    match = Match.make(arena_of(sport), seed, seconds * FPS, camera)
    observer = Observer(match.cast, match.motion, match.takes, camera, match.arena.sport)
    times: list[float] = []
    steps: list[Array] = []
    for index, take in enumerate(match.takes):
        before: View | None = None
        for frame in range(-(-take.start // EVERY) * EVERY, take.end, EVERY):
            view = take.views[frame - take.start]
            observer.see(frame, index, match.renderer.sight(frame, view))
            times.append(frame / FPS)
            steps.append(np.eye(3) if before is None else turned(before, view))
            before = view
    truth = Truth(
        sport=match.arena.sport, seed=seed, seconds=float(seconds), video=f"{sport}-{seed}.mp4", width=WIDTH,
        height=HEIGHT, fps=float(FPS), teams=(),
        players=tuple(Player(a.id, a.team, a.role, a.number, a.shirt, a.shorts, a.height) for a in match.cast.actors),
        shots=(), tubes=observer.tubes(), ball=observer.ball(), ball_visible=observer.ball_visible(),
        possession=possession_of(match.motion), events=events_of(match.cast, match.motion), queries=(),
    )  # fmt: skip
    cuts = tuple(take.start / FPS for take in match.takes[1:])
    return Sketch(match, truth, np.array(times), np.array(steps), cuts)


def turned(before: View, after: View) -> Array:
    """(3, 3) homography between the pictures of a camera that turns and zooms where it stands."""
    motion = _lens(after) @ after.rotation @ before.rotation.T @ np.linalg.inv(_lens(before))
    return np.asarray(motion / motion[2, 2], np.float64)


def _lens(view: View) -> Array:
    return np.array([[view.focal, 0, WIDTH / 2], [0, view.focal, HEIGHT / 2], [0, 0, 1.0]])
