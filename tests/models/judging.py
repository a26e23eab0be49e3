"""How well texts find pictures of players: among all, and attribute by attribute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from grounding.types import Floats, Image
from tests.models.players import Player, caption, draw

_ASKED: Final[dict[str, Callable[[Player], str]]] = {
    "shirt": lambda one: f"a player in {one.shirt} shirt",
    "shorts": lambda one: f"a player in {one.shorts} shorts",
    "number": lambda one: f"a player number {one.number}",
    "pose": lambda one: f"a player {one.pose}",
    "ball": lambda one: "a player with the ball" if one.ball else "a player no ball",
}


def gallery(players: Sequence[Player], side: int, first_seed: int = 10**6) -> list[Image]:
    """One picture of each, of seeds that training does not use."""
    return [draw(player, first_seed + k, side) for k, player in enumerate(players)]


def full_captions(players: Sequence[Player]) -> list[str]:
    rng = np.random.default_rng(3)
    return [caption(player, rng) for player in players]


def recall(texts: Floats, images: Floats, at: int) -> float:
    """R@k (0..1): share of texts (N, D) whose own picture, the same row of `images` (N, D), is among the k nearest."""
    cosines = texts @ images.T
    own = np.diag(cosines)
    return float(((cosines > own[:, None]).sum(axis=1) < at).mean())


def precision_by_attribute(
    players: Sequence[Player], images: Floats, embed: Callable[[Sequence[str]], Floats], at: int = 10
) -> dict[str, float]:
    """P@k (0..1) of questions for one thing alone, mean over its values."""
    found = {}
    for name, text in _ASKED.items():
        examples = {getattr(one, name): one for one in players}
        questions = embed([text(one) for one in examples.values()])
        nearest = np.argsort(-(questions @ images.T), axis=1)[:, :at]
        hits = [
            getattr(players[k], name) == value for value, row in zip(examples, nearest, strict=True) for k in row
        ]  # fmt: skip
        found[name] = float(np.mean(hits))
    return found
