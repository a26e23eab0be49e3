from __future__ import annotations

import pytest

from grounding.describe.boardtext import scores_of, take_apart
from tests.grounding.describe.boards import reading


def seconds(*texts: str) -> set[float]:
    return {read.low for read in take_apart(reading(0.0, *texts)).times}


@pytest.mark.parametrize(
    ("text", "low"),
    [
        ("37:12", 37 * 60 + 12),
        ("03:07", 187),
        ("112:40", 112 * 60 + 40),
        ("37.12", 37 * 60 + 12),
        ("3O:15", 30 * 60 + 15),
        ("l2:3S", 12 * 60 + 35),
        ("90:00+3:10", 93 * 60 + 10),
        ("45:00 +2:10", 47 * 60 + 10),
        ("45+2'", 46 * 60),
        ("37'", 36 * 60),
        ("Q3 4:21.7", 4 * 60 + 21.7),
        ("Q42:46", 2 * 60 + 46),
        ("2ND90:08", 90 * 60 + 8),
        ("34.3", 34.3),
        ("P2 19:59", 19 * 60 + 59),
        ("HOM 1 AWY 0 12:04", 12 * 60 + 4),
    ],
)
def test_clocks_of_broadcasts_are_understood(text: str, low: float) -> None:
    assert low in seconds(text)


@pytest.mark.parametrize("text", ["HOM 1", "1-0", "2:1", "10:75", "ASHFORD", "", "+3", "1:2:3:4"])
def test_what_is_no_clock_is_taken_for_none(text: str) -> None:
    assert not seconds(text)


def test_added_time_beside_the_clock_is_counted() -> None:
    assert seconds("45:00", "+2:10") == {47 * 60 + 10}
    assert seconds("+0:07 BRA 3 2 ILK", "90:00") == {90 * 60 + 7}
    assert seconds("44:12", "+2:10") == {44 * 60 + 12}  # the clock goes on: nothing to add


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("Q3 4:21", 3),
        ("1ST 12:00", 1),
        ("2nd half", 2),
        ("H2", 2),
        ("2H 61:10", 2),
        ("P1", 1),
        ("Q42:46", 4),
        ("44:10", 0),
        ("45:00 +2:10", 1),
        ("90:00+0:07", 2),
        ("45:00", 0),
    ],
)
def test_periods_are_named(text: str, period: int) -> None:
    assert take_apart(reading(0.0, text)).period == period


def scores(*texts: str, rows: list[float] | None = None) -> set[tuple[int, int]]:
    """With the first text as the clock."""
    one = reading(0.0, *texts, rows=rows)
    said = take_apart(one)
    clock = next((read for read in said.times if read.text == 0), None)
    return set(scores_of(one, said, clock))


@pytest.mark.parametrize(
    "texts",
    [
        ("37:12", "1-0"), ("37:12", "HOM", "1 - 0", "AWY"), ("37:12", "1 0"),
        ("37:12", "HOM 1", "AWY 0"), ("37:12", "1:0"),
        ("37:12 HOM 1:0 AWY",), ("37:12", "HOM l-O AWY"), ("37:12", "HOM", "1", "0", "AWY"), ("37:12", "1–0"),
        ("45:00", "+2:10", "HOM 1", "AWYO"), ("37:12", "HOM_1", "AWY O"),
    ],
)  # fmt: skip
def test_goals_are_read_in_many_spellings(texts: tuple[str, ...]) -> None:
    assert (1, 0) in scores(*texts)


def test_goals_in_two_rows() -> None:
    assert (2, 3) in scores("37:12", "HOM 2", "AWY 3", rows=[50, 30, 70])
    assert (2, 3) in scores("37:12", "2", "3", rows=[50, 30, 70])


def test_a_score_that_reads_like_a_time_is_a_score_beside_the_clock() -> None:
    assert (21, 17) in scores("37:12", "21:17")


def test_nothing_is_made_of_a_board_without_goals() -> None:
    assert scores("37:12", "HOM", "AWY") == set()
