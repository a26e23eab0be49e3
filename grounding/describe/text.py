"""The sentence that is embedded for one second of one track, written from its terms alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grounding.describe.terms import top_value, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grounding.types import Terms

_NAMES = {"sports ball": "ball"}
_PLACES = {
    "far left": "on the far left",
    "left": "on the left",
    "centre": "in the centre",
    "right": "on the right",
    "far right": "on the far right",
}
_DEPTHS = {"top": " on the far side", "bottom": " on the near side"}
_ON_PITCH = (
    "goal mouth",
    "penalty area",
    "key",
    "three-point area",
    "centre circle",
    "corner",
    "wing",
    "third",
    "middle third",
)
_DIRECTIONS = {
    "left": "to the left",
    "right": "to the right",
    "towards": "towards the camera",
    "away": "away from the camera",
}
_ACTIONS = {
    "arms raised": "with arms raised",
    "bending": "bending down",
}
_RELATIONS = {
    "has ball": "with the ball",
    "kicks ball": "kicking the ball",
    "near ball": "near the ball",
    "alone": "alone",
    "in a group": "in a group",
}
_TRUE = 0.5


def describe(label: str, terms: Terms) -> str:
    """One plain sentence, the same for the same terms, e.g. "person in a red shirt and white shorts, number 10, on the
    left of the picture, running to the right, near the ball".

    label: class name; terms: of one second. Only what is more true than not is mentioned.
    """
    parts = [_who(label, terms), _number(terms), _place(terms), _pitch(terms), _motion(terms)]
    parts += [_ACTIONS[name] for name, degree in values_of(terms, "action") if degree >= _TRUE and name in _ACTIONS]
    relations = [name for name, degree in values_of(terms, "relation") if degree >= _TRUE and name in _RELATIONS]
    # Who has the ball is near it; that need not be said.
    parts += [_RELATIONS[name] for name in relations if name != "near ball" or "has ball" not in relations]
    return ", ".join(part for part in parts if part)


def _who(label: str, terms: Terms) -> str:
    name = _NAMES.get(label, label)
    shirt, shorts = top_value(terms, "shirt_colour"), top_value(terms, "shorts_colour")
    if shirt and shorts:
        return f"{name} in {_article(shirt)} {shirt} shirt and {shorts} shorts"
    if shirt:
        return f"{name} in {_article(shirt)} {shirt} shirt"
    return f"{name} in {shorts} shorts" if shorts else name


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _number(terms: Terms) -> str:
    number = top_value(terms, "number", 0.4)
    return f"number {number}" if number else ""


def _place(terms: Terms) -> str:
    across = next((name for name in ("far left", "far right") if terms.get(f"place:{name}", 0) >= _TRUE), None)
    across = across or next((n for n, d in values_of(terms, "place") if n in _PLACES and d >= _TRUE), None)
    depth = next((_DEPTHS[n] for n in ("top", "bottom") if terms.get(f"place:{n}", 0) >= _TRUE), "")
    if across is None:
        return depth.strip()
    return f"{_PLACES[across]} of the picture{depth}"


def _pitch(terms: Terms) -> str:
    """The closest place on the field that is known, with its end where that is told."""
    for name in _ON_PITCH:
        sided = (f"left {name}", f"right {name}", name)
        known = next((one for one in sided if terms.get(f"pitch:{one}", 0) >= _TRUE), None)
        if known is not None:
            return f"{'on' if name == 'wing' else 'in'} the {known} of the field"
    return ""


def _motion(terms: Terms) -> str:
    motion = top_value(terms, "motion", 0.4)
    if motion is None:
        return ""
    direction = top_value(terms, "direction")
    return motion if motion == "standing" or direction is None else f"{motion} {_DIRECTIONS[direction]}"


def describe_picture(shirts: Sequence[tuple[str, int]], people: int, camera: str | None = None) -> str:
    """The sentence of a whole-picture track: how many people, in which colours, and how the camera moves.

    shirts: (colour, number of people), most first.
    """
    if people == 0:
        text = "picture without people"
    else:
        text = f"picture of {people} {'person' if people == 1 else 'people'}"
        kits = [f"{count} in {colour}" for colour, count in shirts[:3] if count]
        if kits:
            text += f", {' and '.join([', '.join(kits[:-1]), kits[-1]] if len(kits) > 1 else kits)}"
    return f"{text}, camera moving {_DIRECTIONS[camera]}" if camera in ("left", "right") else text
