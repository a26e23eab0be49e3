"""Findings put into words a coach understands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from grounding.types import Predicate, Span

CERTAIN: Final = 0.95
"""Degree of truth from which a measurement is told without saying how sure it is."""

_PLACES = {
    "left": "on the left",
    "right": "on the right",
    "left wing": "on the left wing",
    "right wing": "on the right wing",
    "far left": "on the far left",
    "far right": "on the far right",
    "centre": "in the centre",
    "top": "at the top of the picture",
    "middle": "in the middle of the picture",
    "bottom": "at the bottom of the picture",
    "wing": "on the wing",
}
NO_LINES: Final = "the lines of the pitch could not be recognised here"
_DIRECTIONS = {
    "left": "moving to the left",
    "right": "moving to the right",
    "towards": "moving towards the camera",
    "away": "moving away from the camera",
    "across": "moving across the picture",
}
_RELATIONS = {"near ball": "near the ball", "has ball": "with the ball"}
_ACTIONS = {"arms raised": "arms raised", "lying": "lying on the ground", "bending": "bending down"}


def phrase(predicate: Predicate) -> str:
    """What a predicate says, as a part of a sentence: "red shirt", "on the left wing", "shirt not red"."""
    value = predicate.value
    if predicate.negated:
        return _denied(predicate)
    match predicate.kind:
        case "shirt_colour":
            return f"{value} shirt"
        case "shorts_colour":
            return f"{value} shorts"
        case "number":
            return f"number {value}"
        case "place":
            return _PLACES.get(value, value)
        case "direction":
            return _DIRECTIONS.get(value, value)
        case "relation":
            return _RELATIONS.get(value, value)
        case "action":
            return _ACTIONS.get(value, value)
        case "count":
            return f"{value} of them"
        case _:
            return value


def _denied(predicate: Predicate) -> str:
    match predicate.kind:
        case "shirt_colour":
            return f"shirt not {predicate.value}"
        case "shorts_colour":
            return f"shorts not {predicate.value}"
        case "relation" if predicate.value == "has ball":
            return "without the ball"
        case _:
            return f"not {phrase(replace(predicate, negated=False))}"


def told(predicate: Predicate, *, on_pitch: bool | None) -> str:
    """`phrase`, saying where a place was measured: "on the pitch: left wing", "in the picture: left".

    on_pitch: None for what is no place on the pitch.
    """
    if on_pitch is None:
        return phrase(predicate)
    value: str | None = predicate.value
    if not on_pitch:
        value = next((name.removeprefix("place:") for name in predicate.terms if name.startswith("place:")), None)
    if value is None:
        return f"{phrase(predicate)}: {NO_LINES}"
    return f"{'on the pitch' if on_pitch else 'in the picture'}: {'not ' if predicate.negated else ''}{value}"


def clock(seconds: float) -> str:
    """`0:07`, `12:30`, `1:02:03`; seconds rounded."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def during(span: Span) -> str:
    """ "from 0:12 to 0:15", in whole seconds that hold the span, so that a short one has a length too."""
    return f"from {clock(math.floor(span.start))} to {clock(math.ceil(span.end))}"


def sure(words: str, value: float) -> str:
    """The words, and how sure they are where that is worth saying: "white shirt (81 % sure)"."""
    return words if value >= CERTAIN else f"{words} ({round(100 * value)} % sure)"


def listed(parts: Sequence[str], link: str = "and") -> str:
    """ "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {link} {parts[-1]}"


def sentence(parts: Sequence[str]) -> str:
    """Findings joined to one sentence with a capital and a full stop."""
    text = "; ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}." if text else ""
