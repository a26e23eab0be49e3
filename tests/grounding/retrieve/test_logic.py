"""Not and or: how true, what is found, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.retrieve import candidates, rank, score_second
from grounding.retrieve.score import UNKNOWN_NOT, clauses, conjunction, measured, objects_asked, split, truth, truths
from grounding.types import Predicate, Query, Span
from grounding.verify import PredicateVerifier
from tests.grounding.retrieve.made import BLUE_4, RED_10, during, rows, tube

PERSON = Predicate("object", "person", ("object:person",))
NOT_RED = Predicate("shirt_colour", "red", ("shirt_colour:red",), negated=True)
NOT_RUNNING = Predicate("motion", "running", ("motion:running", "motion:sprinting"), negated=True)
WITHOUT_BALL = Predicate("relation", "has ball", ("relation:has ball",), negated=True)
TEN = Predicate("number", "10", ("number:10",), either=1, branch=1)
BLUE_OR = Predicate("shirt_colour", "blue", ("shirt_colour:blue",), either=1, branch=2)
JUMPING_OR = Predicate("action", "jumping", ("action:jumping",), either=1, branch=2)


def asked(*predicates: Predicate) -> Query:
    return Query("?", predicates)


def test_not_is_the_opposite_and_unknown_is_unknown() -> None:
    assert truth(NOT_RED, RED_10) == pytest.approx(0.1)
    assert truth(NOT_RED, BLUE_4) == 1.0
    assert truth(NOT_RED, {"object:person": 0.9}) == UNKNOWN_NOT
    assert truth(NOT_RUNNING, {"motion:running": 0.4, "motion:sprinting": 0.4}) == pytest.approx(0.2)
    assert truth(WITHOUT_BALL, {}) == 1.0


def test_not_red_is_answered_by_people_in_other_shirts() -> None:
    seconds = rows(1, range(10), lambda _: RED_10) + rows(2, range(10), lambda _: BLUE_4)
    tubes = {("a.mp4", 1): tube(0, 10), ("a.mp4", 2): tube(0, 10, x=600)}
    query = asked(PERSON, NOT_RED)
    found = candidates(query, seconds, tubes)
    assert [candidate.track_ids for candidate in found] == [(2,), (1,)]
    judged = [PredicateVerifier().judge(query, candidate) for candidate in found]
    assert [(one.verdict, one.reason) for one in judged] == [
        ("confirmed", "Shirt not red throughout."),
        ("rejected", "Red shirt was seen."),
    ]
    answer, hits, _ = rank(query, list(zip(found, judged, strict=True)))
    assert (answer, hits[0].track_ids) == ("found", (2,))


def test_not_running_is_held_second_by_second() -> None:
    moments = during(RED_10, {"motion:running": (0, 6), "motion:standing": (6, 12)})
    found = candidates(asked(NOT_RUNNING), rows(1, range(12), moments), {("a.mp4", 1): tube(0, 12)})
    assert found[0].span == Span(6, 12)
    judged = PredicateVerifier().judge(asked(NOT_RUNNING), found[0])
    assert (judged.verdict, judged.reason) == ("confirmed", "Not running from 0:06 to 0:12.")
    still_running = candidates(asked(NOT_RUNNING), rows(1, range(6), moments), {("a.mp4", 1): tube(0, 6)})
    assert PredicateVerifier().judge(asked(NOT_RUNNING), still_running[0]).reason == "Running."


def test_one_branch_is_enough() -> None:
    query = asked(TEN, BLUE_OR)
    assert clauses(query.predicates) == [[[0], [1]]]
    assert score_second(query, RED_10, 0.0) == pytest.approx(0.8)
    assert score_second(query, BLUE_4, 0.0) == pytest.approx(0.9)
    assert score_second(query, {**BLUE_4, "shirt_colour:blue": 0.0, "shirt_colour:white": 0.9}, 0.0) < 0.1
    seconds = rows(1, range(10), lambda _: RED_10) + rows(2, range(10), lambda _: BLUE_4)
    found = candidates(query, seconds, {("a.mp4", 1): tube(0, 10), ("a.mp4", 2): tube(0, 10, x=600)})
    reasons = {one.track_ids[0]: PredicateVerifier().judge(query, one).reason for one in found}
    assert reasons == {1: "Number 10 throughout.", 2: "Blue shirt (90 % sure) throughout."}


def test_a_choice_of_who_and_what_changes_as_a_whole() -> None:
    query = asked(TEN, JUMPING_OR)
    assert split(measured(query)) == ((), (TEN, JUMPING_OR))
    moments = during(BLUE_4, {"action:jumping": (4, 6)})
    found = candidates(query, rows(1, range(10), moments), {("a.mp4", 1): tube(0, 10)})
    assert found[0].span == Span(4, 6)
    assert PredicateVerifier().judge(query, found[0]).verdict == "confirmed"


def test_a_choice_with_something_unmeasured_is_not_rejected() -> None:
    query = asked(JUMPING_OR, Predicate("action", "tackling", (), either=1, branch=1))
    found = candidates(query, rows(1, range(5), lambda _: RED_10), {("a.mp4", 1): tube(0, 5)})
    assert PredicateVerifier().judge(query, found[0]).verdict == "unsure"


def test_what_a_track_must_be() -> None:
    assert objects_asked(asked(NOT_RED)) == ("object:person",)
    dog = Predicate("object", "dog", ("object:dog",), either=1, branch=2)
    assert set(objects_asked(asked(TEN, dog))) == {"object:dog", "object:person"}
    assert objects_asked(asked(Predicate("object", "dog", ("object:dog",), negated=True))) == ()


MADE = [PERSON, NOT_RED, NOT_RUNNING, TEN, BLUE_OR, JUMPING_OR]


@given(
    st.lists(st.sampled_from(MADE), min_size=1, unique=True),
    st.lists(
        st.dictionaries(
            st.sampled_from(["object:person", "shirt_colour:red", "motion:running", "motion:sprinting", "number:10"]),
            st.floats(0.0, 1.0),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_many_rows_at_once_are_the_same(predicates: list[Predicate], terms: list[dict[str, float]]) -> None:
    values = truths(predicates, terms)
    assert values.tolist() == pytest.approx(np.array([[truth(one, row) for one in predicates] for row in terms]))
    mixed = conjunction(values, predicates)
    assert ((mixed > 0) & (mixed <= 1.0 + 1e-9)).all()
