from __future__ import annotations

import pytest

from grounding.matchtime import ClockPiece, MatchClock, ScoreChange
from grounding.retrieve.matchtimes import can_tell, needs_clock, reader_of
from grounding.retrieve.times import TIME_VALUE, time_spans
from grounding.types import Predicate, Span

MATCH = MatchClock(
    (ClockPiece(100, 2920, 0, 1.0, 1), ClockPiece(3800, 6800, 2700, 1.0, 2)),
    (ScoreChange(110, 0, 0, 110), ScoreChange(1000, 1, 0, 990), ScoreChange(2500, 1, 1, 2495),
     ScoreChange(5000, 2, 1, 4999)),
)  # fmt: skip
"""Kick-off at 1:40 of the video, 47 minutes of play, a break, 50 more from 63:20 on; goals at 1000, 2500, 5000."""

DOWN = MatchClock((ClockPiece(0, 600, 600, -1.0, 3), ClockPiece(700, 1300, 600, -1.0, 4)), (), down=True, length=600)
LENGTH = 7000.0


def spans(value: str, clock: MatchClock = MATCH, duration: float = LENGTH) -> list[tuple[float, float]]:
    assert TIME_VALUE.fullmatch(value)
    return [(span.start, span.end) for span in reader_of(clock)(Predicate("time", value), duration)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("match minute 36 to 37", [(2260, 2320)]),
        ("match minute 60 to", [(4700, 6800)]),
        ("match minute 0 to 2", [(100, 220)]),
        ("match minute 44 to 46", [(2740, 2920), (3800, 3860)]),
        ("first half", [(100, 2920)]),
        ("second half", [(3800, 6800)]),
        ("first half 0-300", [(100, 400)]),
        ("second half last 600", [(5900, 6800)]),
        ("before half-time", [(2500, 2920)]),
        ("after half-time", [(3800, 4100)]),
        ("stoppage time", [(2800, 2920), (6500, 6800)]),
        ("extra time", []),
        ("quarter 3", []),
        ("last 600", [(5900, 6800)]),
        ("after goal 2", [(2500, 7000)]),
        ("before goal 1", [(0, 980)]),
        ("at goal 3", [(4979, 5010)]),
        ("at goal 7", []),
        ("after goal last", [(5000, 7000)]),
        ("after goal", [(1000, 1060), (2500, 2560), (5000, 5060)]),
        ("at score 1-1", [(2500, 5000)]),
        ("after score 1-0", [(1000, 7000)]),
        ("before score 2-1", [(0, 5000)]),
        ("at score 3-3", []),
        ("60-120", [(60, 120)]),
    ],
)
def test_times_of_a_match_by_its_clock(value: str, expected: list[tuple[float, float]]) -> None:
    assert [edge for span in spans(value) for edge in span] == pytest.approx(
        [edge for span in expected for edge in span]
    )


def test_a_clock_that_counts_down() -> None:
    assert spans("quarter 4", DOWN, 1400) == [(700, 1300)]
    assert spans("second half", DOWN, 1400) == [(0, 600), (700, 1300)]
    assert spans("last 120", DOWN, 1400) == [(1180, 1300)]
    assert spans("match minute 21 to 22", DOWN, 1400) == [(60, 120)]
    assert spans("stoppage time", DOWN, 1400) == []


def test_what_is_not_known_does_not_narrow() -> None:
    goal, half = Predicate("time", "after goal 2"), Predicate("time", "first half")
    assert spans("after goal 2", MatchClock(MATCH.pieces)) == [(0, LENGTH)]
    assert spans("last 600", MatchClock()) == [(6400, LENGTH)]
    assert needs_clock(goal)
    assert not needs_clock(Predicate("time", "last 600"))
    assert not can_tell(goal, MatchClock(MATCH.pieces))
    assert can_tell(half, MatchClock(MATCH.pieces))
    assert not can_tell(half, MatchClock((), MATCH.scores))


def test_goals_of_before_the_video_count() -> None:
    late = MatchClock((), (ScoreChange(0, 1, 1, 0), ScoreChange(50, 2, 1, 49)))
    assert spans("at goal 3", late, 100) == [(29, 60)]
    assert spans("at goal 2", late, 100) == [(29, 60)]  # the first one from which there were two


def test_baskets_are_counted_by_changes() -> None:
    game = MatchClock((), (ScoreChange(0, 20, 21, 0), ScoreChange(50, 23, 21, 49), ScoreChange(80, 23, 23, 79)))
    assert spans("after goal 2", game, 100) == [(80, 100)]


def test_times_are_combined_with_those_of_the_video() -> None:
    asked = [Predicate("time", "first half"), Predicate("time", "2800-")]
    assert time_spans(asked, LENGTH, reader_of(MATCH)) == (Span(2800, 2920),)
