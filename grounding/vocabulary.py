"""The closed vocabulary that measurements and queries share. Values are plain English words.

A *term* is `"kind:value"`. Everything that measures writes these, everything that asks reads them.
"""

from __future__ import annotations

from typing import Final

COLOURS: Final = (
    "red",
    "orange",
    "yellow",
    "green",
    "light blue",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "grey",
    "white",
)
"""Colour names of kit, hue by hue, then without hue."""

PLACES: Final = ("left", "centre", "right", "top", "middle", "bottom", "far left", "far right")
"""Place in the picture: thirds across (`left`, `centre`, `right`), thirds down (`top`: far side, `middle`, `bottom`:
near side), and the outer sixths (`far left`, `far right`). Several hold at once."""

_AT_ENDS: Final = (
    "half",
    "third",
    "wing",
    "corner",
    "penalty area",
    "goal area",
    "goal mouth",
    "key",
    "three-point area",
)
PITCH_LEFT: Final = {name: f"left {name}" for name in _AT_ENDS}
PITCH_RIGHT: Final = {name: f"right {name}" for name in _AT_ENDS}
PITCH_SIDED: Final = frozenset({*PITCH_LEFT.values(), *PITCH_RIGHT.values(), "near wing", "far wing"})
"""Places on the field that need to know which end is which; unknown where a camera behind a goal sees only one."""

PITCH_PLACES: Final = (
    *PITCH_LEFT.values(),
    *PITCH_RIGHT.values(),
    "near wing",
    "far wing",
    "wing",
    "corner",
    "penalty area",
    "goal area",
    "goal mouth",
    "key",
    "three-point area",
    "centre circle",
    "middle third",
    "halfway line",
)
"""Place on the field, kind `pitch`, where its lines tell it (`grounding.zones`). Left and right are as the main camera
sees them. `key` and `three-point area` are basketball's, the areas of the goal football's."""

PITCH_SEEN: Final = "pitch:seen"
PITCH_SIDES: Final = "pitch:sides"
"""Terms of a second whose places on the field were measured; and in which the ends of the field are told apart."""

MOTIONS: Final = ("standing", "walking", "running", "sprinting")
"""By speed over the ground in body heights a second, camera motion taken out: below 0.3, 1.2, 3.0, above."""

DIRECTIONS: Final = ("left", "right", "towards", "away")
"""Relative to the camera: across the picture, or towards and away from the viewer."""

ACTIONS: Final = ("arms raised", "bending")
"""`arms raised`: both over the shoulders; `bending`: the trunk leans over standing legs."""

RELATIONS: Final = ("near ball", "has ball", "kicks ball", "alone", "in a group")
"""`near ball`: within a body height of it; `has ball`: the nearest to it and within reach, for most of the second;
`kicks ball`: it leaves them fast; `alone`: nobody within 3 body heights; `in a group`: three or more within 3."""

UNFIT: Final = frozenset(
    term
    for kind, values in {
        "action": ("jumping", "lying", "falling", "throwing", "shooting", "tackling"),
        "relation": ("in a duel", "in a huddle"),
    }.items()
    for term in (f"{kind}:{value}" for value in values)
)
"""What is known of generated matches but not told well enough, or not at all: `bench actions` finds a precision below
0.5 over all matches, or a recall below 0.3 in every sport, at the verifier's degree of truth. These terms are neither
written nor asked; their words make predicates without terms."""

REFEREE: Final = "referee"
"""A second `object` of a person: somebody in neither team's kit and without a number."""

PERSON_LABEL: Final = "person"
BALL_LABEL: Final = "sports ball"
PICTURE_LABEL: Final = "picture"
"""Labels of tracks: of people, of the ball, and of the whole-picture track that every shot has."""


def term(kind: str, value: str) -> str:
    """The name of a term, e.g. `term("shirt_colour", "red") == "shirt_colour:red"`."""
    return f"{kind}:{value}"


def is_offered(name: str) -> bool:
    """Whether a term is good enough to be written of a second and asked for."""
    return name not in UNFIT
