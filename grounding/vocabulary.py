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

MOTIONS: Final = ("standing", "walking", "running", "sprinting")
"""By speed over the ground in body heights a second, camera motion taken out: below 0.3, 1.2, 3.0, above."""

DIRECTIONS: Final = ("left", "right", "towards", "away")
"""Relative to the camera: across the picture, or towards and away from the viewer."""

ACTIONS: Final = ("jumping", "arms raised", "lying", "kicking", "throwing", "bending")
"""Seen from the pose."""

RELATIONS: Final = ("near ball", "alone", "in a group")
"""Distance in body heights to others: ball within 1; nobody within 3; three or more within 3."""

PICTURE_LABEL: Final = "picture"
"""Label of the whole-picture track that every shot has."""


def term(kind: str, value: str) -> str:
    """The name of a term, e.g. `term("shirt_colour", "red") == "shirt_colour:red"`."""
    return f"{kind}:{value}"
