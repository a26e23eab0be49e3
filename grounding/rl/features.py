"""What the policy knows of a judged candidate: measures of the whole, and what holds around each end of its span."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grounding.geometry import centres, sizes
from grounding.retrieve.probability import HIT, hit_measures, log_odds
from grounding.retrieve.score import conjunction, measured, split, stretch, together, truths
from grounding.retrieve.tubes import cut_tube
from grounding.types import Candidate, Evidence, Predicate, Query, Span, Verification

Array = NDArray[np.float64]

VERSION: Final = 1
"""Goes up with every change of what follows; policies and sets of problems of another version are refused."""

KINDS: Final = ("object", "shirt_colour", "shorts_colour", "place", "motion", "relation", "count")
"""Kinds asked for that have a measure of their own, beside those that `HIT` has."""

JUDGE: Final = (
    *HIT,
    "score as it is", "unsure", "proposed", "likeness", "best likeness", "things asked", "not measurable", "left over",
    "denied", "in steps", *(f"{kind} asked" for kind in KINDS),
    "true of who", "together", "seconds true", "least true", "least at an end",
    "filled", "height", "shape", "growth", "speed", "shaking", "room before", "room after", "seconds known",
)  # fmt: skip
"""Measures of a candidate, for its place among the others and for taking or refusing it."""

OUTSIDE: Final = 3
INSIDE: Final = 3
"""Seconds looked at before and after each end."""

_AROUND: Final = [*(f"{k} s outside" for k in range(OUTSIDE, 0, -1)), *(f"{k + 1} s inside" for k in range(INSIDE))]
ENDS: Final = (
    *(f"together {name}" for name in _AROUND), *(f"least {name}" for name in _AROUND),
    *(f"known {name}" for name in _AROUND),
    "room", "length", "part of a second", "score", "confirmed", "things that change",
    "place asked", "motion asked", "direction asked", "action asked", "relation asked",
)  # fmt: skip
"""Measures of one end, seen from the end: for the beginning "outside" is before it, for the end after it."""

_CHANGING: Final = ("place", "motion", "direction", "action", "relation")


class Seen(NamedTuple):
    """(len(JUDGE),) of the candidate, (len(ENDS),) of the beginning of its span and of the end."""

    judge: Array
    start: Array
    end: Array


def see(query: Query, candidate: Candidate, judged: Verification) -> Seen:
    """The measures of a candidate that the predicate verifier has judged. Finite for any evidence, and for none."""
    evidence = sorted(candidate.evidence, key=_second)
    asked = measured(query)
    static, changing = split(asked)
    rows = [one.terms for one in evidence]
    fixed, moving = truths(static, rows), truths(changing, rows)
    held = together(moving, changing) if changing else conjunction(fixed, static)
    least = moving.min(axis=1) if changing else (fixed.min(axis=1) if static else np.ones(len(rows)))
    seconds = np.array([one.second for one in evidence], np.int64)
    inside = (seconds + 1 > judged.span.start) & (seconds < judged.span.end)
    whole = [
        *_words(query, candidate, judged, evidence, inside),
        float(conjunction(fixed, static).mean()) if rows else 0.0,
        *_holding(held[inside], least[inside]),
        *_boxes(candidate, judged.span),
        float(inside.sum()) / max(1.0, math.ceil(judged.span.end) - math.floor(judged.span.start)),
    ]
    around = dict(zip(seconds.tolist(), zip(held.tolist(), least.tolist(), strict=True), strict=True))
    common = _common(judged, changing)
    room = candidate.tube.span
    first, last = math.floor(judged.span.start + 1e-6), math.ceil(judged.span.end - 1e-6) - 1
    return Seen(
        np.array(whole),
        _end(around, first, -1, judged.span.start - room.start, judged.span.start - first, common),
        _end(around, last, 1, room.end - judged.span.end, last + 1 - judged.span.end, common),
    )


def _second(one: Evidence) -> int:
    return one.second


def _words(
    query: Query, candidate: Candidate, judged: Verification, evidence: Sequence[Evidence], inside: NDArray[np.bool_]
) -> list[float]:
    """What was asked and how the rule judged it."""
    asked = measured(query)
    similar = stretch(np.array([one.similarity for one in evidence]), query.cosines)[inside]
    kinds = {predicate.kind for predicate in asked}
    return [
        *hit_measures(query, candidate, judged),
        judged.score,
        float(judged.verdict == "unsure"),
        log_odds(candidate.score),
        float(similar.mean()) if len(similar) else 0.0,
        float(similar.max()) if len(similar) else 0.0,
        float(len(asked)),
        float(any(not one.terms and one.kind != "time" for one in query.predicates)),
        float(bool(query.rest)),
        float(any(one.negated for one in asked)),
        float(any(one.step for one in asked)),
        *(float(kind in kinds) for kind in KINDS),
    ]


def _holding(held: Array, least: Array) -> list[float]:
    """together, seconds true, least true, least at an end."""
    if not len(held):
        return [0.0, 0.0, 0.0, 0.0]
    return [float(held.mean()), float((held >= 0.5).mean()), float(least.mean()), float(min(held[0], held[-1]))]


def _boxes(candidate: Candidate, span: Span) -> list[float]:
    """How well the track holds: filled, height, shape, growth, speed, shaking, room before, room after."""
    tube = cut_tube(candidate.tube, span) or candidate.tube
    extent = np.maximum(sizes(tube.boxes), 1.0)
    heights = np.log(extent[:, 1])
    middle = centres(tube.boxes) / float(np.exp(np.median(heights)))
    steps = np.diff(middle, axis=0) / np.maximum(np.diff(tube.times), 1e-3)[:, None]
    speed = np.hypot(*steps.T) if len(steps) else np.zeros(1)
    turns = np.hypot(*np.diff(steps, axis=0).T) if len(steps) > 1 else np.zeros(1)
    return [
        min(len(tube.times) * tube.step / max(span.length, tube.step), 1.0),
        float(np.median(heights)),
        float(np.median(heights - np.log(extent[:, 0]))),
        float(heights.std()),
        float(np.log1p(np.median(speed))),
        float(np.log1p(np.median(turns))),
        float(np.clip(span.start - candidate.tube.span.start, 0.0, OUTSIDE)),
        float(np.clip(candidate.tube.span.end - span.end, 0.0, OUTSIDE)),
    ]


def _common(judged: Verification, changing: Sequence[Predicate]) -> list[float]:
    kinds = {predicate.kind for predicate in changing}
    return [
        judged.score,
        float(judged.verdict == "confirmed"),
        float(len(changing)),
        *(float(kind in kinds) for kind in _CHANGING),
    ]


def _end(
    around: dict[int, tuple[float, float]], at: int, out: int, room: float, part: float, common: list[float]
) -> Array:
    """The measures of one end. at: the second at the end, inside; out: which way is outside, -1 or 1."""
    seconds = [at + out * k for k in (*range(OUTSIDE, 0, -1), *range(0, -INSIDE, -1))]
    known = [float(second in around) for second in seconds]
    held = [around.get(second, (0.0, 0.0)) for second in seconds]
    inside = sum(known[OUTSIDE:])
    return np.array([
        *(one[0] for one in held), *(one[1] for one in held), *known,
        float(np.clip(room, 0.0, OUTSIDE)), inside, float(np.clip(part, 0.0, 1.0)), *common,
    ])  # fmt: skip
