"""From readings of a score board to match time: a clock that goes evenly, with jumps where the film has them.

Every reading may be wrong. What is right agrees with many others on one even clock: `clock = rate * t + offset`. So the
offsets that several readings agree on are the states of a chain, and so are the values at which a clock stands; the
cheapest way through them explains each reading or calls it a misreading (Viterbi, "Error bounds for convolutional
codes", 1967). A digit that is wrong for a while costs less than a jump there and back; a true jump pays for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.describe.boardtext import Said, TimeRead, scores_of, take_apart
from grounding.describe.matchscore import fit_scores
from grounding.matchtime import HALF, ClockPiece, MatchClock
from grounding.types import BoardReading, Span

Array = NDArray[np.float64]

_LEAST: Final = 3
"""Readings that must agree before anything is believed."""
_AGREE: Final = 0.8
"""Seconds by which the offsets of readings of one clock differ at most."""
_CLOSE: Final = 1.0
_REACH: Final = 30.0
"""Seconds beyond its own readings to which a state may explain others."""
_MISREAD: Final = 1.0
_ONE_DIGIT: Final = 0.35
_STANDING: Final = 0.06
_CONTINUED: Final = 1.2
_STOOD: Final = 2.5
_FORWARD: Final = 4.0
_NEW_PERIOD: Final = 8.0
_BACK: Final = 14.0
_STANDS_FIRST: Final = 4.0
_STANDS_AFTER_JUMP: Final = 2.0
"""Costs: of a misreading, one with a single wrong digit, of explaining a reading by a clock that stands, of a stop or
start without a jump, of a stop that was not seen, of a jump forward, back to where a new period begins, back
elsewhere, of beginning with a clock that stands, and of a jump to one."""
_TURN: Final = 3.0
"""Seconds after the board names another period in which any jump is as good as one forward."""
_STARTS: Final = (1200.0, 1800.0, 2400.0, 2700.0, 5400.0, 6300.0)
"""Where halves and thirds begin on clocks that count up: of ice hockey, handball, rugby, football and extra time."""
_ENDS: Final = (2700.0, 5400.0, 6300.0, 7200.0)
_ADDED: Final = 900.0
_FROZEN: Final = 0.03
"""At the end of a half many clocks stand while added time is played: that explains a reading at this cost."""
_LENGTHS: Final = (300.0, 480.0, 600.0, 720.0, 900.0, 1200.0)
_OUTWARD: Final = 10.0
"""Seconds before the first and after the last reading over which the clock is taken to go on."""
_SEAM: Final = 2.5
"""Longest time without a reading at a jump that is shared out among both sides."""


@dataclass(frozen=True, slots=True)
class _State:
    """clock = rate * t + offset, between the seconds of video in which it can explain readings."""

    rate: float
    offset: float
    first: float
    last: float

    def at(self, t: float) -> float:
        return self.rate * t + self.offset


def fit_clock(readings: Sequence[BoardReading], video: Span) -> MatchClock:
    """Match time and score of a video from what was read of its board.

    Args:
        readings: in any order; wrong ones may be among them.
        video: the seconds of the video that were looked at; nothing is said beyond.

    Returns:
        An empty clock where the readings show none that goes.
    """
    said = [take_apart(reading) for reading in sorted(readings, key=lambda one: one.t)]
    ordered = sorted(readings, key=lambda one: one.t)
    rate, states = _states(said)
    if not states:
        return MatchClock()
    path, chosen = _explained(said, states, rate)
    pieces = _pieces(said, states, path, chosen, video)
    if not pieces:
        return MatchClock()
    down = rate < 0
    pieces, length = _with_periods(pieces, said, down=down)
    goals = [(one.t, scores_of(raw, one, read)) for raw, one, read in zip(ordered, said, chosen, strict=True)]
    return MatchClock(tuple(pieces), fit_scores(goals), down, length)


def _states(said: Sequence[Said]) -> tuple[float, list[_State]]:
    """The way the clock goes, and the even and standing clocks that several readings agree on."""
    ups, downs = _even(said, 1.0), _even(said, -1.0)
    rate, found = (1.0, ups) if sum(n for n, _ in ups) >= sum(n for n, _ in downs) else (-1.0, downs)
    if not found:
        return rate, []
    return rate, [state for _, state in found] + _standing(said)


def _even(said: Sequence[Said], rate: float) -> list[tuple[int, _State]]:
    """Clocks that go evenly, with how many readings agree on each, the best supported first."""
    fine = [(read.low + read.width / 2 - rate * one.t, one.t) for one in said for read in one.times if read.width <= 1]
    coarse = []
    for before, after in pairwise(said):
        # A clock of minutes tells its offset when the minute changes.
        for old in before.times:
            for new in after.times:
                if old.width > 1 and new.low == old.low + rate * 60 and after.t - before.t < 5:
                    coarse += [(new.low - rate * (before.t + after.t) / 2, after.t)] * _LEAST
    rows = np.array(sorted(fine + coarse)).reshape(-1, 2)
    found: list[tuple[int, _State]] = []
    while len(rows) >= _LEAST:
        ends = np.searchsorted(rows[:, 0], rows[:, 0] + 2 * _AGREE, side="right")
        best = int(np.argmax(ends - np.arange(len(rows))))
        inside = rows[best : ends[best]]
        times = np.unique(inside[:, 1])
        if ends[best] - best < _LEAST:
            break
        # A clock that stands agrees with any even one for a second or two.
        if (len(times) >= _LEAST and times[-1] - times[0] >= 2.0) or not fine:
            state = _State(rate, float(np.median(inside[:, 0])), float(times[0]), float(times[-1]))
            found.append((len(times), state))
        rows = np.concatenate([rows[:best], rows[ends[best] :]])
    return found


def _standing(said: Sequence[Said]) -> list[_State]:
    """Clocks that stand: the same value in several readings in a row."""
    found: list[_State] = []
    held: dict[float, list[float]] = {}
    for one in [*said, None]:
        values = {read.low for read in one.times if read.width <= 1} if one is not None else set()
        for value in list(held):
            if value not in values:
                times = held.pop(value)
                if len(times) >= _LEAST and times[-1] - times[0] >= 1.9:
                    found.append(_State(0.0, value + 0.5, times[0], times[-1]))
        for value in values:
            assert one is not None
            held.setdefault(value, []).append(one.t)
    return found


def _explained(said: Sequence[Said], states: Sequence[_State], rate: float) -> tuple[list[int], list[TimeRead | None]]:
    """For each reading the state that explains it or holds while it is misread, -1 for none, and what it read right."""
    rates, offsets, firsts, lasts = np.array([(s.rate, s.offset, s.first, s.last + _freezes(s)) for s in states]).T
    live, before, total = np.zeros(0, np.intp), 0.0, np.zeros(0)
    named, turned = 0, -_TURN  # the period last named by the board, and when it became another
    back: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    for one in said:
        active = np.flatnonzero((firsts - _REACH <= one.t) & (one.t <= lasts + _REACH))
        # Those that were live stay so, so that there is always a way on.
        active = active if len(active) else live
        if len(active) == 0:
            back.append((active, active))
            continue
        clocks = rates[active] * one.t + offsets[active]
        if one.period and one.period != named:
            named, turned = one.period, one.t if named else -_TURN
        if len(live) == 0:
            total, came = np.where(rates[active] == 0, _STANDS_FIRST, 0.0), np.full(len(active), -1, np.intp)
        elif len(live) == 1 and len(active) == 1 and live[0] == active[0]:
            came = np.zeros(1, np.intp)
        else:
            moves = _moves((rates[live] * one.t + offsets[live], clocks), rates[active], one.t - before, rate)
            if one.t - turned < _TURN:
                moves = np.minimum(moves, _FORWARD)
            ways = np.where(active[:, None] == live[None], 0.0, moves) + total[None]
            came, total = ways.argmin(1), ways.min(1)
        total = total + _costs(one, clocks, rates[active])
        back.append((active, came))
        live, before = active, one.t
    return _walked_back(said, states, back, total)


def _walked_back(
    said: Sequence[Said],
    states: Sequence[_State],
    back: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
    total: Array,
) -> tuple[list[int], list[TimeRead | None]]:
    path = [-1] * len(said)
    at = int(np.argmin(total)) if len(total) else -1
    for index in range(len(said) - 1, -1, -1):
        active, came = back[index]
        if at < 0 or len(active) == 0:
            continue
        path[index] = int(active[at])
        at = int(came[at])
    chosen = [None if k < 0 else _right(one, states[k]) for one, k in zip(said, path, strict=True)]
    return path, chosen


def _freezes(state: _State) -> float:
    """For how long the clock may stand while it goes on in truth: where its last readings are at the end of a half."""
    return _ADDED if state.rate > 0 and any(abs(state.at(state.last) - end) <= 15 for end in _ENDS) else 0.0


def _right(one: Said, state: _State) -> TimeRead | None:
    """The time of a reading that a state explains."""
    expected = state.at(one.t)
    off, read = min(((_off(read, expected), read) for read in one.times), key=lambda pair: pair[0], default=(1e9, None))
    if off <= (_CLOSE if state.rate else 0.1):
        return read
    return next((read for read in one.times if state.rate > 0 and _frozen(read, expected)), None)


def _off(read: TimeRead, expected: float) -> float:
    return max(read.low - expected, expected - read.low - max(read.width, 1.0), 0.0)


def _frozen(read: TimeRead, expected: float) -> bool:
    return read.low in _ENDS and 0 <= expected - read.low <= _ADDED


def _costs(one: Said, clocks: Array, rates: Array) -> Array:
    """What it costs each of the clocks, at the time of a reading, to explain it or to call it misread."""
    costs = np.full(len(clocks), _MISREAD)
    for read in one.times:
        off = np.maximum(np.maximum(read.low - clocks, clocks - read.low - max(read.width, 1.0)), 0.0)
        if read.width <= 1:
            costs = np.where(_one_digit(read.low, clocks), np.minimum(costs, _ONE_DIGIT), costs)
        if read.low in _ENDS:
            beyond = clocks - read.low
            costs = np.where((rates > 0) & (beyond >= 0) & (beyond <= _ADDED), np.minimum(costs, _FROZEN), costs)
        agrees = off <= np.where(rates == 0, 0.1, _CLOSE)
        costs = np.where(agrees, np.minimum(costs, np.where(rates == 0, _STANDING, 0.0)), costs)
    return costs


def _one_digit(low: float, clocks: Array) -> NDArray[np.bool_]:
    """Whether a single digit of the clock read is wrong, and not the last: that one is never wrong for long, as it
    changes, and a clock that stood for some seconds must not pass for one."""
    read = _digits(np.array([int(low)]))
    found = np.zeros(len(clocks), bool)
    for by in (0, -1, 1):
        other = _digits(clocks.astype(np.int64) + by)
        found |= (read[3] == other[3]) & ((read != other).sum(0) <= 1)
    return found


def _digits(seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """(4, N): tens of minutes, minutes, tens of seconds, seconds."""
    seconds = np.maximum(seconds, 0)
    return np.stack([seconds // 600, seconds // 60 % 10, seconds % 60 // 10, seconds % 10])


def _moves(clocks: tuple[Array, Array], into: Array, gap: float, rate: float) -> Array:
    """(to, from) what it costs to go over from one clock to another. clocks: what those before and those now say;
    into: rates of those now; gap: seconds since the reading before."""
    old, new = clocks[0][None], clocks[1][:, None]
    ahead = (new - old) * rate
    costs = np.where(ahead > 0, _FORWARD, np.where(_new_period(old, new, rate), _NEW_PERIOD, _BACK))
    costs = costs + np.where(into == 0, _STANDS_AFTER_JUMP, 0.0)[:, None]
    costs = np.where((ahead < 0) & (-ahead <= gap), _STOOD, costs)
    return np.asarray(np.where(np.abs(new - old) <= 1.6, _CONTINUED, costs), np.float64)


def _new_period(old: Array, new: Array, rate: float) -> NDArray[np.bool_]:
    if rate < 0:
        return (old <= 15) & (new >= 120)
    starts = np.array(_STARTS)[:, None, None]
    return np.asarray(((starts <= new) & (new <= starts + 150) & (old >= starts - 5)).any(0))


def _pieces(
    said: Sequence[Said],
    states: Sequence[_State],
    path: Sequence[int],
    chosen: Sequence[TimeRead | None],
    video: Span,
) -> list[ClockPiece]:
    """One piece for each stay in a state, as far as its readings reach; then grown over what lies between."""
    rough: list[ClockPiece] = []
    rows = [(k, one, read) for k, one, read in zip(path, said, chosen, strict=True)]
    for k, group in groupby(rows, key=lambda row: row[0]):
        good = [(one.t, read) for _, one, read in group if read is not None]
        if k < 0 or len(good) < _LEAST:
            continue
        state = states[k]
        offset = _sharpened(state, good)
        rough.append(ClockPiece(good[0][0], good[-1][0], state.rate * good[0][0] + offset, state.rate))
    moving = [piece.rate != 0 for piece in rough]
    rough = [piece for at, piece in enumerate(rough) if piece.rate or any(moving[max(0, at - 1) : at + 2])]
    return _grown(_paused(_merged(rough)), video)


def _merged(pieces: Sequence[ClockPiece]) -> list[ClockPiece]:
    """Neighbours that are the same clock but for a part of a second made one."""
    merged: list[ClockPiece] = []
    for piece in pieces:
        old = merged[-1] if merged else None
        if old is not None and old.rate == piece.rate and abs(piece.clock - old.at(piece.start)) <= _CLOSE:
            merged[-1] = replace(old, end=piece.end)
        else:
            merged.append(piece)
    return merged


def _paused(pieces: Sequence[ClockPiece]) -> list[ClockPiece]:
    """With the stops that nobody read, where it is clear that the clock stood all the time between two pieces."""
    found: list[ClockPiece] = []
    for piece in pieces:
        old = found[-1] if found else None
        if old is not None and old.rate == piece.rate != 0:
            gap = piece.start - old.end
            stood = (old.at(piece.start) - piece.clock) * old.rate
            if _CLOSE < stood <= gap + _CLOSE and gap - stood <= 3.0:
                rest = max(0.0, gap - stood) / 2
                start, end = old.end + rest, max(old.end + rest, piece.start - rest)
                found.append(ClockPiece(start, end, old.at(start), 0.0))
        found.append(piece)
    return found


def _sharpened(state: _State, good: Sequence[tuple[float, TimeRead]]) -> float:
    """The offset that most readings leave possible: each says that the clock is past `low`, not yet past the next."""
    if state.rate == 0:
        return state.offset
    goes = [(t, read) for t, read in good if read.low not in _ENDS] or good
    low = np.array([read.low - state.rate * t for t, read in goes])
    high = np.array([read.low + read.width - state.rate * t for t, read in goes])
    return float((np.percentile(low, 90) + np.percentile(high, 10)) / 2)


def _grown(pieces: list[ClockPiece], video: Span) -> list[ClockPiece]:
    """Pieces that meet where the clock goes on, and reach a little out at the ends of the video."""
    if not pieces:
        return []
    edges: list[tuple[float, float]] = []
    for old, new in pairwise(pieces):
        low, high = old.end, new.start
        if abs(new.clock - old.at(high)) <= 2.0 or (old.rate != new.rate and _meet(old, new) is not None):
            middle = _meet(old, new)
            seam = min(high, max(low, middle if middle is not None else (low + high) / 2))
            edges.append((seam, seam))
        elif high - low <= _SEAM:
            edges.append(((low + high) / 2, (low + high) / 2))
        else:
            edges.append((low + 0.5, high - 0.5))
    first = max(video.start, pieces[0].start - _OUTWARD)
    if pieces[0].rate > 0:
        first = max(first, pieces[0].start - pieces[0].clock)
    last = min(video.end, pieces[-1].end + (_OUTWARD if pieces[-1].rate else 1.0))
    starts, ends = [first, *(b for _, b in edges)], [*(a for a, _ in edges), last]
    return [
        ClockPiece(start, end, piece.clock + piece.rate * (start - piece.start), piece.rate)
        for piece, start, end in zip(pieces, starts, ends, strict=True)
        if end > start
    ]


def _meet(old: ClockPiece, new: ClockPiece) -> float | None:
    """When two pieces of different rates say the same, between their readings; None where they do not."""
    if old.rate == new.rate:
        return None
    t = (new.clock - new.rate * new.start - old.clock + old.rate * old.start) / (old.rate - new.rate)
    return t if old.end - 1.5 <= t <= new.start + 1.5 else None


def _with_periods(pieces: Sequence[ClockPiece], said: Sequence[Said], *, down: bool) -> tuple[list[ClockPiece], float]:
    """The period of each piece: as most of its readings name it, else as the clock tells; and the length of one."""
    found: list[ClockPiece] = []
    for at, piece in enumerate(pieces):
        before = found[-1] if found else None
        guess = _next_period(before, piece) if down else _half(before, piece, pieces[at + 1 :])
        found.append(replace(piece, period=_named(piece, said) or guess))
    if not down:
        return found, HALF
    most = max(piece.clock for piece in pieces)
    return found, next((length for length in _LENGTHS if length >= most - _OUTWARD - 2), _LENGTHS[-1])


def _next_period(before: ClockPiece | None, piece: ClockPiece) -> int:
    """Of a clock that counts down: the next one where it says clearly more than before."""
    if before is None or not before.period:
        return 0
    return before.period + (piece.clock > before.at(before.end) + 60)


def _half(before: ClockPiece | None, piece: ClockPiece, later: Sequence[ClockPiece]) -> int:
    """Of a clock that counts up, halves of 45 minutes: past 45:00 it is still the first half if it came there without
    a jump, or if a later piece says less."""
    if before is not None and abs(piece.clock - before.at(piece.start)) <= 2:
        return before.period
    after = next((other for other in later if other.clock < piece.at(piece.end) - 1), None)
    guess = _half_of(piece.clock)
    return guess if after is None else min(guess, max(1, _half_of(after.clock) - 1))


def _half_of(clock: float) -> int:
    """1 and 2; 3 and 4 in extra time, which a clock past 97 minutes tells."""
    if clock < HALF:
        return 1
    return 2 if clock < 97 * 60 else 3 if clock < 105 * 60 else 4


def _named(piece: ClockPiece, said: Sequence[Said]) -> int:
    votes = [one.period for one in said if piece.start <= one.t < piece.end and one.period]
    return max(set(votes), key=votes.count) if len(votes) >= _LEAST else 0
