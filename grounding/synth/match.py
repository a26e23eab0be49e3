"""A whole match before it is filmed: cast, motion, camera plan and renderer, all from one seed."""

from __future__ import annotations

from dataclasses import dataclass

from grounding.synth.arena import Arena, stream
from grounding.synth.basketball import Basketball
from grounding.synth.board import Boards, plan_board
from grounding.synth.camera import Camera, Take, direct
from grounding.synth.cast import Cast, make_cast
from grounding.synth.football import Football
from grounding.synth.render import Renderer
from grounding.synth.sim import Motion, World, run


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Everything that is decided before the first picture."""

    arena: Arena
    cast: Cast
    motion: Motion
    takes: tuple[Take, ...]
    renderer: Renderer

    @classmethod
    def make(
        cls, arena: Arena, seed: int, frames: int, camera: Camera = "broadcast", boards: Boards = "plain"
    ) -> Match:
        """Plays and plans a match of `frames` frames."""
        cast = make_cast(arena, seed)
        world = World(arena, cast, stream(seed, "play"), frames)
        brain = Football(world) if arena.sport == "football" else Basketball(world)
        motion = run(world, brain)
        takes = direct(camera, arena, motion, stream(seed, "camera"))
        board = plan_board(boards, (arena, cast, motion), takes, stream(seed, "board"))
        return cls(arena, cast, motion, takes, Renderer(arena, cast, motion, stream(seed, "look"), board))
