from grounding.bench.parse import slot
from grounding.retrieve import Names, parse, part_of, without
from grounding.types import Predicate

KOWALSKI = (
    Predicate("shirt_colour", "red", ("shirt_colour:red",)),
    Predicate("number", "10", ("number:10",)),
)


def left(text: str, *parts: str) -> list[str]:
    return [slot(predicate) for predicate in without(parse(text), parts).predicates]


def test_what_the_parts_are_called() -> None:
    assert [part_of(one) for one in parse("red 10 on the left without the ball").predicates] == [
        "shirt red",
        "number 10",
        "where left",
        "not with has ball",
    ]
    assert {part_of(one) for one in parse("Kowalski", Names([("Kowalski", KOWALSKI)])).predicates} == {"Kowalski"}


def test_a_part_is_taken_away_and_the_rest_stays() -> None:
    assert left("red 10 sprinting", "number 10") == ["shirt_colour=red", "motion=sprinting"]
    assert left("red 10 sprinting", "number 11") == ["shirt_colour=red", "number=10", "motion=sprinting"]
    query = without(parse("red 10 waltzing"), ["other words"])
    assert (query.rest, query.text) == ("", "red 10 waltzing")
    names = Names([("Kowalski", KOWALSKI)])
    assert [part_of(one) for one in without(parse("Kowalski jumping", names), ["Kowalski"]).predicates] == [
        "doing jumping"
    ]


def test_a_choice_with_one_branch_is_none() -> None:
    assert left("red or blue shirt", "shirt red") == ["shirt_colour=blue"]
    assert left("7, 10 or 11", "number 7") == ["or1 number=10", "or2 number=11"]
    assert left("red or blue, running or walking", "shirt red") == [
        "shirt_colour=blue",
        "or1 motion=running",
        "or2 motion=walking",
    ]
    assert left("number 10 or the keeper in yellow", "who person") == ["or1 number=10", "or2 shirt_colour=yellow"]


def test_steps_are_counted_anew() -> None:
    assert left("runs, then shoots, then celebrates", "doing shooting") == [
        "motion=running",
        "then1 action=arms raised",
    ]
    assert left("receives the ball then shoots", "with near ball") == ["action=shooting"]
