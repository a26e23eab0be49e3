"""How well the ball is tracked, and what players do with it, on a match whose truth is known.

The ball counts as found at a time of the truth's grid when the middle of its track is within a ball's diameter of its
true middle (at least 8 pixels). Recall is over the times at which at least half of the ball is seen; precision over all
times of the ball's track, drawn through hidden moments or not.

Relations count by player-second: a second of a person's track is that of the player whose true boxes it overlaps by
half on average, and of nobody else. It is said of a second what the verifier takes for true. What is true comes from
the simulation alone: `near ball` within a body height for most of the second; `has ball` possession for most of the
times of the second; `kicks ball` a pass or shot of football by that player, which may lie up to 0.4 s outside the
second that tells of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.errors import BadInputError
from grounding.geometry import centres, paired_iou, sizes
from grounding.verify.predicates import TRUE
from grounding.vocabulary import BALL_LABEL, PERSON_LABEL, term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grounding.synth.truth import Truth
    from grounding.types import Floats, Track, VideoIndex

RELATIONS: Final = ("near ball", "has ball", "kicks ball")
_SAME: Final = 0.5
_MOST: Final = 3
_LATE: Final = 0.4
_LEAST_PIXELS: Final = 8.0

PlayerSecond = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """said: how often it was said; right: how often that was true; true: how often it is true; told: of these, how
    often it was said."""

    said: int = 0
    right: int = 0
    true: int = 0
    told: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else float("nan")

    @property
    def recall(self) -> float:
        return self.told / self.true if self.true else float("nan")

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.said + other.said, self.right + other.right, self.true + other.true, self.told + other.told)


@dataclass(frozen=True, slots=True)
class BallScore:
    """One match or several of one sport: the ball's track by time, the relations by player-second."""

    sport: str
    ball: Counts
    relations: Mapping[str, Counts]

    def __add__(self, other: BallScore) -> BallScore:
        sums = {name: self.relations[name] + other.relations[name] for name in RELATIONS}
        return BallScore(self.sport, self.ball + other.ball, sums)


def score_ball(index: VideoIndex, truth: Truth) -> BallScore:
    """Scores the index of a rendered match. Raises BadInputError for truth of format 1, which does not tell enough."""
    if truth.possession is None:
        raise BadInputError(f"The truth of {truth.video} does not tell who has the ball; render the match again.")
    seconds = player_seconds(index, truth)
    relations = {name: _count(name, seconds, truth) for name in RELATIONS}
    return BallScore(truth.sport, _ball(index, truth), relations)


def _ball(index: VideoIndex, truth: Truth) -> Counts:
    drawn = {
        _mark(t): box
        for track in index.tracks
        if track.label == BALL_LABEL
        for t, box in zip(track.tube.times, track.tube.boxes, strict=True)
    }
    if truth.ball is None:
        return Counts(said=len(drawn))
    true = {_mark(t): box for t, box in zip(truth.ball.times, truth.ball.boxes, strict=True)}
    found = {mark for mark, box in drawn.items() if mark in true and _close(box, true[mark])}
    shares = np.ones(len(true)) if truth.ball_visible is None else truth.ball_visible
    seen = {mark for mark, share in zip(true, shares, strict=True) if share >= _SAME}
    return Counts(said=len(drawn), right=len(found), true=len(seen), told=len(found & seen))


def _close(box: Floats, true: Floats) -> bool:
    away = float(np.linalg.norm(centres(box) - centres(true)))
    return away <= max(_LEAST_PIXELS, float(sizes(true).max()))


def _mark(t: float) -> int:
    return round(float(t) * 5)


def player_seconds(index: VideoIndex, truth: Truth) -> list[tuple[PlayerSecond | None, Mapping[str, float]]]:
    """Every second of every person's track: whose it is (None: of nobody), and its terms."""
    true: dict[int, list[tuple[int, Floats]]] = defaultdict(list)
    for tube in truth.tubes:
        for t, box in zip(tube.tube.times, tube.tube.boxes, strict=True):
            true[_mark(t)].append((tube.player, box))
    return [
        (_whose(track, observation.second, true), observation.terms)
        for track in index.tracks
        if track.label == PERSON_LABEL
        for observation in track.observations
    ]


def _whose(track: Track, second: int, true: Mapping[int, list[tuple[int, Floats]]]) -> PlayerSecond | None:
    """The player whose boxes the track's overlap by half on average over the second."""
    tube, sums = track.tube, defaultdict[int, float](float)
    rows = np.flatnonzero((tube.times >= second - 1e-6) & (tube.times < second + 1 - 1e-6))
    for row in rows:
        here = true.get(_mark(tube.times[row]), ())
        for (player, _), iou in zip(here, _overlaps(tube.boxes[row], [box for _, box in here]), strict=True):
            sums[player] += iou
    best = max(sums, key=lambda player: sums[player], default=-1)
    return (best, second) if best >= 0 and sums[best] >= _SAME * len(rows) else None


def _overlaps(box: Floats, boxes: list[Floats]) -> Iterable[float]:
    return paired_iou(np.repeat(box[None], len(boxes), axis=0), np.array(boxes)).tolist() if boxes else ()


def _count(name: str, seconds: list[tuple[PlayerSecond | None, Mapping[str, float]]], truth: Truth) -> Counts:
    wanted = term("relation", name)
    said = [whose for whose, terms in seconds if terms.get(wanted, 0.0) >= TRUE]
    if name == "kicks ball":
        return _count_kicks(said, truth)
    true = _near(truth) if name == "near ball" else _has(truth)
    told = {whose for whose in said if whose is not None}
    return Counts(len(said), sum(whose in true for whose in said), len(true), len(true & told))


def _near(truth: Truth) -> set[PlayerSecond]:
    wanted = term("relation", "near ball")
    return {(tube.player, s) for tube in truth.tubes for s, terms in tube.terms.items() if wanted in terms}


def _has(truth: Truth) -> set[PlayerSecond]:
    """Seconds of tubes in most times of which their player has the ball."""
    owner = {
        mark: span.player
        for span in truth.possession or ()
        for mark in range(int(np.ceil(span.start * 5 - 1e-6)), int(np.ceil(span.end * 5 - 1e-6)))
    }
    return {
        (tube.player, second)
        for tube in truth.tubes
        for second in tube.terms
        if sum(owner.get(5 * second + k) == tube.player for k in range(5)) >= _MOST
    }


def _count_kicks(said: list[PlayerSecond | None], truth: Truth) -> Counts:
    """Kicks by players who are in the picture at that time, each once."""
    kicks: list[tuple[int, float]] = []
    if truth.sport == "football":
        shown = {(tube.player, second) for tube in truth.tubes for second in tube.terms}
        events = [(e.player, e.start) for e in truth.events if e.kind in ("pass", "shot")]
        kicks = [(player, t) for player, t in events if (player, int(t)) in shown]

    def tells(whose: PlayerSecond | None, kick: tuple[int, float]) -> bool:
        return whose is not None and whose[0] == kick[0] and whose[1] - _LATE <= kick[1] < whose[1] + 1 + _LATE

    right = sum(any(tells(whose, kick) for kick in kicks) for whose in said)
    return Counts(len(said), right, len(kicks), sum(any(tells(whose, kick) for whose in said) for kick in kicks))
