"""Match time over video time: what the clock and the score board said, or what a person set.

A video may begin in the middle of a match, leave out the break, jump between scenes or show no clock at all. So match
time is known in **pieces**: in each the clock runs evenly up or down, or stands. Outside of them it is unknown.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

HALF: Final = 45 * 60.0
"""Seconds of a half of football, taken where nothing else is known."""
GOAL_BEFORE: Final = 20.0
"""Seconds before the board changes in which the goal was: it is put up after the celebrations have begun."""


@dataclass(frozen=True, slots=True)
class ClockPiece:
    """A part of the video over which the clock goes evenly.

    start, end: seconds of video, `[start, end)`; clock: seconds on the clock at `start`; rate: 1 up, -1 down, 0 while
    it stands; period: 1 for the first half, quarter or third, 0 where it is not known.
    """

    start: float
    end: float
    clock: float
    rate: float
    period: int = 0

    def at(self, t: float) -> float:
        """Seconds on the clock at `t` seconds of video."""
        return max(0.0, self.clock + self.rate * (t - self.start))


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """From `t` seconds of video on the board says `home` to `away`; `since`: when it was last seen to say otherwise, or
    `t` for what was there from the first."""

    t: float
    home: int
    away: int
    since: float

    @property
    def text(self) -> str:
        return f"{self.home}–{self.away}"


@dataclass(frozen=True, slots=True)
class MatchClock:
    """Match time and score over a video. Pieces and scores in order of time, pieces without overlap.

    down: whether the clock counts down; length: seconds of a period, as far as they are known or usual.
    """

    pieces: tuple[ClockPiece, ...] = ()
    scores: tuple[ScoreChange, ...] = ()
    down: bool = False
    length: float = HALF

    def __bool__(self) -> bool:
        return bool(self.pieces or self.scores)

    def piece(self, t: float) -> ClockPiece | None:
        """The piece that holds `t`; None where match time is unknown."""
        at = bisect_right(self.pieces, t + 1e-9, key=lambda piece: piece.start) - 1
        return self.pieces[at] if at >= 0 and t < self.pieces[at].end else None

    def at(self, t: float) -> float | None:
        """Seconds on the clock at `t` seconds of video, or None."""
        piece = self.piece(t)
        return None if piece is None else piece.at(t)

    def score(self, t: float) -> ScoreChange | None:
        """What the board said at `t`, or None before it was first read."""
        at = bisect_right(self.scores, t + 1e-9, key=lambda change: change.t) - 1
        return self.scores[at] if at >= 0 else None

    def played(self, piece: ClockPiece, clock: float) -> float | None:
        """Seconds of the match that are played when the clock says so; None where a clock that counts down tells no
        period."""
        if not self.down:
            return clock
        return (piece.period - 1) * self.length + max(0.0, self.length - clock) if piece.period else None

    def goals(self) -> list[ScoreChange]:
        """The changes of the score that are goals or baskets, not the first reading and nothing taken back."""
        pairs = zip(self.scores, self.scores[1:], strict=False)
        return [new for old, new in pairs if new.home >= old.home and new.away >= old.away]


def clock_text(seconds: float) -> str:
    """ "37:12": minutes may go past 60."""
    whole = int(max(0.0, seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def minute_text(clock: MatchClock, t: float) -> str:
    """What is said of `t` beside the video's own time, in short: "37′", "45+2′", "Q3 4:21", "" where unknown."""
    piece = clock.piece(t)
    if piece is None:
        return ""
    seconds = piece.at(t)
    if clock.down:
        return f"{f'Q{piece.period} ' if piece.period else ''}{clock_text(seconds)}"
    over = seconds - piece.period * clock.length if piece.period else -1.0
    if over >= 0:
        return f"{piece.period * clock.length // 60:.0f}+{int(over // 60) + 1}′"
    return f"{int(seconds // 60) + 1}′"


def moment_text(clock: MatchClock, t: float) -> str:
    """Minute and score at `t`: "37′ 1–0", one of them, or ""."""
    score = clock.score(t)
    return " ".join(part for part in (minute_text(clock, t), score.text if score else "") if part)


def clock_json(clock: MatchClock) -> dict[str, Any]:
    """As plain values, for files and database."""
    return {
        "pieces": [[round(p.start, 2), round(p.end, 2), round(p.clock, 2), p.rate, p.period] for p in clock.pieces],
        "scores": [[round(s.t, 2), s.home, s.away, round(s.since, 2)] for s in clock.scores],
        "down": clock.down,
        "length": clock.length,
    }


def clock_from(data: Mapping[str, Any] | None) -> MatchClock:
    """Reads `clock_json`; an empty clock for None or {}.

    Raises:
        ValueError: it is something else.
    """
    if not data:
        return MatchClock()
    try:
        return MatchClock(
            tuple(_piece(row) for row in data["pieces"]),
            tuple(ScoreChange(float(t), int(home), int(away), float(since)) for t, home, away, since in data["scores"]),
            bool(data["down"]),
            float(data["length"]),
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError("this is no match clock") from error


def _piece(row: Sequence[Any]) -> ClockPiece:
    start, end, clock, rate, period = (float(value) for value in row)
    if not all(map(math.isfinite, (start, end, clock, rate, period))):
        raise ValueError("this is no match clock")
    return ClockPiece(start, end, clock, rate, int(period))
