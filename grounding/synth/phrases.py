"""How coaches write: templates and synonyms for the parts of a query, chosen from a seeded stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

ANYBODY: Final = ("a player", "player", "someone", "the player", "a person", "a man")

SHIRT: Final[tuple[str, ...]] = (
    "a player in {shirt}", "a player in a {shirt} shirt", "{shirt} player", "player wearing a {shirt} shirt",
    "someone in {shirt}", "the {shirt} player", "a player with a {shirt} shirt", "{shirt} shirt",
    "one of the {shirt} team", "a man in a {shirt} jersey", "player in a {shirt} top",
)  # fmt: skip
SHORTS: Final = ("someone in {shorts} shorts", "a player wearing {shorts} shorts", "player with {shorts} shorts")
KIT: Final[tuple[str, ...]] = (
    "a player in a {shirt} shirt and {shorts} shorts", "player wearing a {shirt} shirt and {shorts} shorts",
    "{shirt} shirt {shorts} shorts", "someone in a {shirt} top and {shorts} shorts",
    "{shirt} and {shorts} kit, {shirt} shirt", "a player dressed in a {shirt} jersey with {shorts} shorts",
    "the player with the {shirt} shirt and the {shorts} shorts",
)  # fmt: skip
KEEPER: Final[tuple[str, ...]] = (
    "the goalkeeper in {shirt}", "goalkeeper in the {shirt} shirt", "keeper in {shirt}", "goalie wearing {shirt}",
    "the {shirt} goalkeeper", "a goalkeeper with a {shirt} shirt and {shorts} shorts",
)  # fmt: skip
REFEREE: Final[tuple[str, ...]] = (
    "the referee in black",
    "referee",
    "the ref in black",
    "the referee dressed in black",
    "ref wearing black",
)
NUMBER: Final[tuple[str, ...]] = (
    "number {number}", "player number {number}", "no. {number}", "#{number}", "the number {number}",
    "shirt number {number}", "the player with number {number} on his shirt", "player wearing {number}",
    "the {number} shirt",
)  # fmt: skip
NUMBER_SHIRT: Final[tuple[str, ...]] = (
    "number {number} in {shirt}", "the player with shirt number {number} in {shirt}", "{shirt} number {number}",
    "{shirt} {number}", "{number} {shirt}", "the {shirt} player with number {number}",
    "no {number} in the {shirt} shirt",
)  # fmt: skip

PLACE: Final[Mapping[tuple[str, ...], tuple[str, ...]]] = {
    ("left",): ("on the left", "on the left of the picture", "on the left side of the picture", "in the left third"),
    ("right",): (
        "on the right",
        "on the right of the picture",
        "on the right side of the picture",
        "in the right third",
    ),
    ("centre",): ("in the centre of the picture", "in the centre", "in the middle third across"),
    ("far left",): ("on the far left", "on the far left of the picture", "at the left edge of the picture"),
    ("far right",): ("on the far right", "on the far right of the picture", "at the right edge of the picture"),
    ("top",): ("at the top of the picture", "at the top", "in the background at the top"),
    ("bottom",): ("at the bottom of the picture", "at the bottom", "in the foreground at the bottom"),
    ("left", "top"): ("in the top left", "in the top left of the picture", "in the upper left corner"),
    ("right", "top"): ("in the top right", "in the top right of the picture", "in the upper right corner"),
    ("bottom", "left"): ("in the bottom left", "in the bottom left of the picture", "in the lower left corner"),
    ("bottom", "right"): ("in the bottom right", "in the bottom right of the picture", "in the lower right corner"),
}

_WAY: Final[Mapping[str, tuple[str, ...]]] = {
    "left": ("to the left", "left", "towards the left"),
    "right": ("to the right", "right", "towards the right"),
    "towards": ("towards the camera", "at the camera", "towards us"),
    "away": ("away from the camera", "away from us"),
}
_VERB: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("moving", "heading", "going"),
    "walking": ("walking", "who walks"),
    "running": ("running", "who runs", "on the run"),
    "sprinting": ("sprinting", "at full sprint", "who sprints", "racing"),
}
STANDING: Final = ("standing still", "standing", "who is not moving")
ACTION: Final[Mapping[str, tuple[str, ...]]] = {
    "jumping": ("jumping", "jumping up", "going up in the air", "in a jump"),
    "arms raised": (
        "with arms raised",
        "with both arms in the air",
        "celebrating with raised arms",
        "with his arms up",
    ),
    "lying": ("lying on the ground", "lying down", "on the ground", "who is lying on the floor"),
}
BALL: Final = ("near the ball", "close to the ball", "by the ball", "next to the ball")


def pick(rng: np.random.Generator, options: Sequence[str]) -> str:
    """One of the options."""
    return options[int(rng.integers(len(options)))]


def subject(rng: np.random.Generator, facts: Mapping[str, str]) -> str:
    """Words for who is meant. facts: any of shirt, shorts, number and role."""
    if facts.get("role") == "referee":
        return pick(rng, REFEREE)
    if facts.get("role") == "goalkeeper":
        options: tuple[str, ...] = KEEPER if "shorts" in facts else KEEPER[:-1]
    elif "number" in facts:
        options = NUMBER_SHIRT if "shirt" in facts else NUMBER
    elif "shirt" in facts and "shorts" in facts:
        options = KIT
    else:
        options = SHIRT if "shirt" in facts else SHORTS if "shorts" in facts else ANYBODY
    return pick(rng, options).format(**facts)


def movement(rng: np.random.Generator, motion: str, direction: str) -> str:
    """Words for how somebody moves; either may be empty, not both."""
    if motion == "standing":
        return pick(rng, STANDING)
    verb = pick(rng, _VERB[motion])
    return f"{verb} {pick(rng, _WAY[direction])}" if direction else verb


def join(rng: np.random.Generator, parts: Sequence[str]) -> str:
    """A whole query; one in five is typed carelessly: no articles, no capital, words in a row."""
    text = " ".join(part for part in parts if part).replace("a orange", "an orange")
    if rng.random() < 0.2:
        for word in ("a ", "an ", "the "):
            text = text.removeprefix(word)
        text = text.replace(" of the picture", "").replace(" the ", " ")
    elif rng.random() < 0.25:
        text = text[0].upper() + text[1:]
    return text
