"""The tables of what answers are worth agree with the rewards; problems survive being written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grounding.errors import BadInputError
from grounding.metrics import tiou
from grounding.rl.features import ENDS, JUDGE, see
from grounding.rl.problems import SHIFTS, TABLES, Problem, load, moved, only, problem, save
from grounding.rl.rewards import REWARDS, Answer, Asked, parts_of
from grounding.types import Candidate, Evidence, Span, Tube, Verification
from tests.grounding.rl.made import QUERY, candidate, judged, nothing, small_and_large, tube


@settings(max_examples=25, deadline=None)
@given(
    st.integers(6, 20), st.integers(2, 9), st.integers(0, 12), st.floats(0, 30), st.integers(0, 12), st.integers(0, 12)
)
def test_a_table_holds_what_the_rewards_say(
    first: int, length: int, at: int, left: float, start: int, end: int
) -> None:
    found = [candidate(1, first, first + length), candidate(2, first + 1, first + length + 2, left=200.0)]
    items = judged(QUERY, found)
    answers = [tube(first + at - 6, first + at + 4, left), tube(3, 8, 205.0)]
    made = problem(QUERY, items, answers)
    whole = Asked({1: found[0].tube, 2: found[1].tube}, answers, 60.0)
    for k, (one, verdict) in enumerate(items):
        span = moved(verdict.span, one.tube.span, SHIFTS[start], SHIFTS[end])
        for name in TABLES:
            expected = REWARDS[name](parts_of(Answer(k + 1, span), whole, name))
            assert made.rewards[name][k, start, end] == pytest.approx(expected, abs=1e-5)
        best = max(tiou(span, true.span) for true in answers)
        assert made.t_iou[k, start, end] == pytest.approx(best, abs=1e-6)


def test_a_span_is_moved_within_its_boxes_only() -> None:
    assert moved(Span(5, 8), Span(2, 20), -2, 1) == Span(3, 9)
    assert moved(Span(5, 8), Span(4, 8.5), -2, 1) == Span(4, 8.5)
    assert moved(Span(5, 6), Span(2, 20), 1, 0) == Span(5, 6)  # nothing would be left of it
    assert moved(Span(5, 6), Span(2, 20), 3, -3) == Span(5, 6)
    assert moved(Span(5, 8), Span(6, 7), 0, 0) == Span(5, 8)  # said outside the boxes already: not cut, not stretched
    assert moved(Span(5, 8), Span(6, 7), -1, 1) == Span(5, 8)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.floats(0, 1), st.floats(-1, 1)), max_size=8),
    st.floats(0, 30),
    st.floats(0, 10),
)
def test_measures_are_finite_for_any_evidence(
    rows: list[tuple[int, float, float]], start: float, length: float
) -> None:
    evidence = [Evidence(s, {"shirt_colour:red": v, "motion:sprinting": 1 - v}, similar) for s, v, similar in rows]
    one = Candidate("a", (1,), Span(start, start + length), tube(4, 30), evidence, 0.5)
    seen = see(QUERY, one, Verification("unsure", 0.5, Span(start, start + length), ""))
    assert seen.judge.shape == (len(JUDGE),)
    assert seen.start.shape == seen.end.shape == (len(ENDS),)
    assert all(np.isfinite(part).all() for part in seen)


def test_a_single_box_is_enough_to_be_seen() -> None:
    one = Candidate("a", (1,), Span(5, 5.2), Tube(np.array([5.0]), np.zeros((1, 4), np.float32)), [], 0.5)
    assert all(np.isfinite(part).all() for part in see(QUERY, one, Verification("unsure", 0.5, one.span, "")))


def test_problems_come_back_as_they_were(tmp_path: Path) -> None:
    made = [small_and_large(1), nothing(2), small_and_large(3)]
    save(tmp_path / "a.npz", made)
    back = load(tmp_path / "a.npz")
    assert [(one.kind, one.match, one.answerable, one.teaches) for one in back] == [
        (one.kind, one.match, one.answerable, one.teaches) for one in made
    ]
    for one, other in zip(made, back, strict=True):
        assert other.judge == pytest.approx(one.judge, rel=2e-3, abs=2e-3)
        assert other.v_iou == pytest.approx(one.v_iou, abs=1 / 255)
        assert other.rewards["additive"] == pytest.approx(one.rewards["additive"], abs=1 / 127)
        for name in ("rule", "taken", "covered"):
            assert np.array_equal(getattr(one, name), getattr(other, name))


def test_what_is_no_set_of_problems_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no file"):
        load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("text")
    with pytest.raises(BadInputError, match="no problems"):
        load(tmp_path / "text.npz")


def test_the_best_candidates_of_the_rule_are_kept() -> None:
    made: Problem = only(small_and_large(1), 1)
    assert len(made) == 1
    assert made.rule.tolist() == [0]
    assert made.covered.shape == (1, 1)
