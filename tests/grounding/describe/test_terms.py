"""Votes over a track, and the sentence."""

from __future__ import annotations

import numpy as np
import pytest

from grounding.describe.terms import attributes_of, count_terms, kit_terms, top_value, vote_number, vote_shares
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
    early, late = vote_shares(rows, around=3.5)[0], vote_shares(rows, around=12.5)[0]
    assert early["red"] > 5 * early["white"]
    assert late["white"] > 2 * late["red"]


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
        "action:kicking": 0.6, "action:bending": 0.2,
    }  # fmt: skip
    assert describe("person", terms) == (
        "person in a red shirt and white shorts, number 10, on the left of the picture, running to the right, kicking, "
        "near the ball"
    )
    assert describe("person", dict(reversed(terms.items()))) == describe("person", terms)
    assert describe("sports ball", {}) == "ball"
    assert describe("person", {"shirt_colour:orange": 0.9, "place:far right": 1.0, "place:top": 0.9}) == (
        "person in an orange shirt, on the far right of the picture on the far side"
    )


def test_the_sentence_of_a_picture() -> None:
    assert describe_picture([("red", 4), ("white", 3)], 7) == "picture of 7 people, 4 in red and 3 in white"
    assert describe_picture([("red", 1)], 1) == "picture of 1 person, 1 in red"
    assert describe_picture([], 0, "left") == "picture without people, camera moving to the left"
