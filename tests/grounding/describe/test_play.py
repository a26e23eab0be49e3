"""Near the ball, with the ball, kicking it: on hand-made scenes at 5 Hz."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from grounding.describe.play import DUEL, HAS, KICKS, NEAR, ball_play, likeness
from grounding.types import Tube

BODY = 100.0
Way = Callable[[float], tuple[float, float]]


def person(feet: Way, seconds: float = 4.0) -> Tube:
    times = np.arange(round(5 * seconds)) / 5
    boxes = [(x - 20, y - BODY, x + 20, y) for x, y in (feet(float(t)) for t in times)]
    return Tube(times, np.array(boxes, np.float32))


def ball(way: Way, start: float = 0.0, end: float = 4.0) -> Tube:
    times = np.arange(round(5 * start), round(5 * end)) / 5
    boxes = [(x - 7, y - 14, x + 7, y) for x, y in (way(float(t)) for t in times)]
    return Tube(times, np.array(boxes, np.float32))


def standing(x: float, y: float = 500) -> Way:
    return lambda t: (x, y)


def test_who_dribbles_has_the_ball_and_kicks_nothing() -> None:
    runner = person(lambda t: (200 + 200 * t, 500))
    marker = person(lambda t: (130 + 200 * t, 505))
    found = ball_play([ball(lambda t: (230 + 200 * t + 10 * np.sin(7 * t), 500))], [(3, runner), (7, marker)])
    for second in range(4):
        assert found[3, second][HAS] == 1.0
        assert found[3, second][NEAR] == 1.0
        assert found[3, second].get(KICKS, 0) < 0.2
        assert HAS not in found.get((7, second), {})


def test_a_ball_far_from_everybody_is_nobodys() -> None:
    assert ball_play([ball(standing(900))], [(0, person(standing(300)))]) == {}
    assert ball_play([], [(0, person(standing(300)))]) == {}
    assert ball_play([ball(standing(300))], []) == {}


@pytest.mark.parametrize("pan", [0.0, 150.0])
def test_a_pass_is_kicked_by_one_and_not_by_who_receives_it(pan: float) -> None:
    def passed(t: float) -> tuple[float, float]:
        x = 320 if t < 1.4 else min(320 + 700 * (t - 1.4), 1020)
        return x + pan * t, 500

    found = ball_play(
        [ball(passed)],
        [(0, person(lambda t: (300 + pan * t, 500))), (1, person(lambda t: (1040 + pan * t, 500)))],
    )
    assert found[0, 1][KICKS] > 0.5
    assert [key for key, terms in found.items() if terms.get(KICKS, 0) > 0.3] == [(0, 1)]
    assert found[0, 0][HAS] == 1.0
    assert found[1, 3][HAS] == 1.0


def test_a_ball_that_flies_past_is_not_theirs() -> None:
    found = ball_play([ball(lambda t: (100 + 700 * t, 500))], [(0, person(standing(800)))])
    assert max((terms.get(HAS, 0.0) for terms in found.values()), default=0.0) < 0.5
    assert all(terms.get(KICKS, 0) < 0.2 for terms in found.values())


def test_held_in_the_hands() -> None:
    found = ball_play([ball(standing(310, 440))], [(0, person(standing(300)))])
    assert found[0, 2][HAS] > 0.7


def test_a_second_hardly_seen_is_hardly_believed() -> None:
    found = ball_play([ball(standing(310), 1.0, 1.2)], [(0, person(standing(300)))])
    assert found[0, 1][HAS] == pytest.approx(0.33, abs=0.01)


def test_two_shots_are_two_balls() -> None:
    before, after = ball(standing(310), 0, 2), ball(standing(900), 2, 4)
    found = ball_play([after, before], [(0, person(standing(300)))])
    assert set(found) == {(0, 0), (0, 1)}


RED, BLUE = {"shirt_colour:red": 1.0, "shirt_colour:pink": 0.2}, {"shirt_colour:blue": 0.9}


def test_two_of_different_shirts_at_one_ball_fight_for_it() -> None:
    players = [(0, person(standing(300))), (1, person(standing(360))), (2, person(standing(700)))]
    at = [ball(standing(330))]
    found = ball_play(at, players, kits={0: RED, 1: BLUE, 2: RED})
    assert found[0, 1][DUEL] == found[1, 1][DUEL] == 1.0
    assert (2, 1) not in found
    mates = ball_play(at, players, kits={0: RED, 1: RED})
    assert DUEL not in mates[0, 1]
    assert DUEL not in ball_play(at, players)[0, 1]


def test_shirts_that_were_not_seen_are_nobody_elses() -> None:
    assert likeness(RED, BLUE) == 0.0
    assert likeness(RED, {}) == likeness(RED, {"number:10": 1.0}) == 1.0
    assert likeness(RED, RED) == 1.0
