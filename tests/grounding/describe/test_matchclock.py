from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from grounding.describe.matchclock import fit_clock
from grounding.matchtime import MatchClock
from grounding.types import BoardReading, Span
from tests.grounding.describe.boards import counting, reading, readings


def near(clock: MatchClock, t: float, expected: float, within: float = 1.0) -> bool:
    said = clock.at(t)
    return said is not None and abs(said - expected) <= within


def test_a_clock_that_goes_is_told_for_each_second() -> None:
    clock = fit_clock(readings(range(5, 60), counting(754), lambda _: "1-0"), Span(0, 65))
    assert all(near(clock, t, 754 + t) for t in range(65))
    assert [piece.period for piece in clock.pieces] == [1]
    assert not clock.down


def test_nothing_is_said_without_a_clock() -> None:
    assert not fit_clock([], Span(0, 60))
    assert not fit_clock(readings(range(60), lambda _: "21:17"), Span(0, 60))  # it never moves
    noise = random.Random(1)
    wild = [reading(float(t), f"{noise.randint(0, 89)}:{noise.randint(0, 59):02d}") for t in range(40)]
    assert not fit_clock(wild, Span(0, 60)).pieces


def test_time_goes_on_while_the_board_is_away() -> None:
    seen = readings([*range(10), *range(40, 60)], counting(300))
    clock = fit_clock(seen, Span(0, 60))
    assert len(clock.pieces) == 1
    assert all(near(clock, t, 300 + t) for t in range(60))


def test_half_time_is_left_out_and_the_halves_are_told() -> None:
    first = readings(range(60), counting(44 * 60 + 30))
    second = readings(range(90, 160), counting(45 * 60 - 90))
    clock = fit_clock([*first, *second], Span(0, 160))
    assert near(clock, 50, 44 * 60 + 80)
    assert near(clock, 120, 45 * 60 + 30)
    assert clock.at(75) is None
    assert [piece.period for piece in clock.pieces] == [1, 2]


def test_added_time_belongs_to_the_half_it_was_added_to() -> None:
    def board(t: float) -> str:
        over = int(t) - 20
        return f"44:{40 + int(t)}" if over < 0 else f"45:00 +{over // 60}:{over % 60:02d}"

    clock = fit_clock(readings(range(60), board), Span(0, 60))
    assert near(clock, 50, 45 * 60 + 30)
    assert [piece.period for piece in clock.pieces] == [1]


def test_a_clock_that_freezes_at_the_end_of_a_half_goes_on() -> None:
    seen = readings(range(60), lambda t: counting(44 * 60 + 40)(min(t, 20)))
    assert near(fit_clock(seen, Span(0, 60)), 50, 44 * 60 + 90)


def test_a_film_cut_together_jumps() -> None:
    parts = [(0, 600), (20, 1500), (40, 2400), (60, 4000)]
    seen = [one for start, clock in parts for one in readings(range(start, start + 20), counting(clock - start))]
    clock = fit_clock(seen, Span(0, 80))
    assert len(clock.pieces) == 4
    assert all(near(clock, start + 10, at + 10) for start, at in parts)


def test_a_score_with_a_colon_is_no_clock() -> None:
    """As on German boards: the goals of handball look like minutes and seconds."""
    seen = readings(range(60), lambda t: "21:17" if t < 30 else "22:17", counting(1900))
    clock = fit_clock(seen, Span(0, 60))
    assert near(clock, 30, 1930)
    assert [(change.t, change.home, change.away) for change in clock.scores] == [(0, 21, 17), (30, 22, 17)]


def test_a_clock_that_counts_down_and_stops() -> None:
    def left(t: float) -> float:
        return 261.7 - (t if t < 20 else 20 if t < 35 else t - 15)

    seen = readings(
        range(60), lambda t: f"Q3 {int(left(t)) // 60}:{int(left(t)) % 60:02d}", lambda _: "HOM 55", lambda _: "AWY 60"
    )
    clock = fit_clock(seen, Span(0, 60))
    assert clock.down
    assert {piece.period for piece in clock.pieces} == {3}
    assert all(near(clock, t, left(t), 1.5) for t in range(60))
    assert sum(near(clock, t, left(t)) for t in range(60)) >= 57


def test_quarters_follow_each_other() -> None:
    first, second = readings(range(40), counting(35, -1.0)), readings(range(60, 100), counting(660, -1.0))
    first = [one if "Q" in one.texts[0].text else reading(one.t, f"Q1 {one.texts[0].text}") for one in first]
    clock = fit_clock([*first, *second], Span(0, 100))
    assert near(clock, 20, 15)
    assert near(clock, 80, 580)
    assert (clock.piece(20) or clock.pieces[0]).period == 1
    assert (clock.piece(80) or clock.pieces[0]).period == 2
    assert clock.length == 600


def test_a_film_that_jumps_into_the_next_period_is_followed() -> None:
    seen = [*readings(range(5), lambda t: f"Q3 {40 - t:.1f}"), *readings(range(5, 30), lambda t: f"Q4 7:{34 - t:02d}")]
    clock = fit_clock(seen, Span(0, 30))
    assert near(clock, 2, 38)
    assert near(clock, 20, 434)
    assert [piece.period for piece in clock.pieces] == [3, 4]


def test_minutes_alone_are_a_clock() -> None:
    seen = readings(range(150), lambda t: f"{int((1830 + t) // 60) + 1}'", lambda _: "2-2")
    clock = fit_clock(seen, Span(0, 150))
    assert all(near(clock, t, 1830 + t, 2.0) for t in range(150))


def test_a_goal_taken_back_is_believed_when_it_stays_so() -> None:
    seen = readings(range(200), counting(600), lambda t: "1-0" if t < 50 or t >= 90 else "2-0")
    clock = fit_clock(seen, Span(0, 200))
    assert [(change.home, change.away) for change in clock.scores] == [(1, 0), (2, 0), (1, 0)]
    assert [(change.home, change.away) for change in clock.goals()] == [(2, 0)]


def test_a_short_misreading_is_no_goal() -> None:
    seen = readings(range(100), counting(600), lambda t: "8-0" if 40 <= t < 55 else "0-0")
    assert [(change.home, change.away) for change in fit_clock(seen, Span(0, 100)).scores] == [(0, 0)]


CONFUSED = {"8": "3", "3": "8", "0": "6", "6": "0", "1": "7", "7": "1", "5": "6", "9": "0", "2": "7", "4": "1"}


def misread(text: str, place: int) -> str:
    at = [k for k, letter in enumerate(text) if letter.isdigit()]
    k = at[place % len(at)]
    return text[:k] + CONFUSED[text[k]] + text[k + 1 :]


@settings(max_examples=40, deadline=None)
@given(
    start=st.integers(0, 88 * 60),
    seed=st.integers(0, 10**6),
    share=st.floats(0, 0.3),
    stretch=st.tuples(st.integers(20, 150), st.integers(0, 25), st.integers(0, 3)),
)
def test_misread_digits_do_not_move_the_clock(
    start: int, seed: int, share: float, stretch: tuple[int, int, int]
) -> None:
    """Single digits at random, and one digit that is wrong for up to 25 seconds on end."""
    noise = random.Random(seed)
    begin, length, place = stretch
    seen: list[BoardReading] = []
    for one in readings(range(200), counting(start), lambda _: "HOM 1 - 0 AWY"):
        text = one.texts[0]
        wrong = begin <= one.t < begin + length
        if wrong or noise.random() < share:
            text = replace(text, text=misread(text.text, place if wrong else noise.randrange(4)))
        seen.append(replace(one, texts=(text, *one.texts[1:])))
    clock = fit_clock(seen, Span(0, 200))
    right = sum(near(clock, t, start + t) for t in range(200))
    assert right >= 195
    assert [(change.home, change.away) for change in clock.scores] == [(1, 0)]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.floats(0, 0.25))
@example(seed=125373, share=0.21875)
def test_the_score_grows_as_it_did(seed: int, share: float) -> None:
    noise = random.Random(seed)
    goals = sorted(noise.sample(range(20, 580, 20), 4))
    sides = [noise.randrange(2) for _ in goals]

    def score(t: float) -> tuple[int, int]:
        there = [side for at, side in zip(goals, sides, strict=True) if at <= t]
        return there.count(0), there.count(1)

    def board(t: float) -> str:
        text = "{}-{}".format(*score(t))
        return misread(text, noise.randrange(2)) if noise.random() < share else text

    clock = fit_clock(readings(range(600), counting(100), board), Span(0, 600))
    assert [(change.home, change.away) for change in clock.scores] == [(0, 0), *[score(t) for t in goals]]
    # A quarter of the readings wrong may hide a goal for some seconds.
    assert all(abs(change.t - at) <= 8 for change, at in zip(clock.scores[1:], goals, strict=True))
    assert all(change.since <= change.t for change in clock.scores)
