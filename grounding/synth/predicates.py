"""What is true of a player in a second: the definitions of `grounding.vocabulary`, computed from the simulation.

A second `s` belongs to a tube if the tube has at least three of its five times in it. For such a second:

    shirt_colour, shorts_colour   what the player wears
    number        the shirt number, in all seconds of a tube in which it can be read: `LEGIBLE` pixels high (a number
                  turned aside counts as smaller) and the body at least 70 % uncovered at two times of the tube or more
    place         mean centre of the clipped box: thirds across and down, outer sixths
    motion        mean speed over the ground, in body heights a second
    direction     mean velocity over the ground against the camera's axes, where somebody moves (not `standing`): a
                  direction holds if its component is at least half of the speed, so a diagonal has two
    action        "jumping": off the ground at some time; "arms raised", "lying": at three of the five times
    pitch         where on the field the feet are, on three of the five times (`grounding.zones`)
    relation      "near ball": within a body height on most of the times
    role          goalkeeper, referee or player (not in the vocabulary; to write and check queries)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from grounding.synth.arena import FPS, HEIGHT, WIDTH
from grounding.synth.camera import View
from grounding.synth.cast import Actor
from grounding.synth.sim import FLOORED, Act, Array, Motion
from grounding.types import Floats, Span, Times
from grounding.vocabulary import term
from grounding.zones import insides

LEGIBLE: Final = 15.0
"""Height in pixels from which a shirt number can be read (at 1280x720)."""
UNCOVERED: Final = 0.7
MIN_SAMPLES: Final = 3


def seconds_of(times: Times) -> dict[int, list[int]]:
    """Whole seconds that have enough of a tube's times in them, with the indices of those times."""
    out: dict[int, list[int]] = {}
    for i, t in enumerate(times):
        out.setdefault(int(np.floor(t + 1e-6)), []).append(i)
    return {s: rows for s, rows in out.items() if len(rows) >= MIN_SAMPLES}


def legible(digits: Floats, visible: Floats) -> bool:
    """Whether a tube shows its number at all."""
    return int(np.sum((digits >= LEGIBLE) & (visible >= UNCOVERED))) >= 2


def places(box: Array) -> list[str]:
    """Places of a box's centre in the picture."""
    x = float(box[0] + box[2]) / 2 / WIDTH
    y = float(box[1] + box[3]) / 2 / HEIGHT
    out = ["left" if x < 1 / 3 else "right" if x >= 2 / 3 else "centre"]
    out.append("top" if y < 1 / 3 else "bottom" if y >= 2 / 3 else "middle")
    if x < 1 / 6:
        out.append("far left")
    if x >= 5 / 6:
        out.append("far right")
    return out


def pitch_places(sport: str, points: Array) -> list[str]:
    """Places on the field that hold at most of the points (N, 2) in metres."""
    most = min(MIN_SAMPLES, len(points))
    return [name for name, inside in insides(sport, points).items() if int((inside > 0).sum()) >= most]


def motion_word(speed: float) -> str:
    """The motion of a speed in body heights a second."""
    return "standing" if speed < 0.3 else "walking" if speed < 1.2 else "running" if speed < 3.0 else "sprinting"


def directions(velocity: Array, view: View) -> list[str]:
    """Directions of a ground velocity relative to the camera; it must not be zero."""
    right, away = view.ground_axes()
    across, deep = float(velocity @ right), float(velocity @ away)
    half = 0.5 * float(np.hypot(across, deep))
    words = (("right", across), ("left", -across), ("away", deep), ("towards", -deep))
    return [name for name, size in words if size >= half and size > 0]


def second_terms(
    actor: Actor, motion: Motion, velocity: Array, views: Sequence[View], frames: Sequence[int]
) -> set[str]:
    """Motion, direction, action and relation of one actor over the frames of one second (those on the grid).

    velocity (T, P, 2) of the whole match; views: the camera at each of `frames`.
    """
    p = actor.id
    mean = velocity[list(frames), p].mean(0)
    word = motion_word(float(np.hypot(*velocity[list(frames), p].T).mean()) / actor.height)
    acts = motion.act[list(frames), p]
    floored = int(np.isin(acts, FLOORED).sum())
    out = {term("motion", word)} if floored < MIN_SAMPLES else set()
    if word != "standing" and floored < MIN_SAMPLES and float(np.hypot(*mean)) > 0.15 * actor.height:
        out |= {term("direction", d) for d in directions(mean, views[len(views) // 2])}
    phases = motion.act_phase[list(frames), p]
    if int((np.isin(acts, FLOORED) & (phases > 0.2) & (phases < 0.85)).sum()) >= MIN_SAMPLES:
        out.add(term("action", "lying"))
    if int(((acts == Act.RAISE) & (phases > 0.06) & (phases < 0.94)).sum()) >= MIN_SAMPLES:
        out.add(term("action", "arms raised"))
    first, last = min(frames), min(max(frames) + FPS // 5, len(motion))
    if float(motion.lift[first:last, p].max()) > 0.15:
        out.add(term("action", "jumping"))
    gap = np.hypot(*(motion.ball[list(frames), :2] - motion.pos[list(frames), p]).T)
    if int((gap < actor.height).sum()) >= MIN_SAMPLES:
        out.add(term("relation", "near ball"))
    return out


def still_terms(actor: Actor, *, readable: bool) -> set[str]:
    """What does not change during a tube: kit, role, and the number if it can be read."""
    out = {term("shirt_colour", actor.shirt), term("shorts_colour", actor.shorts), term("role", actor.role)}
    if readable and actor.number is not None:
        out.add(term("number", str(actor.number)))
    return out


def runs(seconds: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of consecutive whole seconds as half-open `(first, last + 1)`."""
    out: list[tuple[int, int]] = []
    for s in sorted(seconds):
        if out and out[-1][1] == s:
            out[-1] = (out[-1][0], s + 1)
        else:
            out.append((s, s + 1))
    return out


def clip(run: tuple[int, int], span: Span) -> Span:
    """A run of whole seconds, cut to where the tube is."""
    return Span(max(float(run[0]), span.start), min(float(run[1]), span.end))
