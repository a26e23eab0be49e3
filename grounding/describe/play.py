"""What players do with the ball: who is near it, who has it, who kicks it, who fights for it.

Distances are in body heights over the ground.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from grounding.describe.learned import curves
from grounding.describe.motion import DEPTH
from grounding.describe.relation import ball_distances, ground_distances
from grounding.describe.soft import between, keep, ramp
from grounding.describe.strikes import REACH, columns
from grounding.geometry import centres
from grounding.vocabulary import term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from grounding.describe.tilt import Tilt
    from grounding.types import Terms, Tube

    Array = NDArray[np.float64]
    Ints = NDArray[np.int64]

NEAR, HAS, KICKS, DUEL = (term("relation", name) for name in ("near ball", "has ball", "kicks ball", "in a duel"))

_NEAR = (0.4, 0.9)
_REACH = (0.55, 0.85)
_FEWEST = 3
"""Times of a second that have to be seen for it to be judged in full."""
_WAS_THEIRS = 0.3
_FIGHT = (0.8, 1.3)
"""Distance of the ball from both, and of both from each other, up to which they fight for it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Meetings:
    """Every person at every time of the ball, in order of time and then of distance.

    at (N,) index of the ball's time; who (N,) key of the person; distance (N,); box (N, 4) of the person.
    """

    at: Ints
    who: Ints
    distance: Array
    box: Array

    def nearest(self, times: int) -> Ints:
        """(times,) row of the nearest person at each time of the ball, -1 where nobody is in the picture."""
        first = np.full(times, -1, np.int64)
        index, rows = np.unique(self.at, return_index=True)
        first[index] = rows
        return first


def ball_play(
    balls: Sequence[Tube],
    people: Iterable[tuple[int, Tube]],
    tilt: Tilt | None = None,
    kits: Mapping[int, Terms] | None = None,
) -> dict[tuple[int, int], Mapping[str, float]]:
    """(key of the person, whole second) → terms of `vocabulary.RELATIONS` that concern the ball.

    balls: tubes of the ball, none two at once; people: tubes by key, on the same grid of times; tilt: how much ground a
    step up the picture is; kits: terms of what is worn, by key: without them nobody is an opponent.
    """
    if not balls:
        return {}
    times, boxes, marks = _one_ball(balls)
    meetings = _meet(marks, boxes, people, balls[0].step, tilt)
    nearest = meetings.nearest(len(times))
    kicked = _kicks(marks, boxes, meetings)
    fights = _fights(times, meetings, tilt, kits or {})
    seconds = np.floor(times + 1e-6).astype(np.int64)
    seen = dict(zip(*np.unique(seconds, return_counts=True), strict=True))
    sums: dict[tuple[int, int], dict[str, float]] = defaultdict(lambda: dict.fromkeys((NEAR, HAS, KICKS, DUEL), 0.0))
    for row, (at, who, distance) in enumerate(zip(meetings.at, meetings.who, meetings.distance, strict=True)):
        if distance >= max(_NEAR[1], REACH):
            continue
        second = int(seconds[at])
        terms, share = sums[int(who), second], 1.0 / max(_FEWEST, int(seen[second]))
        terms[NEAR] += share * (1 - ramp(float(distance), *_NEAR))
        terms[DUEL] += share * fights.get(row, 0.0)
        terms[KICKS] = max(terms[KICKS], kicked.get(row, 0.0))
        if row == nearest[at]:
            terms[HAS] += share * (1 - ramp(float(distance), *_REACH))
    return {where: kept for where, terms in sums.items() if (kept := keep(terms))}


def kick_columns(
    balls: Sequence[Tube], people: Iterable[tuple[int, Tube]], tilt: Tilt
) -> tuple[list[tuple[int, int]], dict[str, Array]]:
    """(mark, key) of whoever is nearest to the ball and in reach, and the inputs of the curve of a kick.

    balls, people, tilt: as of `ball_play`.
    """
    _, boxes, marks = _one_ball(balls)
    meetings = _meet(marks, boxes, people, balls[0].step, tilt)
    _, where, values = _kick_columns(marks, boxes, meetings)
    return where, values


def _one_ball(balls: Sequence[Tube]) -> tuple[Array, Array, Ints]:
    """Times, boxes and marks of all balls in order of time."""
    times = np.concatenate([ball.times for ball in balls])
    order = np.argsort(times)
    boxes = np.concatenate([ball.boxes for ball in balls])[order].astype(np.float64)
    return times[order], boxes, np.rint(times[order] / balls[0].step).astype(np.int64)


def _meet(marks: Ints, boxes: Array, people: Iterable[tuple[int, Tube]], step: float, tilt: Tilt | None) -> _Meetings:
    """marks (T,) the ball's times and boxes (T, 4) of it, times in steps of the grid."""
    rows: list[tuple[Ints, Ints, Array, Array]] = []
    for key, tube in people:
        own = np.rint(tube.times / step).astype(np.int64)
        # Nobody is there for a whole match: only the ball's times that are theirs are compared.
        low, high = np.searchsorted(marks, (own[0], own[-1] + 1))
        _, at, of = np.intersect1d(marks[low:high], own, assume_unique=True, return_indices=True)
        at = at + low
        if len(at):
            body = tube.boxes[of].astype(np.float64)
            distance = ball_distances(body, boxes[at], depth=_depths(tilt, tube.times[of], body))
            rows.append((at.astype(np.int64), np.full(len(at), key), distance, body))
    if not rows:
        none = np.zeros(0)
        return _Meetings(none.astype(np.int64), none.astype(np.int64), none, np.zeros((0, 4)))
    at, who, distance, body = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.lexsort((distance, at))
    return _Meetings(at[order], who[order], distance[order], body[order])


def _depths(tilt: Tilt | None, times: Array, bodies: Array) -> Array:
    if tilt is None:
        return np.full(len(times), DEPTH)
    heights = bodies[:, 3] - bodies[:, 1]
    return np.array([tilt.depth(float(t), float(h)) for t, h in zip(times, heights, strict=True)])


def _kicks(marks: Ints, boxes: Array, meetings: _Meetings) -> dict[int, float]:
    """Row of a meeting → how surely that person kicks the ball then: it was theirs and goes away, farther each time."""
    rows, _, values = _kick_columns(marks, boxes, meetings)
    if not rows:
        return {}
    # A ball that only comes by is kicked by nobody, however fast it goes on.
    degrees = curves()["kicks ball"].degrees(values) * between(values["was"], 0.0, _WAS_THEIRS)
    return dict(zip(rows, degrees.tolist(), strict=True))


def _kick_columns(
    marks: Ints, boxes: Array, meetings: _Meetings
) -> tuple[list[int], list[tuple[int, int]], dict[str, Array]]:
    """Rows of meetings in which somebody may kick the ball, their (mark, key), and the inputs of the curve."""
    row_at = np.searchsorted(meetings.at, np.arange(len(marks) + 1))
    rows: list[int] = []
    other: dict[int, float] = {}
    distances: dict[tuple[int, int], tuple[float, float]] = {}
    middle = centres(boxes)[:, 1]
    for k, mark in enumerate(marks.tolist()):
        first, last = int(row_at[k]), int(row_at[k + 1])
        for row in range(first, last):
            body = meetings.box[row]
            high = (body[3] - middle[k]) / max(1.0, body[3] - body[1])
            distances[int(meetings.who[row]), mark] = (float(meetings.distance[row]), float(high))
        if last > first and meetings.distance[first] < REACH:
            if last > first + 1:
                other[len(rows)] = float(meetings.distance[first + 1])
            rows.append(first)
    where = [(int(marks[meetings.at[row]]), int(meetings.who[row])) for row in rows]
    return rows, where, columns(where, distances, other) if rows else {}


def _fights(times: Array, meetings: _Meetings, tilt: Tilt | None, kits: Mapping[int, Terms]) -> dict[int, float]:
    """Row of a meeting → how far an opponent is at the same ball."""
    fights: dict[int, float] = {}
    close = np.flatnonzero(meetings.distance < _FIGHT[1])
    for rows in np.split(close, np.flatnonzero(np.diff(meetings.at[close])) + 1):
        for a, b in combinations(rows.tolist(), 2):
            rivals = 1.0 - likeness(kits.get(int(meetings.who[a]), {}), kits.get(int(meetings.who[b]), {}))
            depth = float(_depths(tilt, times[meetings.at[[a]]], meetings.box[[a]])[0])
            apart = ground_distances(meetings.box[a], meetings.box[[b]], depth=depth)[0]
            far = max(float(apart), float(meetings.distance[a]), float(meetings.distance[b]))
            degree = rivals * (1 - ramp(far, *_FIGHT))
            for row in (a, b):
                fights[row] = max(fights.get(row, 0.0), degree)
    return fights


def likeness(one: Terms, other: Terms) -> float:
    """How alike two shirts are in 0..1; 1 where one of them was not seen, so that nobody is taken for an opponent."""
    mine, theirs = ({n: d for n, d in kit.items() if n.startswith("shirt_colour:")} for kit in (one, other))
    if not mine or not theirs:
        return 1.0
    return min(1.0, sum(min(degree, theirs.get(name, 0.0)) for name, degree in mine.items()) / 0.6)
