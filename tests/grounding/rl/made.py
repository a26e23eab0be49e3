"""Queries with candidates whose answers are known, made without a video."""

from __future__ import annotations

import numpy as np

from grounding.retrieve import parse
from grounding.rl.problems import Problem, Teaches, problem
from grounding.types import Candidate, Evidence, Query, Span, Terms, Tube, Verification
from grounding.verify.predicates import PredicateVerifier

QUERY = parse("player in red sprinting")
RED_SPRINTING: Terms = {"object:person": 1.0, "shirt_colour:red": 0.9, "motion:sprinting": 0.9}
RED_STANDING: Terms = {"object:person": 1.0, "shirt_colour:red": 0.9, "motion:standing": 0.9}


def tube(start: float, end: float, left: float = 0.0, height: float = 40.0) -> Tube:
    times = np.round(np.arange(round(start * 5), round(end * 5)) / 5, 6)
    return Tube(times, np.tile(np.array([left, 0.0, left + 20.0, height], np.float32), (len(times), 1)))


def candidate(
    track: int, first: int, last: int, *, left: float = 0.0, height: float = 40.0, margin: int = 3, score: float = 0.8
) -> Candidate:
    """Somebody who sprints from second `first` to second `last` and stands for `margin` seconds before and after."""
    seconds = range(first - margin, last + margin)
    evidence = [Evidence(s, RED_SPRINTING if first <= s < last else RED_STANDING, 0.5) for s in seconds]
    whole = tube(first - margin, last + margin, left, height)
    return Candidate("match.mp4", (track,), Span(first, last), whole, evidence, score, 0.5)


def judged(query: Query, found: list[Candidate]) -> list[tuple[Candidate, Verification]]:
    return [(one, PredicateVerifier().judge(query, one)) for one in found]


def small_and_large(seed: int, *, earlier: float = 0.0, teaches: Teaches | None = None) -> Problem:
    """Two candidates alike but for their size: the larger one is right, from `earlier` seconds before it sprints."""
    random = np.random.default_rng(seed)
    first = int(random.integers(5, 30))
    last = first + int(random.integers(4, 9))
    small = candidate(1, first, last, height=30.0 + 5 * random.random(), score=0.9)
    large = candidate(2, first, last, left=100.0, height=90.0 + 5 * random.random(), score=0.7)
    true = tube(first - earlier, last, 100.0, float(large.tube.boxes[0, 3]))
    return problem(QUERY, judged(QUERY, [small, large]), [true], kind="composite", match="made", teaches=teaches)


def nothing(seed: int) -> Problem:
    """Candidates of a query that nothing answers."""
    return problem(QUERY, judged(QUERY, [candidate(1, 10 + seed % 9, 16 + seed % 9)]), [], kind="composite")
