"""What a player does in a second, told by the simulation's events and by who is where: truth for `bench actions`.

Added to the terms of `predicates`, from the motion alone, so that no stream of random numbers moves:

    action        "throwing": a pass or shot of basketball leaves the hands; "shooting": a shot begins; "falling": a
                  fall, slide or dive begins; "tackling": goes for an opponent's ball; "celebrating": celebrates a goal
                  at three of the five times
    relation      "kicks ball": a pass or shot of football leaves the foot; "alone": nobody within 3 body heights; "in a
                  group": three or more within 3; "in a duel": an opponent and the ball both within a body height, the
                  ball within a body height of him too; "in a huddle": three team mates or more within 2 body heights;
                  each but the first at three of the five times
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.synth.arena import FPS
from grounding.synth.cast import Cast
from grounding.synth.sim import FLOORED, Array, Motion
from grounding.vocabulary import term

MOST: Final = 3
"""Times of a second at which something lasting has to hold."""
_OVERHEAD: Final = 2.5
"""Metres above which a ball is nobody's to fight for."""


def deeds(player: int, cast: Cast, motion: Motion, frames: Sequence[int]) -> set[str]:
    """Terms of one player over one second; frames: those of it on the grid, in order."""
    first, last = frames[0], min(frames[-1] + FPS // 5, len(motion))
    return _begun(player, cast, motion, first, last) | _lasting(player, cast, motion, list(frames))


def _begun(player: int, cast: Cast, motion: Motion, first: int, last: int) -> set[str]:
    """What begins in frames `[first, last)`."""
    begun = {h.kind for h in motion.happenings if h.player == player and first <= h.start < last}
    out = {term("action", name) for name, kind in (("shooting", "shot"), ("tackling", "tackle")) if kind in begun}
    if begun & {"pass", "shot"}:
        football = any(actor.role == "goalkeeper" for actor in cast.actors)
        out.add(term("relation", "kicks ball") if football else term("action", "throwing"))
    down = np.isin(motion.act[max(0, first - 1) : last, player], FLOORED)
    if bool((down[1:] & ~down[:-1]).any()):
        out.add(term("action", "falling"))
    return out


def _lasting(player: int, cast: Cast, motion: Motion, frames: list[int]) -> set[str]:
    out: set[str] = set()
    joy = [h for h in motion.happenings if h.kind == "celebrate" and h.player == player]
    if sum(any(h.start <= frame < h.end for h in joy) for frame in frames) >= MOST:
        out.add(term("action", "celebrating"))
    height = cast.actors[player].height
    teams = np.array([actor.team for actor in cast.actors])
    gaps: Array = np.hypot(*(motion.pos[frames] - motion.pos[frames, player][:, None]).transpose(2, 0, 1)) / height
    gaps[:, player] = np.inf
    mates, rivals = teams == teams[player], teams == 1 - teams[player]
    near = (gaps < 3.0).sum(1)
    held = {"alone": near == 0, "in a group": near >= 3}
    if teams[player] >= 0:
        held["in a huddle"] = (gaps[:, mates] < 2.0).sum(1) >= 3
        held["in a duel"] = _duel(player, motion, frames, gaps[:, rivals] < 1.0, np.flatnonzero(rivals), height)
    return out | {term("relation", name) for name, times in held.items() if int(times.sum()) >= MOST}


def _duel(
    player: int, motion: Motion, frames: list[int], near: NDArray[np.bool_], rivals: NDArray[np.int64], height: float
) -> NDArray[np.bool_]:
    """(F,) whether the ball is between the player and an opponent; near (F, R) which of `rivals` are within reach."""
    ball = motion.ball[frames]
    mine = np.hypot(*(ball[:, :2] - motion.pos[frames, player]).T) < height
    theirs = np.hypot(*(ball[:, None, :2] - motion.pos[frames][:, rivals]).transpose(2, 0, 1)) < height
    return np.asarray(mine & (near & theirs).any(1) & (ball[:, 2] < _OVERHEAD))
