"""The two sports as geometry, and the colours of kit. Metres; x along the touchline, y away from the main camera, z up.

The playing field is `[0, length] x [0, width]`. Team 0 attacks towards larger x.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

Sport = Literal["football", "basketball"]
Rgb = tuple[int, int, int]

FPS: Final = 25
WIDTH: Final = 1280
HEIGHT: Final = 720

KIT_RGB: Final[dict[str, Rgb]] = {
    "red": (200, 28, 34),
    "orange": (242, 122, 18),
    "yellow": (246, 214, 36),
    "green": (24, 150, 62),
    "light blue": (122, 192, 238),
    "blue": (24, 58, 178),
    "purple": (112, 38, 152),
    "pink": (242, 118, 176),
    "brown": (108, 68, 38),
    "black": (27, 27, 31),
    "grey": (132, 134, 138),
    "white": (238, 238, 241),
}

LOOKALIKES: Final = (
    {"red", "orange"}, {"red", "pink"}, {"orange", "yellow"}, {"light blue", "blue"}, {"blue", "purple"},
    {"purple", "pink"}, {"white", "grey"}, {"black", "grey"}, {"light blue", "grey"}, {"light blue", "white"},
    {"blue", "black"}, {"purple", "black"}, {"yellow", "white"},
)  # fmt: skip
"""Pairs too near each other to tell two kits apart on a television picture."""


@dataclass(frozen=True, slots=True)
class Arena:
    """Field and cast of one sport. `margin`: run-off around the field; `body`: mean body height of a player."""

    sport: Sport
    length: float
    width: float
    margin: float
    squad: int
    body: float
    shirts: tuple[str, ...]
    shorts: tuple[str, ...]
    texture_scale: float
    stand_gap: float


FOOTBALL: Final = Arena(
    sport="football", length=105.0, width=68.0, margin=11.0, squad=11, body=1.81,
    shirts=("red", "orange", "yellow", "light blue", "blue", "purple", "pink", "white"),
    shorts=("red", "yellow", "blue", "black", "white", "light blue", "purple"),
    texture_scale=26.0, stand_gap=9.0,
)  # fmt: skip

BASKETBALL: Final = Arena(
    sport="basketball", length=28.0, width=15.0, margin=5.0, squad=5, body=1.98,
    shirts=("red", "yellow", "green", "light blue", "blue", "purple", "pink", "white"),
    shorts=("red", "yellow", "green", "blue", "black", "white", "light blue", "purple"),
    texture_scale=64.0, stand_gap=3.2,
)  # fmt: skip


def arena_of(sport: str) -> Arena:
    """The arena of a sport by name; ValueError for a sport that cannot be generated."""
    if sport == "football":
        return FOOTBALL
    if sport == "basketball":
        return BASKETBALL
    raise ValueError(f"sport must be football or basketball, not {sport!r}")


def stream(seed: int, name: str) -> np.random.Generator:
    """An own random stream for one part, so that a change in one part leaves the others' draws as they were."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())])))


def alike(a: str, b: str) -> bool:
    """Whether two kit colours are the same or easily confused."""
    return a == b or {a, b} in LOOKALIKES
