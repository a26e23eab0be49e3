"""Places on the field."""

import numpy as np
import pytest

from grounding.vocabulary import PITCH_PLACES
from grounding.zones import GROUNDS, by_attack, insides


def places(sport: str, x: float, y: float) -> set[str]:
    return {name for name, inside in insides(sport, np.array([[x, y]])).items() if inside[0] > 0}


@pytest.mark.parametrize(
    ("x", "y", "holds", "not_so"),
    [
        (5.0, 34.0, {"left goal mouth", "goal area", "left penalty area", "left half"}, {"wing", "right half"}),
        (-0.5, 34.0, {"left goal mouth", "penalty area", "left half"}, {"right half"}),
        (12.0, 20.0, {"penalty area", "left third"}, {"goal area", "corner"}),
        (80.0, 3.0, {"right wing", "wing", "near wing", "right third"}, {"far wing", "left wing", "penalty area"}),
        (20.0, 69.0, {"left wing", "far wing"}, {"near wing"}),
        (52.5, 30.0, {"centre circle", "middle third", "halfway line"}, {"wing", "penalty area"}),
        (104.0, 1.0, {"right corner", "corner"}, {"left corner", "penalty area"}),
    ],
)
def test_football(x: float, y: float, holds: set[str], not_so: set[str]) -> None:
    found = places("football", x, y)
    assert holds <= found
    assert not not_so & found


@pytest.mark.parametrize(
    ("x", "y", "holds", "not_so"),
    [
        (3.0, 7.5, {"left key", "key", "left three-point area"}, {"corner", "wing"}),
        (6.9, 7.5, {"three-point area"}, {"key"}),
        (9.5, 7.5, set(), {"three-point area"}),
        (1.0, 0.4, {"wing"}, {"three-point area"}),
        (14.0, 7.0, {"centre circle", "halfway line"}, {"key"}),
    ],
)
def test_basketball(x: float, y: float, holds: set[str], not_so: set[str]) -> None:
    found = places("basketball", x, y)
    assert holds <= found
    assert not not_so & found


@pytest.mark.parametrize("sport", ["football", "basketball"])
def test_every_place_is_in_the_vocabulary_and_mirrors_to_the_other_end(sport: str) -> None:
    ground = GROUNDS[sport]
    points = np.random.default_rng(3).uniform([-2, -2], [ground.length + 2, ground.width + 2], (200, 2))
    found = insides(sport, points)
    assert set(found) <= set(PITCH_PLACES)
    turned = insides(sport, np.array([ground.length, ground.width]) - points)
    for name, inside in found.items():
        other = name.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right")
        other = {"near wing": "far wing", "far wing": "near wing"}.get(other, other)
        assert np.allclose(inside, turned[other])


def test_an_attack_to_the_right_turns_ends_into_own_and_attacking() -> None:
    seen = {"right penalty area": 0.9, "right half": 1.0, "penalty area": 0.9, "far wing": 0.2, "wing": 0.2}
    right, left = (by_attack(seen, to_the_right=way) for way in (True, False))
    assert right["attacking penalty area"] == 0.9
    assert right["attacking half"] == 1.0
    assert right["left wing"] == 0.2
    assert left["own half"] == 1.0
    assert left["right wing"] == 0.2
    assert right["penalty area"] == left["penalty area"] == 0.9
    assert not {"right half", "far wing", "own half"} & set(right)
