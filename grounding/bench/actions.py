"""How well it is told what players do: actions, movement, direction and relations, on matches whose truth is known.

Counted are player-seconds: a second of a track is that of the player whose true boxes it overlaps by half on average,
and of nobody else. What begins and ends within a second or two may be told a second early or late; what lasts has to
hold in the same second. Said is what the verifier takes for true. Each is scored twice: `told` from the true tubes, so
that only the describing is judged, and from our own tracks. Seconds of people smaller than the truth follows, and of
tubes of which the truth says nothing, are left out.

An event is a run of seconds in which it is true of one player; it is found when any second near it is said of him. The
average precision is the area under the curve that all degrees of truth give, not only the verifier's.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.synth.truth import LEAVE_HEIGHT
from grounding.verify.predicates import TRUE
from grounding.vocabulary import DIRECTIONS, MOTIONS, term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grounding.bench.ball import PlayerSecond
    from grounding.synth.truth import Truth
    from grounding.types import Box

TERMS: Final = (
    *(term("motion", name) for name in MOTIONS),
    *(term("direction", name) for name in DIRECTIONS),
    *(term("action", name) for name in ("jumping", "arms raised", "celebrating", "lying", "falling")),
    *(
        term("relation", name)
        for name in ("near ball", "kicks ball", "in a duel", "alone", "in a group", "in a huddle")
    ),
)
"""What is measured and known of generated matches."""
TOLD_BY: Final = {"action:celebrating": "action:arms raised"}
"""What is told by the term of something else."""
BRIEF: Final = (
    "action:jumping",
    "action:falling",
    "relation:kicks ball",
)
"""Terms of what takes about a second."""


@dataclass(frozen=True, slots=True)
class Told:
    """One second of a person's track: whose it is (None: of nobody), the box and the terms."""

    whose: PlayerSecond | None
    box: Box
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Judged:
    """One term over some matches.

    said, right: seconds said and truly so; true, found: seconds in which it is true and of these told; events, met:
    runs of these and of these found; marks: (degree, right) of every second with a degree, for the average precision,
    with `gains` the true seconds that each was the first to tell.
    """

    said: int = 0
    right: int = 0
    true: int = 0
    found: int = 0
    events: int = 0
    met: int = 0
    marks: tuple[tuple[float, bool], ...] = ()
    reached: tuple[float, ...] = ()

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else float("nan")

    @property
    def recall(self) -> float:
        return self.found / self.true if self.true else float("nan")

    @property
    def event_recall(self) -> float:
        return self.met / self.events if self.events else float("nan")

    @property
    def average_precision(self) -> float:
        """Sum over the falling degrees of precision times the recall gained there."""
        if not self.true:
            return float("nan")
        degrees = np.array([degree for degree, _ in self.marks])
        right = np.array([good for _, good in self.marks], bool)
        order = np.argsort(-degrees, kind="stable")
        told, reached = np.sort(degrees)[::-1], np.sort(np.array(self.reached))[::-1]
        precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
        # Ties are one step of the curve: all of them are said or none.
        steps = np.flatnonzero(np.diff(told, append=-1.0))
        recall = np.searchsorted(-reached, -told[steps], side="right") / self.true
        return float(np.sum(precision[steps] * np.diff(recall, prepend=0.0)))

    def __add__(self, other: Judged) -> Judged:
        return Judged(
            self.said + other.said, self.right + other.right, self.true + other.true, self.found + other.found,
            self.events + other.events, self.met + other.met, self.marks + other.marks, self.reached + other.reached,
        )  # fmt: skip


def judge(told: Iterable[Told], truth: Truth, names: Sequence[str]) -> dict[str, Judged]:
    """Every term of `names` on one match."""
    true = {(tube.player, second): terms for tube in truth.tubes for second, terms in tube.terms.items()}
    rows = [row for row in told if _counts(row, true)]
    return {name: _judged(name, rows, true) for name in names}


def _counts(row: Told, true: Mapping[PlayerSecond, frozenset[str]]) -> bool:
    return row.whose in true if row.whose is not None else row.box[3] - row.box[1] >= LEAVE_HEIGHT


def _judged(name: str, rows: list[Told], truth: Mapping[PlayerSecond, frozenset[str]]) -> Judged:
    late = 1 if name in BRIEF else 0
    true = {where for where, terms in truth.items() if name in terms}
    near = {(player, second + k) for player, second in true for k in range(-late, late + 1)}
    marks, best = [], dict.fromkeys(true, 0.0)
    for row in rows:
        degree = row.terms.get(TOLD_BY.get(name, name), 0.0)
        if not degree:
            continue
        marks.append((degree, row.whose in near))
        for k in range(-late, late + 1):
            where = None if row.whose is None else (row.whose[0], row.whose[1] + k)
            if where in best:
                best[where] = max(best[where], degree)
    said = [good for degree, good in marks if degree >= TRUE]
    runs = _runs(true)
    return Judged(
        said=len(said), right=sum(said), true=len(true), found=sum(degree >= TRUE for degree in best.values()),
        events=len(runs), met=sum(any(best[where] >= TRUE for where in run) for run in runs),
        marks=tuple(marks), reached=tuple(best.values()),
    )  # fmt: skip


def _runs(true: Iterable[PlayerSecond]) -> list[list[PlayerSecond]]:
    """Seconds of one player that follow each other."""
    seconds: dict[int, list[int]] = defaultdict(list)
    for player, second in true:
        seconds[player].append(second)
    runs: list[list[PlayerSecond]] = []
    for player, own in seconds.items():
        for second in sorted(own):
            if runs and runs[-1][-1] == (player, second - 1):
                runs[-1].append((player, second))
            else:
                runs.append([(player, second)])
    return runs
