"""Officials are told from keepers and teams by what everybody wears."""

from __future__ import annotations

from grounding.describe.roles import kits_of, referees

RED, BLUE = {"shirt_colour:red": 0.9, "number:7": 0.8}, {"shirt_colour:blue": 0.9, "number:4": 0.8}
BLACK, GREEN = {"shirt_colour:black": 0.9}, {"shirt_colour:green": 0.9, "number:1": 0.8}


def test_somebody_in_black_beside_two_teams_is_the_referee() -> None:
    worn = [RED] * 8 + [BLUE] * 8 + [BLACK, GREEN]
    found = referees(worn, [10.0] * 18, [0.6] * 18)
    assert kits_of(worn, [10.0] * 18) == ("blue", "red")
    assert found[:16] == [{}] * 16
    assert found[16] == {"object:referee": 1.0}
    assert found[17] == {}, "a keeper has a number"


def test_a_team_in_black_has_no_referees() -> None:
    worn = [{**BLACK, "number:9": 0.8}] * 6 + [BLUE] * 6
    assert referees(worn, [10.0] * 12, [0.6] * 12) == [{}] * 12


def test_spectators_and_unsure_colours_are_nobody() -> None:
    worn = [RED] * 4 + [BLUE] * 4 + [BLACK, {"shirt_colour:grey": 0.3}]
    assert referees(worn, [10.0] * 10, [0.6] * 8 + [0.28, 0.6])[8:] == [{}, {}]
    assert referees([BLACK], [3.0], [0.6]) == [{}]
    assert referees([], [], []) == []


def test_another_colour_is_only_perhaps_an_official() -> None:
    worn = [RED] * 4 + [BLUE] * 4 + [{"shirt_colour:yellow": 0.9}]
    [role] = referees(worn, [10.0] * 9, [0.6] * 9)[8:]
    assert 0.2 < role["object:referee"] < 0.5
