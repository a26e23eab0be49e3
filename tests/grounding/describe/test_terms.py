"""Votes over a track, and the sentence."""

from __future__ import annotations

import time

import numpy as np
import pytest

from grounding.describe.terms import (
    attributes_of,
    count_terms,
    kit_terms,
    top_value,
    vote_number,
    vote_number_around,
    vote_shares,
    vote_shares_around,
)
from grounding.describe.text import describe, describe_picture
from grounding.types import CropSample


def sample(t: float, shirt: dict[str, float], *, height: float = 100, sharpness: float = 400) -> CropSample:
    box = np.asarray([0, 0, height / 2, height], np.float32)
    return CropSample(int(t), t, box, sharpness, shirt=shirt, shorts={})


def test_a_few_wrong_crops_do_not_change_the_shirt() -> None:
    rows = [sample(t, {"red": 0.8, "white": 0.1}) for t in range(8)] + [sample(9, {"blue": 0.9})]
    shirt, shorts = vote_shares(rows)
    assert max(shirt, key=lambda name: shirt[name]) == "red"
    assert shirt["red"] > 4 * shirt["blue"]
    assert shorts == {}


def test_large_sharp_crops_count_more() -> None:
    rows = [sample(0, {"red": 0.9}, height=200, sharpness=900), sample(1, {"orange": 0.9}, height=40, sharpness=20)]
    shirt, _ = vote_shares(rows)
    assert shirt["red"] > 5 * shirt["orange"]


def test_where_a_track_changes_hands_each_part_keeps_its_colours() -> None:
    rows = [sample(t, {"red": 0.9}) for t in range(10)] + [sample(t, {"white": 0.9}) for t in range(10, 14)]
    (early, _), (late, _) = vote_shares_around(rows, [3.5, 12.5])
    assert early["red"] > 5 * early["white"]
    assert late["white"] > 2 * late["red"]


def test_votes_around_many_times_are_those_of_one_time_after_the_other() -> None:
    """Against the plain formula: each measurement counts as much as it is near."""
    rng = np.random.default_rng(3)
    colours = ("red", "blue", "white", "none")
    rows = [
        sample(t, {str(c): rng.uniform(0.1, 0.5) for c in rng.choice(colours, 2)} if t % 5 else {}, height=20 + t % 90)
        for t in np.sort(rng.uniform(0, 300, 250))
    ]
    readings = [(str(rng.choice(["7", "17", "10", "no"])), float(rng.uniform(-0.1, 1))) for _ in range(40)]
    spans = [(start, start + 12) for start in rng.uniform(0, 300, 40)]
    times = np.arange(-20, 340, 7) + 0.5
    shares = vote_shares_around(rows, times)
    numbers = vote_number_around(readings, spans, times)
    for t, (shirt, shorts), number in zip(times, shares, numbers, strict=True):
        assert shorts == {}
        assert shirt == pytest.approx(_plain_mean(rows, t), abs=1e-9)
        assert list(shirt.values()) == sorted(shirt.values(), reverse=True)
        weighed = [(x, c * _plain_nearness(*span, t)) for (x, c), span in zip(readings, spans, strict=True)]
        assert number == vote_number(weighed)
    assert len({number and number[0] for number in numbers}) > 1


def _plain_nearness(start: float, end: float, around: float) -> float:
    away = max(0.0, start - around, around - end)
    return 0.02 + 0.98 / (1.0 + (away / 2.5) ** 2)


def _plain_mean(rows: list[CropSample], around: float) -> dict[str, float]:
    sums: dict[str, float] = {}
    total = 0.0
    for row in rows:
        weight = (row.box[3] - row.box[1]) * (1 + row.sharpness) ** 0.5 * _plain_nearness(row.t, row.t, around)
        total += weight if row.shirt else 0.0
        for name, value in row.shirt.items():
            sums[name] = sums.get(name, 0.0) + value * weight
    return {name: round(value / total, 3) for name, value in sums.items() if value / total >= 0.02}


def test_nothing_measured_is_nothing_voted() -> None:
    assert vote_shares([]) == ({}, {})
    assert vote_shares_around([], [0.5, 1.5]) == [({}, {})] * 2
    assert vote_number_around([], [], [0.5, 1.5]) == [None, None]


def test_an_hour_of_one_person_are_voted_in_seconds() -> None:
    """Tables of all times by all samples would be large, and a loop over them takes minutes."""
    colours = {"red": 0.5, "blue": 0.2, "white": 0.1, "black": 0.1}
    rows = [sample(t, colours) for t in range(3_600)]
    readings = [("7", 0.5)] * 500
    started = time.process_time()
    shares = vote_shares_around(rows, np.arange(3_600) + 0.5)
    numbers = vote_number_around(readings, [(5 * k, 5 * k + 5) for k in range(500)], np.arange(3_600) + 0.5)
    assert time.process_time() - started < 5
    assert len(shares) == len(numbers) == 3_600
    assert all(shirt == colours for shirt, _ in shares)


@pytest.mark.parametrize(
    ("readings", "number"),
    [
        ([], None),
        ([("10", 0.9)], "10"),
        ([("10", 0.4)], None),
        ([("10", 0.4), ("10", 0.5)], "10"),
        ([("10", 0.9), ("7", 0.8)], None),
        ([("10", 0.9), ("10", 0.9), ("7", 0.5)], "10"),
        ([("1", 0.7), ("10", 0.9), ("0", 0.4)], "10"),
        ([("7", 0.9), ("7", 0.8), ("17", 0.3)], "7"),
        ([("A4", 0.9), ("123", 0.9)], None),
    ],
)
def test_a_number_needs_agreement(readings: list[tuple[str, float]], number: str | None) -> None:
    voted = vote_number(readings)
    assert (voted[0] if voted else None) == number
    if voted:
        assert 0.2 <= voted[1] <= 1


def test_terms_and_attributes() -> None:
    terms = kit_terms({"red": 0.7, "white": 0.15}, {"white": 0.6}, ("10", 0.8))
    assert terms["shirt_colour:red"] == 1.0
    assert terms["shirt_colour:white"] < 0.2
    assert attributes_of(terms) == {"shirt_colour": "red", "shorts_colour": "white", "number": "10"}
    assert attributes_of({}) == {}
    assert top_value({"shirt_colour:red": 0.3}, "shirt_colour") is None


def test_counts_are_soft() -> None:
    terms = count_terms(6.4)
    assert max(terms, key=lambda name: terms[name]) == "count:6"
    assert terms["count:6"] > terms["count:7"] > terms["count:5"] > 0
    assert count_terms(0)["count:0"] == 1.0


def test_the_sentence() -> None:
    terms = {
        "object:person": 1.0, "shirt_colour:red": 0.9, "shorts_colour:white": 0.8, "number:10": 0.7, "place:left": 1.0,
        "place:middle": 1.0, "motion:running": 0.8, "direction:right": 0.9, "relation:near ball": 0.7,
        "action:arms raised": 0.6, "action:bending": 0.2,
    }  # fmt: skip
    assert describe("person", terms) == (
        "person in a red shirt and white shorts, number 10, on the left of the picture, running to the right, "
        "with arms raised, near the ball"
    )
    assert describe("person", dict(reversed(terms.items()))) == describe("person", terms)
    assert describe("sports ball", {}) == "ball"
    assert describe("person", {"relation:near ball": 0.9, "relation:has ball": 0.8}) == "person, with the ball"
    assert describe("person", {"shirt_colour:orange": 0.9, "place:far right": 1.0, "place:top": 0.9}) == (
        "person in an orange shirt, on the far right of the picture on the far side"
    )


def test_the_sentence_of_a_picture() -> None:
    assert describe_picture([("red", 4), ("white", 3)], 7) == "picture of 7 people, 4 in red and 3 in white"
    assert describe_picture([("red", 1)], 1) == "picture of 1 person, 1 in red"
    assert describe_picture([], 0, "left") == "picture without people, camera moving to the left"
