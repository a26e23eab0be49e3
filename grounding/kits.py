"""The two kits of a match, found among what people in it wear: who plays for whom without anybody having said so.

Most people in the picture wear one of two kits; keepers, referees and others are few and wear something else. So the
kits are the two mixtures of colours that leave the fewest person-seconds unexplained, where somebody unlike both costs
no more than a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.sheets import kit_name
from grounding.vocabulary import COLOURS

Array = NDArray[np.float64]
Wear = tuple[str, str]
"""Colours of shirt and shorts, as a track was read over all of it; "" where nothing was."""

STRANGER: Final = 0.4
"""Distance from which somebody is of neither team; 0 is the same colours, 1 nothing in common."""
SHORTS: Final = 0.25
"""Share of the shorts in a distance; the shirt has the rest."""
UNSEEN: Final = 0.6
"""How alike shorts are taken to be where one of them was not seen."""
LEAST_SHARE: Final = 0.08
"""Share of the person-seconds that a team has at least."""
LEAST_SECONDS: Final = 20.0
"""Person-seconds from which kits are looked for."""
_CENTRES: Final = 30
_ROUNDS: Final = 5

_NEAR: Final[Mapping[Wear, float]] = {
    ("red", "orange"): 0.5, ("red", "pink"): 0.5, ("red", "brown"): 0.5, ("red", "purple"): 0.2,
    ("orange", "yellow"): 0.4, ("orange", "brown"): 0.6, ("orange", "pink"): 0.2, ("yellow", "brown"): 0.3,
    ("yellow", "green"): 0.3, ("yellow", "white"): 0.2, ("green", "light blue"): 0.1, ("light blue", "blue"): 0.5,
    ("light blue", "white"): 0.3, ("light blue", "grey"): 0.3, ("blue", "purple"): 0.5, ("blue", "black"): 0.2,
    ("purple", "pink"): 0.5, ("pink", "white"): 0.2, ("brown", "black"): 0.2, ("grey", "white"): 0.5,
    ("grey", "black"): 0.4,
}  # fmt: skip
"""How near two names of colours are: 0 never taken for each other, 1 the same. Others are not near at all."""


@dataclass(frozen=True, slots=True)
class Kit:
    """One team. name: by its colours, unlike the other's. seconds: person-seconds seen.

    worn: all that its people were read as, the commonest first: in shade a red shirt may be read as brown.
    """

    name: str
    shirt: str
    shorts: str
    worn: tuple[Wear, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Kits:
    """Both teams, the one seen more first. Who wears neither kit is of the rest: keepers, referees, others."""

    teams: tuple[Kit, Kit]

    def team_of(self, wear: Wear) -> int | None:
        """The place of the team among `teams` that somebody in these colours plays for."""
        return next((place for place, kit in enumerate(self.teams) if wear in kit.worn), None)


def find_kits(seen: Mapping[Wear, float]) -> Kits | None:
    """The two kits of a match.

    Args:
        seen: for each pair of colours of shirt and shorts, how many person-seconds were seen in it.

    Returns:
        None where too little was seen, or one team alone.
    """
    wears = sorted(
        (wear for wear in seen if wear[0] in _PLACE and seen[wear] > 0), key=lambda wear: (-seen[wear], wear)
    )
    weights = np.array([seen[wear] for wear in wears], np.float64)
    if weights.sum() < LEAST_SECONDS:
        return None
    shirts, shorts = (_vectors([wear[part] for wear in wears]) for part in (0, 1))
    centres = _best_pair(shirts, shorts, weights)
    if centres is None:
        return None
    roles = _roles(_distances(shirts, shorts, shirts[centres], shorts[centres]))
    for _ in range(_ROUNDS):
        middle = [_means(part, roles, weights) for part in (shirts, shorts)]
        roles = _roles(_distances(shirts, shorts, *middle))
    teams = [[place for place in range(len(wears)) if roles[place] == team] for team in (0, 1)]
    totals = [float(weights[team].sum()) for team in teams]
    if min(totals) < LEAST_SHARE * weights.sum():
        return None
    order = (0, 1) if totals[0] >= totals[1] else (1, 0)
    return _named([[wears[place] for place in teams[team]] for team in order], seen)


def _named(teams: Sequence[Sequence[Wear]], seen: Mapping[Wear, float]) -> Kits:
    shirts, shorts = ([_commonest(team, part, seen) for team in teams] for part in (0, 1))
    alike = shirts[0] == shirts[1]
    first, second = (
        Kit(
            kit_name(shirts[place], shorts[place], alike=alike),
            shirts[place],
            shorts[place],
            tuple(team),
            round(sum(seen[wear] for wear in team), 1),
        )
        for place, team in enumerate(teams)
    )
    return Kits((first, second))


def _commonest(team: Sequence[Wear], part: int, seen: Mapping[Wear, float]) -> str:
    totals: dict[str, float] = {}
    for wear in team:
        if wear[part]:
            totals[wear[part]] = totals.get(wear[part], 0.0) + seen[wear]
    return max(totals, key=lambda colour: totals[colour], default="")


def _root() -> Array:
    """(C, C) whose rows have as dot products how near colours are."""
    near = np.eye(len(COLOURS))
    for (one, other), value in _NEAR.items():
        i, j = COLOURS.index(one), COLOURS.index(other)
        near[i, j] = near[j, i] = value
    values, vectors = np.linalg.eigh(near)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))


_PLACE: Final = {colour: place for place, colour in enumerate(COLOURS)}
_ROOT: Final = _root()


def _vectors(colours: Sequence[str]) -> Array:
    """(N, C); zeros for what is no colour."""
    rows = [_ROOT[_PLACE[colour]] if colour in _PLACE else np.zeros(len(COLOURS)) for colour in colours]
    return np.array(rows).reshape(-1, len(COLOURS))


def _distances(shirts: Array, shorts: Array, to_shirts: Array, to_shorts: Array) -> Array:
    """(N, M) from 0 to 1."""
    seen = np.outer(np.abs(shorts).sum(axis=1), np.abs(to_shorts).sum(axis=1)) > 0
    below = np.where(seen, _cosines(shorts, to_shorts), UNSEEN)
    return np.asarray(1 - (1 - SHORTS) * _cosines(shirts, to_shirts) - SHORTS * below)


def _cosines(one: Array, other: Array) -> Array:
    lengths = np.linalg.norm(one, axis=1)[:, None] * np.linalg.norm(other, axis=1)
    return np.asarray(one @ other.T / np.maximum(lengths, 1e-9))


def _best_pair(shirts: Array, shorts: Array, weights: Array) -> list[int] | None:
    """The two of the commonest wears that leave the least unexplained."""
    few = slice(0, _CENTRES)
    away = np.minimum(_distances(shirts, shorts, shirts[few], shorts[few]), STRANGER)
    pairs = list(combinations(range(away.shape[1]), 2))
    costs = [float(weights @ np.minimum(away[:, one], away[:, other])) for one, other in pairs]
    return list(pairs[int(np.argmin(costs))]) if pairs else None


def _roles(distances: Array) -> NDArray[np.int8]:
    """0 or 1 for the nearer of two, -1 where both are far."""
    return np.where(distances.min(axis=1) < STRANGER, distances.argmin(axis=1), -1).astype(np.int8)


def _means(rows: Array, roles: NDArray[np.int8], weights: Array) -> Array:
    shares = np.array([weights * (roles == team) for team in (0, 1)])
    return np.asarray(shares @ rows / np.maximum(shares.sum(axis=1, keepdims=True), 1e-9))
