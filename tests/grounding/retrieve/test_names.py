import pytest

from grounding.retrieve import Names, parse, query_json
from grounding.retrieve.names import fold
from grounding.types import Predicate


def worn(colour: str, number: str) -> tuple[Predicate, ...]:
    return (
        Predicate("shirt_colour", colour, (f"shirt_colour:{colour}",)),
        Predicate("number", number, (f"number:{number}",)),
    )


NAMES = Names(
    [
        ("Kowalski", worn("red", "10")),
        ("Kowalski", worn("red", "10")),
        ("Müller", worn("white", "9")),
        ("Müller", worn("red", "4")),
        ("Martin Ødegaard", worn("white", "8")),
        ("Ødegaard", worn("white", "8")),
        ("Martin", worn("blue", "2")),
        ("O’Brien", worn("green", "3")),
        ("Brown", worn("white", "5")),
        ("", worn("white", "1")),
    ]
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Kowalski", "10"),
        ("KOWALSKI sprinting", "10"),
        ("all of kowalski's shots", "10"),
        ("martin odegaard on the left", "8"),
        ("Martin", "2"),
        ("o'brien", "3"),
        ("Brown jumping", "5"),
    ],
)
def test_a_name_stands_for_shirt_and_number(text: str, number: str) -> None:
    found = [predicate for predicate in parse(text, NAMES).predicates if predicate.kind == "number"]
    assert [predicate.value for predicate in found] == [number]
    assert found[0].terms == (f"number:{number}",)
    assert found[0].said in text
    assert not [predicate for predicate in parse(text, NAMES).predicates if predicate.kind == "name"]


def test_a_word_of_the_language_is_a_name_only_with_a_capital() -> None:
    assert [p.value for p in parse("brown shirt", NAMES).predicates] == ["brown"]


def test_two_of_a_name_are_a_choice() -> None:
    for text in ("Müller shooting", "mueller shooting", "MULLER shooting"):
        found = parse(text, NAMES).predicates
        assert [(p.value, p.either, p.branch) for p in found] == [
            ("white", 1, 1),
            ("9", 1, 1),
            ("red", 1, 2),
            ("4", 1, 2),
            ("shooting", 0, 0),
        ]


def test_one_of_several_named_is_enough() -> None:
    found = parse("Kowalski and Ødegaard celebrating", NAMES).predicates
    assert [(p.value, p.branch) for p in found[:4]] == [("red", 1), ("10", 1), ("white", 2), ("8", 2)]


def test_who_stands_beside_is_not_the_target() -> None:
    found = parse("white 4 marking Kowalski", NAMES).predicates
    assert [(p.kind, p.value) for p in found] == [
        ("shirt_colour", "white"),
        ("number", "4"),
        ("relation", "marking kowalski"),
    ]


def test_the_reading_says_which_name_was_said() -> None:
    assert query_json(parse("Kowalski", NAMES))["predicates"] == [
        {"kind": "shirt_colour", "value": "red", "said": "Kowalski"},
        {"kind": "number", "value": "10", "said": "Kowalski"},
    ]


def test_without_names_a_name_is_a_name() -> None:
    assert [(p.kind, p.value) for p in parse("Kowalski").predicates] == [("name", "Kowalski")]
    assert not Names([])


def test_fold() -> None:
    assert fold("Łukasz ŻÓŁĆ Ødegaard Çağlar Strauß") == "lukasz zolc odegaard caglar strauss"
