"""Places on the field of a sport, as shapes in metres: the one definition that measuring, asking and truth share.

x runs along the touchline, 0 at the goal line to the left as the main camera sees it; y away from that camera, 0 at the
near touchline. `left` and `right` are those of the main camera, whoever attacks; `by_attack` turns them into own half
and left wing of a team. A place is a number for each point: metres to its border, positive inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.vocabulary import PITCH_LEFT, PITCH_RIGHT

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """Length and width of a field in metres, by the sport's rules."""

    sport: str
    length: float
    width: float


FOOTBALL: Final = Ground("football", 105.0, 68.0)
BASKETBALL: Final = Ground("basketball", 28.0, 15.0)
GROUNDS: Final[Mapping[str, Ground]] = {ground.sport: ground for ground in (FOOTBALL, BASKETBALL)}

_RUN_OFF: Final = 2.0
"""Metres beyond the lines that still belong to the places at the edge."""
_WING: Final = {"football": 13.84, "basketball": 3.5}
"""Depth of a wing from the touchline: in football up to the line of the penalty area."""


def insides(sport: str, points: Array) -> dict[str, Array]:
    """How far inside each place of `vocabulary.PITCH_PLACES` that the sport has: metres (N,), negative outside.

    points: (N, 2) in metres. Raises KeyError for a sport without a field.
    """
    ground = GROUNDS[sport]
    mirrored = np.column_stack([ground.length - points[:, 0], points[:, 1]])
    left, right = _half(ground, points), _half(ground, mirrored)
    found = {PITCH_LEFT[name]: inside for name, inside in left.items()}
    found |= {PITCH_RIGHT[name]: inside for name, inside in right.items()}
    for name in ("wing", "corner", *_AT_GOAL[sport]):
        found[name] = np.maximum(left[name], right[name])
    x, y = points.T
    found["middle third"] = _between(x, ground.length / 3, 2 * ground.length / 3)
    found["near wing"] = _between(y, -_RUN_OFF, _WING[sport])
    found["far wing"] = _between(y, ground.width - _WING[sport], ground.width + _RUN_OFF)
    circle = 9.15 if sport == "football" else 1.8
    found["centre circle"] = circle - np.hypot(x - ground.length / 2, y - ground.width / 2)
    found["halfway line"] = ground.length / 35 - np.abs(x - ground.length / 2)
    return {name: np.asarray(inside, np.float64) for name, inside in found.items()}


_AT_GOAL: Final[Mapping[str, tuple[str, ...]]] = {
    "football": ("penalty area", "goal area", "goal mouth"),
    "basketball": ("key", "three-point area"),
}


def _half(ground: Ground, points: Array) -> dict[str, Array]:
    """The places at the left end."""
    x, y = points.T
    middle = ground.width / 2
    half = np.minimum(ground.length / 2 - x, x + 3 * _RUN_OFF)
    edge = np.minimum(y, ground.width - y)
    wing = np.minimum(_WING[ground.sport] - edge, edge + _RUN_OFF)
    deep = ground.length / 3
    found = {
        "half": half,
        "third": np.minimum(deep - x, half),
        "wing": np.minimum(wing, half),
        "corner": deep / 3.5 - np.hypot(x, edge),
    }
    if ground.sport == "football":
        found["penalty area"] = _box(x, y - middle, 16.5, 20.16)
        found["goal area"] = _box(x, y - middle, 5.5, 9.16)
        found["goal mouth"] = _box(x, y - middle, 5.5, 5.5)
    else:
        found["key"] = _box(x, y - middle, 5.8, 2.45)
        arc = 6.75 - np.hypot(x - 1.575, y - middle)
        found["three-point area"] = np.minimum(
            np.where(x < 2.99, _box(x, y - middle, 6.0, middle - 0.9), arc), x + _RUN_OFF / 2
        )
    return found


def _box(x: Array, across: Array, deep: float, half: float) -> Array:
    """A box at the goal line: a step behind the line is still in it."""
    return np.minimum(np.minimum(deep - x, x + _RUN_OFF / 2), half - np.abs(across))


def _between(value: Array, low: float, high: float) -> Array:
    return np.minimum(value - low, high - value)


def by_attack(places: Mapping[str, float], *, to_the_right: bool) -> dict[str, float]:
    """The places of one who attacks to the right of the main camera, or to the left, in the words of their team.

    places: name → degree of truth, as on the field. `own half`, `attacking half`, `own penalty area`, `attacking third`
    and so on; `left wing` and `right wing` become those of somebody who looks at the goal they attack. What does not
    turn with the team stays as it is.
    """
    own, other = (PITCH_LEFT, PITCH_RIGHT) if to_the_right else (PITCH_RIGHT, PITCH_LEFT)
    left, right = ("far wing", "near wing") if to_the_right else ("near wing", "far wing")
    turned = {name: degree for name, degree in places.items() if name not in _TURNING}
    for kind in own:
        if kind == "wing":
            continue
        for word, side in (("own", own), ("attacking", other)):
            if side[kind] in places:
                turned[f"{word} {kind}"] = places[side[kind]]
    for word, wing in (("left wing", left), ("right wing", right)):
        if wing in places:
            turned[word] = places[wing]
    return turned


_TURNING: Final = frozenset({*PITCH_LEFT.values(), *PITCH_RIGHT.values(), "near wing", "far wing"})
