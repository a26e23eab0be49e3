"""A whole match before it is filmed: cast, motion, camera plan and renderer, all from one seed."""

from __future__ import annotations

from dataclasses import dataclass

from grounding.synth.arena import Arena, stream
from grounding.synth.basketball import Basketball
from grounding.synth.camera import Director, Take
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
    def make(cls, arena: Arena, seed: int, frames: int) -> Match:
        """Plays and plans a match of `frames` frames."""
        cast = make_cast(arena, seed)
        world = World(arena, cast, stream(seed, "play"), frames)
        brain = Football(world) if arena.sport == "football" else Basketball(world)
        motion = run(world, brain)
        takes = Director(arena, motion, stream(seed, "camera")).takes()
        return cls(arena, cast, motion, takes, Renderer(arena, cast, motion, stream(seed, "look")))
