"""Fits the probabilities of hits and answers on queries with known answers. See `grounding.retrieve.probability`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grounding.logistic import regress
from grounding.metrics import viou
from grounding.retrieve.probability import ANSWER, HIT, Logistic, answer_measures, fully_measured, hit_measures
from grounding.retrieve.tubes import cut_tube
from grounding.types import Candidate, Query, Tube, Verification

Array = NDArray[np.float64]

RIGHT_ABOVE: Final = 0.3
SHRINK: Final = 1.0
"""Strength of the pull of the weights towards 0, in samples."""
MOST_DENIED: Final = 0.03
"""Share of the answerable queries that may be told "nothing good" where the threshold is chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One query with its candidates and verdicts, and the tubes that answer it (none for a null query)."""

    query: Query
    items: Sequence[tuple[Candidate, Verification]]
    answers: tuple[Tube, ...]


def fit(judged: Iterable[Judged], made_by: str) -> dict[str, Any]:
    """The JSON object of a `Calibration`. ValueError where everything is right, or everything wrong."""
    asked = [one for one in judged if one.items]
    measures = [np.array([hit_measures(one.query, *item) for item in one.items]) for one in asked]
    rights = [np.array([_right(*item, one.answers) for item in one.items]) for one in asked]
    hit = logistic(HIT, np.concatenate(measures), np.concatenate(rights))
    whole = [k for k, one in enumerate(asked) if fully_measured(one.query)]
    answers, found = _answers([asked[k] for k in whole], hit, [measures[k] for k in whole])
    answer = logistic(ANSWER, answers, found)
    good = threshold(answer.probability(answers), found)
    return {"made_by": made_by, "good": good, "hit": asdict(hit), "answer": asdict(answer)}


def _answers(asked: Sequence[Judged], hit: Logistic, measures: Sequence[Array]) -> tuple[Array, Array]:
    rows = []
    for one, own in zip(asked, measures, strict=True):
        likely = hit.probability(own)
        verdicts = [verification for _, verification in one.items]
        rows.append(answer_measures(one.query, list(zip(likely.tolist(), verdicts, strict=True))))
    return np.array(rows), np.array([float(bool(one.answers)) for one in asked])


def _right(candidate: Candidate, judged: Verification, answers: Sequence[Tube]) -> float:
    return float(is_right(cut_tube(candidate.tube, judged.span) or candidate.tube, answers))


def is_right(tube: Tube, answers: Sequence[Tube]) -> bool:
    """Whether a hit shows one of the moments that answer a query."""
    return any(viou(tube, answer) > RIGHT_ABOVE for answer in answers)


def logistic(names: tuple[str, ...], measures: Array, right: Array) -> Logistic:
    """Maximum likelihood with a small pull towards 0, by Newton's method.

    Args:
        measures: (N, len(names)); right: (N,) 0 or 1.

    Raises:
        ValueError: only one of the two is there.
    """
    if not 0 < right.sum() < len(right):
        raise ValueError("a probability needs examples of both, right and wrong")
    means, spreads = measures.mean(0), np.maximum(measures.std(0), 1e-3)
    weights, bias = regress((measures - means) / spreads, right, ridge=SHRINK)
    return Logistic(names, _rounded(means), _rounded(spreads), _rounded(weights), round(bias, 5))


def _rounded(values: Array) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)


def threshold(likely: Array, found: Array, most_denied: float = MOST_DENIED) -> float:
    """The largest probability from which at most `most_denied` of the answerable are lost."""
    answerable = np.sort(likely[found > 0])
    lost = int(most_denied * len(answerable))
    return round(float(answerable[lost]) - 1e-4, 4)


def reliability(likely: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[tuple[float, float, int]]:
    """(mean probability, share right, how many) of each of `bins` equal steps that is not empty."""
    p, ok = np.asarray(likely, np.float64), np.asarray(right, np.float64)
    place = np.minimum((p * bins).astype(int), bins - 1)
    return [
        (float(p[place == k].mean()), float(ok[place == k].mean()), int((place == k).sum()))
        for k in range(bins)
        if (place == k).any()
    ]


def calibration_error(rows: Sequence[tuple[float, float, int]]) -> float:
    """Expected calibration error (Naeini et al. 2015): the mean distance of the two, weighted by how many."""
    total = sum(count for _, _, count in rows)
    return sum(count * abs(p - share) for p, share, count in rows) / total if total else 0.0
