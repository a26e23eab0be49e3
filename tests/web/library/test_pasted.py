"""Lists of players as people have them."""

from __future__ import annotations

import pytest

from videosearch.library import pasted

ONE = (10, "Kowalski", ())


@pytest.mark.parametrize(
    ("line", "player"),
    [
        ("10, Kowalski", ONE),
        ("10 Kowalski", ONE),
        ("#10 Kowalski", ONE),
        ("Kowalski 10", ONE),
        ("Kowalski, 10", ONE),
        ("Kowalski (10)", ONE),
        ("Kowalski #10", ONE),
        ("No. 10 Kowalski", ONE),
        ("10. Kowalski", ONE),
        ("10 - Kowalski", ONE),
        ("10\tKowalski", ONE),
        ("10;Kowalski;", ONE),
        ("  10 \t Kowalski \r", ONE),
        ("10, Lamine Kowalski", (10, "Lamine Kowalski", ())),
        ('10,"Kowalski, Lamine"', (10, "Lamine Kowalski", ())),
        ("10 Kowalski (Lamy)", (10, "Kowalski", ("Lamy",))),
        ('10 Lamine "Lamy" Kowalski', (10, "Lamine Kowalski", ("Lamy",))),
        ("10\tKowalski\tLamy; the Wall", (10, "Kowalski", ("Lamy", "the Wall"))),
        ("00 Zoë O’Neill-Łoś", (0, "Zoë O’Neill-Łoś", ())),
        ("=10+1 Kowalski", None),
    ],
)
def test_a_line(line: str, player: tuple[int, str, tuple[str, ...]] | None) -> None:
    found = pasted.read(line)
    if player is None:
        assert not found.players
        assert len(found.problems) == 1
        return
    assert [(one.number, one.name, one.nicknames) for one in found.players] == [player]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Coach Smith", "Line 1, “Coach Smith”: it has no shirt number."),
        ("10", "Line 1, “10”: it has no name."),
        ("120 Kowalski", "Line 1, “120 Kowalski”: shirt numbers go from 0 to 99."),
        ("10, 7, Kowalski", "Line 1, “10, 7, Kowalski”: it has two numbers, 10 and 7."),
        ("10 Kowalski 7", "Line 1, “10 Kowalski 7”: it has two numbers."),
        ("10 " + "x" * 61, "the name is longer than 60 characters."),
        ("10,Kowalski," + "y" * 41, "a nickname has at most 40 characters."),
    ],
)
def test_a_bad_line_gets_a_sentence(line: str, sentence: str) -> None:
    found = pasted.read(line)
    assert found.players == ()
    assert [problem.endswith(sentence) for problem in found.problems] == [True], found.problems


def test_good_and_bad_lines_together() -> None:
    found = pasted.read("10, Kowalski\n\nthe bench:\n7 Nowak\n10 Other\n")
    assert [one.number for one in found.players] == [10, 7]
    assert found.problems == (
        "Line 3, “the bench:”: it has no shirt number.",
        "Line 5, “10 Other”: number 10 was given to Kowalski before.",
    )


@pytest.mark.parametrize(
    "table",
    [
        "Number,Name,Nickname\n10,Lamine Kowalski,Lamy\n",
        "\ufeffName;Nr;Alias\r\nLamine Kowalski;10;Lamy\r\n",
        "First name\tLast name\tPosition\tShirt\tNickname\nLamine\tKowalski\tGK\t10\tLamy\n",
    ],
)
def test_the_first_line_may_name_the_columns(table: str) -> None:
    found = pasted.read(table)
    assert [(one.number, one.name, one.nicknames) for one in found.players] == [(10, "Lamine Kowalski", ("Lamy",))]
    assert found.problems == ()


def test_a_flood_is_cut() -> None:
    found = pasted.read("\n".join(f"{number % 100} Player" for number in range(100)) + "\n" + "x" * 50_000)
    assert len(found.players) == 100
    assert found.problems[0] == "Only the first 150 lines were read."
