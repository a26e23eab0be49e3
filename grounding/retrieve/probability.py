"""How likely it is that a hit is right, and that a query has an answer at all.

Two logistic regressions over a few measures of what the verifier found. Their weights are fitted on generated matches,
on queries of all kinds and on queries that nothing answers (`python -m grounding train probability`), and lie in
`probability.json` beside this file with the command that made them. A probability of 0.7 is meant to be right seven
times in ten, whatever was asked; a score of the verifier is not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.logistic import sigmoid
from grounding.retrieve.score import measured, split, truths
from grounding.types import Candidate, Query, Verification

Array = NDArray[np.float64]

HIT: Final = (
    "score", "confirmed", "rejected", "seconds", "least true of who", "things that change",
    "number asked", "action asked", "direction asked", "seen",
)  # fmt: skip
"""Measures of one hit: the verifier's score as log odds, its verdict, the logarithm of the seconds, the mean truth of
the least true thing said of who it is, what was asked, and the mean score of the detections."""

WELL_SEEN: Final = 0.4
"""Mean score of detections above which they tell no more: below are spectators, and pieces of people."""

ANSWER: Final = ("best", "second best", "support", "who alone")
"""Measures of a query: the log odds of the best two hits that were not rejected, the logarithm of the seconds that are
likely to be right in all, and whether only who it is was asked."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression over named measures, each taken from its mean in units of its spread."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def probability(self, measures: Array) -> Array:
        """(...,) of measures (..., len(names))."""
        scaled = (measures - np.array(self.means)) / np.array(self.spreads)
        return sigmoid(scaled @ np.array(self.weights) + self.bias)


@dataclass(frozen=True, slots=True)
class Calibration:
    """good: probability of an answer from which "found" is said. made_by: the command that fitted it."""

    hit: Logistic
    answer: Logistic
    good: float
    made_by: str


@lru_cache(maxsize=1)
def calibration() -> Calibration:
    """The one that comes with the package."""
    return calibration_from(json.loads(resources.files(__package__).joinpath("probability.json").read_text("utf-8")))


def calibration_from(data: Mapping[str, object]) -> Calibration:
    """Of the JSON object that `train probability` writes; KeyError or TypeError for another."""
    return Calibration(
        _logistic(data["hit"]), _logistic(data["answer"]), float(str(data["good"])), str(data["made_by"])
    )


def _logistic(data: object) -> Logistic:
    if not isinstance(data, Mapping):
        raise TypeError(f"a regression is an object, got {data!r}")
    means, spreads, weights = (tuple(map(float, data[key])) for key in ("means", "spreads", "weights"))
    return Logistic(tuple(data["names"]), means, spreads, weights, float(data["bias"]))


def hit_measures(query: Query, candidate: Candidate, judged: Verification) -> list[float]:
    """The measures `HIT` of one judged candidate."""
    static, changing = split(measured(query))
    least = 1.0
    if static and candidate.evidence:
        least = float(truths(static, [second.terms for second in candidate.evidence]).mean(axis=0).min())
    kinds = {predicate.kind for predicate in measured(query)}
    return [
        log_odds(judged.score), float(judged.verdict == "confirmed"), float(judged.verdict == "rejected"),
        float(np.log1p(judged.span.length)), least, float(len(changing)), float("number" in kinds),
        float("action" in kinds), float("direction" in kinds), min(candidate.seen, WELL_SEEN),
    ]  # fmt: skip


def answer_measures(query: Query, judged: Sequence[tuple[float, Verification]]) -> list[float]:
    """The measures `ANSWER` of a query from (probability, verification) of its hits."""
    likely = [*sorted((p for p, one in judged if one.verdict != "rejected"), reverse=True), 0.0, 0.0]
    seconds = sum(p * one.span.length for p, one in judged if one.verdict == "confirmed")
    alone = not split(measured(query))[1]
    return [log_odds(likely[0]), log_odds(likely[1]), float(np.log1p(seconds)), float(alone)]


def fully_measured(query: Query) -> bool:
    """Whether everything asked can be measured: of an action that cannot, nobody can say that it is not there."""
    return all(predicate.terms or predicate.kind in ("time", "name") for predicate in query.predicates)


def log_odds(value: float) -> float:
    """Of a probability, within what a few hundred samples can tell."""
    kept = min(max(value, 0.01), 0.99)
    return float(np.log(kept / (1.0 - kept)))
