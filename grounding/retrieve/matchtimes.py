"""What times of the match mean in one video, by the clock and the score that are known of it.

"In the last ten minutes" is the last ten of the match where a clock tells how far it is, else of the video. A goal is
told by the change of the score on the board, which comes some seconds after it (`GOAL_BEFORE`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from grounding.matchtime import GOAL_BEFORE, ClockPiece, MatchClock, ScoreChange
from grounding.retrieve.times import Reader, time_span
from grounding.types import Predicate, Span

GOAL_AFTER: Final = 10.0
"""Seconds after the change of the score that still belong to the goal."""
NEAR_BREAK: Final = 300.0
"""Seconds of the match meant by "before half-time" and "after half-time"."""

_OF_MATCH: Final = re.compile(
    r"match minute (?P<low>\d+) to(?: (?P<high>\d+))?"
    r"|(?P<half>first|second) half(?: (?P<from>\d+)-(?P<to>\d+)| last (?P<last>\d+))?"
    r"|quarter (?P<quarter>\d)|(?P<break>before |after )half-time|(?P<extra>extra time)|(?P<stoppage>stoppage time)"
    r"|(?P<goals>at|after|before) goal(?: (?P<nth>\d+|last))?"
    r"|(?P<scored>at|after|before) score (?P<home>\d+)-(?P<away>\d+)"
)
"""The values that need a match clock or a score."""


def needs_clock(predicate: Predicate) -> bool:
    """Whether a time cannot be told in a video without a match clock or score."""
    return predicate.kind == "time" and _OF_MATCH.fullmatch(predicate.value) is not None


def can_tell(predicate: Predicate, clock: MatchClock) -> bool:
    """Whether what is known of a match can tell a time: goals need a score, the rest a clock."""
    if not needs_clock(predicate):
        return True
    return bool(clock.scores if re.search(r"goal|score", predicate.value) else clock.pieces)


def reader_of(clock: MatchClock) -> Reader:
    """The meaning of time predicates in a video of which `clock` is known; what it cannot tell does not narrow."""
    return partial(_spans, clock)


def _spans(clock: MatchClock, predicate: Predicate, duration: float) -> Sequence[Span]:
    last = re.fullmatch(r"last (\d+(?:\.\d+)?)", predicate.value)
    if last and clock.pieces:
        return _inside(_last_of_match(clock, float(last[1])), duration)
    asked = _OF_MATCH.fullmatch(predicate.value)
    if asked is None:
        return (time_span(predicate, duration),)
    if not can_tell(predicate, clock):
        return (Span(0.0, duration),)
    given = {name: value for name, value in asked.groupdict().items() if value}
    return _inside(_meaning(clock, given, duration), duration)


def _meaning(clock: MatchClock, given: dict[str, str], duration: float) -> list[Span]:
    match given:
        case {"low": low}:
            high = 60 * float(given["high"]) if "high" in given else float("inf")
            return _played(clock, 60 * float(low), high)
        case {"half": half}:
            return _half(clock, 1 if half == "first" else 2, given)
        case {"quarter": quarter}:
            return [_span(piece) for piece in clock.pieces if piece.period == int(quarter)]
        case {"break": side}:
            return _near_break(clock, before=side.startswith("before"))
        case {"extra": _}:
            regular = 4 if clock.down else 2
            return [_span(piece) for piece in clock.pieces if piece.period > regular]
        case {"stoppage": _}:
            return _stoppage(clock)
        case {"goals": when}:
            return _goals(clock, when, given.get("nth"), duration)
    return _score(clock, given["scored"], (int(given["home"]), int(given["away"])), duration)


def _span(piece: ClockPiece) -> Span:
    return Span(piece.start, piece.end)


def _where(clock: MatchClock, keep: Callable[[ClockPiece], tuple[float, float] | None]) -> list[Span]:
    """The parts of the pieces in which the clock says from `low` to `high`, as `keep` tells for each piece."""
    found = []
    for piece in clock.pieces:
        bounds = keep(piece)
        if bounds is None:
            continue
        low, high = bounds
        if piece.rate == 0:
            if low <= piece.clock < high:
                found.append(_span(piece))
            continue
        times = sorted((piece.start + (value - piece.clock) / piece.rate) for value in (low, high))
        start, end = max(piece.start, times[0]), min(piece.end, times[1])
        if end > start:
            found.append(Span(start, end))
    return found


def _played(clock: MatchClock, low: float, high: float) -> list[Span]:
    """Where so many seconds of the match are played. Added time of the first half is none of the second."""

    def keep(piece: ClockPiece) -> tuple[float, float] | None:
        if not clock.down:
            end = piece.period * clock.length if piece.period else float("inf")
            return (low, float("inf")) if low < end <= high else (low, high)
        if not piece.period:
            return None
        before = (piece.period - 1) * clock.length
        return clock.length - (high - before), clock.length - (low - before)

    return _where(clock, keep)


def _periods(clock: MatchClock, half: int) -> tuple[int, ...]:
    """The periods that make up a half: quarters where the clock counts down in four."""
    return (2 * half - 1, 2 * half) if clock.down else (half,)


def _half(clock: MatchClock, half: int, given: dict[str, str]) -> list[Span]:
    periods = _periods(clock, half)
    whole = len(periods) * clock.length
    begin = (half - 1) * whole
    inside = [piece for piece in clock.pieces if piece.period in periods]
    own = MatchClock(tuple(inside), (), clock.down, clock.length)
    if "from" in given:
        return _played(own, begin + float(given["from"]), begin + float(given["to"]))
    if "last" in given:
        return _played(own, begin + whole - float(given["last"]), float("inf"))
    return [_span(piece) for piece in inside]


def _near_break(clock: MatchClock, *, before: bool) -> list[Span]:
    seconds = f"{NEAR_BREAK:.0f}"
    return _half(clock, 1, {"last": seconds}) if before else _half(clock, 2, {"from": "0", "to": seconds})


def _stoppage(clock: MatchClock) -> list[Span]:
    if clock.down:
        return []
    return _where(clock, lambda piece: (piece.period * clock.length, float("inf")) if piece.period else None)


def _last_of_match(clock: MatchClock, seconds: float) -> list[Span]:
    """The last seconds of the match: up to its usual end, or to where the clock got when that is beyond."""
    ends = [played for piece in clock.pieces if (played := clock.played(piece, piece.at(piece.end))) is not None]
    if not ends:
        return []
    usual = (4 if clock.down else 2) * clock.length
    return _played(clock, max(usual, _regular_end(max(ends), usual)) - seconds, float("inf"))


def _regular_end(reached: float, usual: float) -> float:
    """120 minutes where extra time was clearly played."""
    return usual + usual / 3 if reached > usual * 1.12 else usual


def _goals(clock: MatchClock, when: str, nth: str | None, duration: float) -> list[Span]:
    goals = _numbered(clock)
    if nth == "last":
        chosen = [goals[-1][1]] if goals else []
    elif nth:
        chosen = [change for number, change in goals if number >= int(nth)][:1]
    else:
        chosen = [change for _, change in goals]
    if when == "at":
        return [Span(max(0.0, one.since - GOAL_BEFORE), one.t + GOAL_AFTER) for one in chosen]
    if when == "before":
        return [Span(0.0, max(0.0, one.t - GOAL_BEFORE)) for one in chosen[-1:]] if nth else _around(chosen, -60.0)
    return [Span(one.t, max(one.t, duration)) for one in chosen[:1]] if nth else _around(chosen, 60.0)


def _around(chosen: Sequence[ScoreChange], seconds: float) -> list[Span]:
    """ "After a goal", "before a goal": the minute beside each."""
    if seconds > 0:
        return [Span(one.t, one.t + seconds) for one in chosen]
    return [Span(max(0.0, one.since - GOAL_BEFORE + seconds), max(0.0, one.t)) for one in chosen]


def _numbered(clock: MatchClock) -> list[tuple[int, ScoreChange]]:
    """The goals with their number in the match: those of before the video count where the board shows them. Where
    baskets count for more than one, the changes are counted."""
    pairs = list(zip(clock.scores, clock.scores[1:], strict=False))
    by_one = all(new.home + new.away - old.home - old.away <= 1 for old, new in pairs)
    goals = clock.goals()
    return [(new.home + new.away if by_one else place, new) for place, new in enumerate(goals, 1)]


def _score(clock: MatchClock, when: str, asked: tuple[int, int], duration: float) -> list[Span]:
    ends = [*(change.t for change in clock.scores[1:]), max(duration, clock.scores[-1].t)]
    standing = [
        Span(change.t, end)
        for change, end in zip(clock.scores, ends, strict=True)
        if (change.home, change.away) == asked
    ]
    if when == "at" or not standing:
        return standing
    if when == "after":
        return [Span(standing[0].start, max(duration, standing[0].start))]
    return [Span(0.0, standing[0].start)]


def _inside(spans: Sequence[Span], duration: float) -> list[Span]:
    """Inside the video, in order, joined where they touch."""
    joined: list[Span] = []
    for span in sorted(
        Span(max(0.0, s.start), min(duration, s.end)) for s in spans if s.start < duration and s.end > 0
    ):
        if joined and span.start <= joined[-1].end + 1e-6:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        elif span.length > 0:
            joined.append(span)
    return joined
