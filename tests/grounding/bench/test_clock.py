from __future__ import annotations

from dataclasses import replace

import pytest

from grounding.bench.clock import score_clock
from grounding.errors import BadInputError
from grounding.matchtime import ClockPiece, MatchClock, ScoreChange
from grounding.synth.truth import BoardSecond, TrueBoard, Truth


def truth() -> Truth:
    """Twenty seconds from 10:00; the board is away from 5 to 8; a goal at 10, another in the last second."""
    seconds = tuple(BoardSecond(600.5 + k, 1, (k >= 10) + (k >= 19), 0, not 5 <= k < 8) for k in range(20))
    board = TrueBoard((0, 0, 10, 10), down=False, seconds=seconds)
    return Truth("football", 1, 20.0, "match.mp4", 1280, 720, 25.0, (), (), (), (), None, (), (), board=board)


def test_every_second_is_right_wrong_or_unknown() -> None:
    pieces = (ClockPiece(0, 10, 600, 1.0, 1), ClockPiece(10, 15, 700, 1.0, 1))
    score = score_clock(MatchClock(pieces, (ScoreChange(0, 0, 0, 0), ScoreChange(11, 1, 0, 10))), truth())
    assert (score.seen, score.right, score.wrong) == (17, 7, 5)
    assert (score.away, score.away_right, score.away_wrong) == (3, 3, 0)
    assert (score.goals, score.found, score.false, score.first) == (1, 1, 0, 1)  # the last goal was hardly there


def test_goals_that_are_none_and_goals_at_the_wrong_time_are_told() -> None:
    clock = MatchClock((), (ScoreChange(0, 0, 0, 0), ScoreChange(2, 1, 0, 1), ScoreChange(4, 3, 0, 3)))
    score = score_clock(clock, truth())
    assert (score.found, score.false) == (0, 1)
    both = score + score
    assert (both.goals, both.matches, both.seconds) == (2, 2, 40.0)


def test_truth_without_a_board_is_refused() -> None:
    with pytest.raises(BadInputError, match="does not tell of the score board"):
        score_clock(MatchClock(), replace(truth(), board=None))
