"""Probabilities are fitted to what was right, and say so."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from grounding.calibrate import Judged, calibration_error, fit, logistic, reliability, threshold
from grounding.retrieve import parse
from grounding.retrieve.probability import ANSWER, HIT, calibration, calibration_from, hit_measures
from grounding.types import Candidate, Evidence, Span, Terms, Verdict, Verification
from tests.grounding.retrieve.made import RED_10, tube


def test_a_regression_finds_the_odds_that_made_its_data() -> None:
    random = np.random.default_rng(1)
    measures = random.normal(size=(20_000, 2)) * [1.0, 5.0] + [0.0, 3.0]
    odds = 1.5 * measures[:, 0] - 0.4 * measures[:, 1] + 0.7
    right = (random.random(20_000) < 1 / (1 + np.exp(-odds))).astype(float)
    found = logistic(("a", "b"), measures, right)
    asked = np.array([[0.0, 0.0], [1.0, 2.0], [-1.0, 4.0]])
    expected = 1 / (1 + np.exp(-(1.5 * asked[:, 0] - 0.4 * asked[:, 1] + 0.7)))
    assert found.probability(asked) == pytest.approx(expected, abs=0.03)
    likely = found.probability(measures)
    assert calibration_error(reliability(likely.tolist(), [bool(v) for v in right])) < 0.02


def test_only_right_or_only_wrong_is_refused() -> None:
    with pytest.raises(ValueError, match="both"):
        logistic(("a",), np.zeros((3, 1)), np.ones(3))


def test_the_threshold_loses_no_more_than_it_may() -> None:
    likely = np.linspace(0.0, 1.0, 101)
    found = np.ones(101)
    good = threshold(likely, found, most_denied=0.05)
    assert (likely < good).sum() == 5


def test_reliability_by_steps() -> None:
    rows = reliability([0.05, 0.05, 0.95, 1.0], [False, True, True, True])
    assert rows == [(0.05, 0.5, 2), (0.975, 1.0, 2)]
    assert calibration_error(rows) == pytest.approx(0.5 * 0.45 + 0.5 * 0.025)
    assert calibration_error([]) == 0.0


def moment(track: int, score: float, seconds: int, terms: Terms) -> tuple[Candidate, Verification]:
    evidence = [Evidence(second, terms, 0.0) for second in range(seconds)]
    span = Span(0, seconds)
    verdict: Verdict = "confirmed" if score > 0.5 else "rejected"
    return (
        Candidate("a.mp4", (track,), span, tube(0, seconds), evidence, score),
        Verification(verdict, score, span, "Because."),
    )


def test_fitting_makes_a_file_that_is_read_again() -> None:
    red, random = parse("player in red"), np.random.default_rng(3)
    asked = []
    for _ in range(60):
        items = [moment(k, float(random.uniform(0.2, 0.95)), int(random.integers(1, 9)), RED_10) for k in range(4)]
        answers = tuple(candidate.tube for candidate, judged in items if judged.score > random.random())
        asked.append(Judged(red, items, answers))
    found = calibration_from(json.loads(json.dumps(fit(asked, "a test"))))
    assert (found.hit.names, found.answer.names, found.made_by) == (HIT, ANSWER, "a test")
    low, high = (moment(1, score, 5, RED_10) for score in (0.3, 0.9))
    likely = [float(found.hit.probability(np.array(hit_measures(red, *one)))) for one in (low, high)]
    assert likely[0] < likely[1]


def test_what_comes_with_the_package_knows_a_good_hit_from_a_bad_one() -> None:
    known, red = calibration(), parse("number 10 in red")
    good, bad = moment(1, 0.95, 8, RED_10), moment(1, 0.2, 1, {"object:person": 1.0, "shirt_colour:blue": 0.9})
    likely = [float(known.hit.probability(np.array(hit_measures(red, *one)))) for one in (good, bad)]
    assert likely[0] > 0.8
    assert likely[1] < 0.1
    assert 0.0 < known.good < 1.0
    assert known.made_by.startswith("python -m grounding train probability")
    blurred = replace(good[0], seen=0.25)
    assert known.hit.probability(np.array(hit_measures(red, blurred, good[1]))) < likely[0]
    assert set(asdict(known)) == {"hit", "answer", "good", "made_by"}
