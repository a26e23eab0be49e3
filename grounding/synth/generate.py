"""Renders a match and writes its ground truth beside it."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grounding.errors import BadInputError
from grounding.synth.arena import FPS, HEIGHT, WIDTH, Arena, arena_of, stream
from grounding.synth.truth import HEIGHTS, Player, Team, TrueShot, Truth, save_truth
from grounding.types import Progress

if TYPE_CHECKING:
    from grounding.synth.board import Boards
    from grounding.synth.camera import Camera
    from grounding.synth.match import Match
    from grounding.synth.observe import Observer


@dataclass(frozen=True, slots=True)
class Written:
    """The two files of a generated match."""

    video: Path
    truth: Path


def generate(
    sport: str,
    seed: int,
    seconds: float,
    out_dir: str | Path,
    *,
    camera: Camera = "broadcast",
    boards: Boards = "plain",
    name: str | None = None,
) -> Generator[Progress | Written, None, None]:
    """Renders a match of `sport` ("football" or "basketball") into `out_dir`; the same seed, the same match.

    Yields `Progress` about once a second of video and at last `Written`: `NAME.mp4` and `NAME.json`, where NAME is
    `SPORT-SEED` unless given, and `SPORT-SEED-wide` for the panoramic camera: `camera` "wide" films the same match from
    high above the halfway line with at least half of the field in view. `boards` "varied" lays another score board over
    the same pictures (see `grounding.synth.board`). Both appear only when complete. BadInputError
    for an unknown sport or camera, a negative seed or less than two seconds.
    """
    # Drawing and encoding libraries take a while to load; whoever only reads truth needs none of them.
    import cv2

    try:
        arena = arena_of(sport)
    except ValueError as problem:
        raise BadInputError(str(problem)) from problem
    if seed < 0 or seconds < 2:
        raise BadInputError(f"a match needs a seed of 0 or more and at least 2 seconds, got {seed} and {seconds}")
    if camera not in HEIGHTS:
        raise BadInputError(f"there is no camera {camera}; there is {', '.join(HEIGHTS)}")
    out = Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    stem = name or f"{arena.sport}-{seed}{'' if camera == 'broadcast' else f'-{camera}'}"
    written = Written(out / f"{stem}.mp4", out / f"{stem}.json")
    draft = out / f".{stem}.{os.getpid()}.part"
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        truth = yield from _render(_Order(arena, seed, round(seconds * FPS), camera, boards), draft, written.video.name)
        save_truth(truth, written.truth)
        draft.replace(written.video)
    finally:
        cv2.setNumThreads(threads)
        draft.unlink(missing_ok=True)
    yield written


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be rendered; it decides every pixel and every number of the truth."""

    arena: Arena
    seed: int
    frames: int
    camera: Camera
    boards: Boards


def _render(order: _Order, path: Path, video: str) -> Generator[Progress, None, Truth]:
    from grounding.synth.film import Film
    from grounding.synth.match import Match
    from grounding.synth.observe import EVERY, Observer
    from grounding.synth.sound import Sound

    frames = order.frames
    match = Match.make(order.arena, order.seed, frames, order.camera, order.boards)
    observer = Observer(match.cast, match.motion, match.takes, order.camera, match.arena.sport)
    sound = Sound(match.motion, stream(order.seed, "sound"))
    seconds = frames / FPS
    yield Progress("render", 0.0, seconds)
    with Film(path) as film:
        for take_index, take in enumerate(match.takes):
            for frame in range(take.start, take.end):
                view = take.views[frame - take.start]
                film.picture(match.renderer.draw(frame, view, take.style))
                if frame % EVERY == 0:
                    observer.see(frame, take_index, match.renderer.sight(frame, view))
                if frame % FPS == FPS - 1 or frame == frames - 1:
                    film.sound(sound.piece(frame // FPS * FPS, frame + 1))
                    yield Progress("render", (frame + 1) / FPS, seconds)
    return _truth(match, observer, order.seed, video)


def _truth(match: Match, observer: Observer, seed: int, video: str) -> Truth:
    from grounding.synth.observe import board_of, events_of, possession_of
    from grounding.synth.queries import Asker

    cast, tubes = match.cast, observer.tubes()
    sides = [next(a for a in cast.actors if a.team == team and a.role == "player") for team in (0, 1)]
    return Truth(
        sport=match.arena.sport, seed=seed, seconds=len(match.motion) / FPS, video=video, width=WIDTH, height=HEIGHT,
        fps=float(FPS),
        teams=tuple(Team(name, a.shirt, a.shorts) for name, a in zip(cast.teams, sides, strict=True)),
        players=tuple(
            Player(a.id, a.team, a.role, a.number, a.shirt, a.shorts, round(a.height, 3)) for a in cast.actors
        ),
        shots=tuple(
            TrueShot(i, t.style, round(t.start / FPS, 3), round(t.end / FPS, 3)) for i, t in enumerate(match.takes)
        ),
        tubes=tubes, ball=observer.ball(), events=events_of(cast, match.motion),
        ball_visible=observer.ball_visible(), possession=possession_of(match.motion),
        board=board_of(match.renderer.board, len(match.motion)),
        queries=Asker(cast.actors, tubes, stream(seed, "queries")).write(),
    )  # fmt: skip
