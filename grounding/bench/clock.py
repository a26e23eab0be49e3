"""How well match time and score are read from the score board of a match whose truth is known.

Counted are whole seconds of video, in their middle. Where the board is in the picture, the clock is right when it is
within a second of what the board says there, wrong when it is not, unknown when nothing is said; seconds without a
board are counted apart: what is said there comes from before and after. A goal is found when the score after it is
told, with its change within three seconds of that on the board, or of the board's return where it was away.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from grounding.describe.matchclock import fit_clock
from grounding.describe.scoreboard import BoardWatch
from grounding.errors import BadInputError
from grounding.types import Span
from grounding.video.read import read_frames

if TYPE_CHECKING:
    from pathlib import Path

    from grounding.describe.boardnetworks import BoardNetworks
    from grounding.matchtime import MatchClock
    from grounding.synth.truth import BoardSecond, Truth
    from grounding.types import BoardReading

_RATE: Final = 5.0
_NEAR: Final = 1.0
_LATE: Final = 3.0


@dataclass(frozen=True, slots=True)
class ClockScore:
    """seen, right, wrong: seconds with the board in the picture, those with the right clock, those with another; away,
    away_right, away_wrong: the same of seconds without; goals, found, false: changes of the score, those told, those
    told that were none; first: whether the score at the start is told rightly; cpu: seconds of reading; seconds: of
    video."""

    seen: int
    right: int
    wrong: int
    away: int
    away_right: int
    away_wrong: int
    goals: int
    found: int
    false: int
    first: int
    cpu: float
    seconds: float
    matches: int = 1

    def __add__(self, other: ClockScore) -> ClockScore:
        names = ClockScore.__dataclass_fields__
        return ClockScore(**{name: getattr(self, name) + getattr(other, name) for name in names})


def watch(video: Path, networks: BoardNetworks, seconds: float) -> tuple[tuple[BoardReading, ...], float]:
    """What is read of the board of a video, as indexing reads it, and the seconds of CPU that takes beside decoding."""
    board, cpu = BoardWatch(networks), 0.0
    with closing(read_frames(video, rate=_RATE, span=Span(0.0, seconds))) as frames:
        for frame in frames:
            begun = time.process_time()
            board.look(frame.pts, frame.image)
            cpu += time.process_time() - begun
    return board.readings, cpu


def measure(video: Path, truth: Truth, networks: BoardNetworks) -> ClockScore:
    """Reads and fits one match. Raises BadInputError for truth that does not tell of the board."""
    readings, cpu = watch(video, networks, truth.seconds)
    return score_clock(fit_clock(readings, Span(0.0, truth.seconds)), truth, cpu)


def score_clock(clock: MatchClock, truth: Truth, cpu: float = 0.0) -> ClockScore:
    """Compares a fitted clock with the truth."""
    if truth.board is None:
        raise BadInputError(f"The truth of {truth.video} does not tell of the score board; render the match again.")
    counts = {(seen, said): 0 for seen in (True, False) for said in ("right", "wrong", "unknown")}
    for second, true in enumerate(truth.board.seconds):
        told = clock.at(second + 0.5)
        said = "unknown" if told is None else "right" if abs(told - true.clock) <= _NEAR else "wrong"
        counts[true.visible, said] += 1
    goals = _goals(truth.board.seconds)
    told_goals = [(change.t, change.home, change.away) for change in clock.scores[1:]]
    found = sum(
        any((home, away) == score and low - _LATE <= t <= high + _LATE for t, home, away in told_goals)
        for low, high, score in goals
    )
    true_scores = {(one.home, one.away) for one in truth.board.seconds}
    start = clock.scores[0] if clock.scores else None
    first = next((one for one in truth.board.seconds if one.visible), truth.board.seconds[0])
    return ClockScore(
        seen=sum(n for (seen, _), n in counts.items() if seen),
        right=counts[True, "right"],
        wrong=counts[True, "wrong"],
        away=sum(n for (seen, _), n in counts.items() if not seen),
        away_right=counts[False, "right"],
        away_wrong=counts[False, "wrong"],
        goals=len(goals),
        found=found,
        false=sum((h, a) not in true_scores for _, h, a in told_goals),
        first=int(start is not None and (start.home, start.away) == (first.home, first.away)),
        cpu=cpu,
        seconds=truth.seconds,
    )


def _goals(seconds: tuple[BoardSecond, ...]) -> list[tuple[float, float, tuple[int, int]]]:
    """When the score changes on the board, from when to when that could be seen, and the score after it. What was not
    on the board for three seconds before the video ends or the next change comes cannot be read."""
    changes = [k for k, (a, b) in enumerate(pairwise(seconds), 1) if (a.home, a.away) != (b.home, b.away)]
    goals = []
    for at, until in pairwise([*changes, len(seconds)]):
        shown = [k for k in range(at, until) if seconds[k].visible]
        if len(shown) > _LATE:
            goals.append((float(at), float(shown[0]), (seconds[at].home, seconds[at].away)))
    return goals
