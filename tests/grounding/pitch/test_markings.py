"""The lines of a field, beside those that the match generator paints."""

import numpy as np
import pytest

from grounding.pitch.markings import FIELDS, FOOTBALL
from grounding.synth.arena import arena_of
from grounding.synth.ground import basketball_ground, football_ground


@pytest.mark.parametrize("sport", ["football", "basketball"])
def test_every_line_is_where_the_generator_paints_one(sport: str) -> None:
    arena, field = arena_of(sport), FIELDS[sport]
    ground = (football_ground if sport == "football" else basketball_ground)(arena, np.random.default_rng(0))
    places = (field.samples[0] + [arena.margin, 0]) * [1, -1] + [0, arena.width + arena.margin]
    columns, rows = np.rint(places * arena.texture_scale).astype(int).T
    near = [ground[rows + dy, columns + dx].min(axis=-1) for dx in (-2, 0, 2) for dy in (-2, 0, 2)]
    assert (np.max(near, axis=0) > 180).mean() > 0.98


def test_the_nearest_line_is_found_with_its_direction() -> None:
    feet, ways = FOOTBALL.nearest(np.array([[52.0, 10.0], [30.0, 67.0], [52.5, 43.0], [-30.0, 34.0]]))
    assert np.allclose(feet[0], [52.5, 10.0])
    assert abs(ways[0, 1]) == pytest.approx(1)
    assert np.allclose(feet[1], [30.0, 68.0])
    assert np.hypot(*(feet[2] - [52.5, 34.0])) == pytest.approx(9.15, abs=0.05)
    assert feet[3, 0] == pytest.approx(0)


def test_the_lines_are_the_same_turned_round() -> None:
    turned = np.array([FOOTBALL.length, FOOTBALL.width]) - FOOTBALL.samples[0]
    assert np.hypot(*(turned - FOOTBALL.nearest(turned)[0]).T).max() < 0.3
