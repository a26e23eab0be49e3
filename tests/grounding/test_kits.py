"""Two kits among all that people wear."""

from __future__ import annotations

import pytest

from grounding.kits import Kits, Wear, find_kits

MATCH: dict[Wear, float] = {
    ("red", "white"): 400.0, ("brown", "white"): 40.0, ("red", ""): 30.0, ("orange", "white"): 20.0,
    ("white", "black"): 380.0, ("grey", "black"): 60.0, ("white", ""): 25.0,
    ("black", "black"): 50.0, ("green", "green"): 45.0, ("yellow", "black"): 40.0, ("", "white"): 70.0,
}  # fmt: skip


def found(seen: dict[Wear, float]) -> Kits:
    kits = find_kits(seen)
    assert kits is not None
    return kits


def test_it_works() -> None:
    kits = found(MATCH)
    assert [(kit.name, kit.shirt, kit.shorts) for kit in kits.teams] == [
        ("Red", "red", "white"),
        ("White", "white", "black"),
    ]
    assert [kit.seconds for kit in kits.teams] == [490.0, 465.0]
    places = {wear: kits.team_of(wear) for wear in MATCH}
    assert [places[shirt, "white"] for shirt in ("red", "brown", "orange")] == [0, 0, 0], "red in sun and shade"
    assert places["grey", "black"] == 1
    assert [places[wear] for wear in (("black", "black"), ("green", "green"), ("yellow", "black"))] == [None] * 3
    assert places["", "white"] is None, "shorts alone tell nothing"
    assert kits.team_of(("purple", "")) is None


def test_the_order_of_what_was_seen_does_not_matter() -> None:
    assert found(dict(reversed(list(MATCH.items())))) == found(MATCH)


def test_shirts_alike_are_told_by_their_shorts() -> None:
    kits = found({("blue", "white"): 300.0, ("blue", "black"): 250.0, ("black", "black"): 30.0, ("blue", ""): 10.0})
    assert [kit.name for kit in kits.teams] == ["Blue and white shorts", "Blue and black shorts"]
    assert [kits.team_of(wear) for wear in (("blue", "white"), ("blue", "black"), ("black", "black"))] == [0, 1, None]


@pytest.mark.parametrize(
    "seen",
    [
        {},
        {("red", "white"): 12.0, ("white", "black"): 7.0},
        {("red", "white"): 500.0},
        {("red", "white"): 500.0, ("orange", "white"): 10.0, ("black", "black"): 20.0},
        {("", ""): 900.0},
        {("tartan", "white"): 900.0, ("paisley", "white"): 900.0},
        {("red", "white"): 0.0, ("white", "black"): 0.0},
    ],
)
def test_too_little_or_one_team_alone(seen: dict[Wear, float]) -> None:
    assert find_kits(seen) is None


def test_colours_near_each_other_may_be_two_teams() -> None:
    kits = found({("light blue", "white"): 300.0, ("blue", "blue"): 280.0, ("black", "black"): 40.0})
    assert {kit.shirt for kit in kits.teams} == {"light blue", "blue"}
