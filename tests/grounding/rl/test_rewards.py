"""Answers that are wrong, malformed or made to game the reward, and what each is worth."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.metrics import viou
from grounding.rl.rewards import REWARDS, Answer, Asked, Parts, RewardName, in_form, meant, parts_of, read, score
from grounding.types import Span, Tube


def tube(start: float, end: float, left: float = 0.0, wide: float = 10.0) -> Tube:
    """A box that stands still from `start` to `end`."""
    times = np.round(np.arange(round(start * 5), round(end * 5)) / 5, 6)
    return Tube(times, np.tile(np.array([left, 0.0, left + wide, 20.0], np.float32), (len(times), 1)))


ASKED = Asked(
    tubes={3: tube(0, 30), 7: tube(0, 30, left=100.0), 9: tube(0, 30, left=5.0), 12: tube(10, 14)},
    true=(tube(10, 20),),
    duration=30.0,
)
"""3 is right; 7 is elsewhere; 9 covers half of the right one (IoU 1/3); 12 is the right one, lost after 4 seconds."""


def said(target: object, start: object, end: object) -> str:
    return json.dumps({"id": target, "start": start, "end": end})


# (text, tIoU, vIoU, sIoU, right target, form)
ANSWERS = {
    "right": (said(3, 10, 20), 1, 1, 1, 1, 1),
    "right, having thought": ("<think>7 is blue</think>\n" + said(3, 10, 20), 1, 1, 1, 1, 1),
    "half of it": (said(3, 10, 15), 0.5, 0.5, 1, 1, 1),
    "twice as long": (said(3, 10, 30), 0.5, 0.5, 1, 1, 1),
    "beside it in time": (said(3, 20, 30), 0, 0, 0, 1, 1),
    "another player": (said(7, 10, 20), 1, 0, 0, 0, 1),
    "one who stands half before him": (said(9, 10, 20), 1, 1 / 3, 1 / 3, 0, 1),
    # Gaming
    "the whole clip": (said(3, 0, 30), 1 / 3, 1 / 3, 1, 1, 1),
    "the whole clip of a target there only then": (said(12, 0, 30), 1 / 3, 4 / 30, 1, 0, 1),
    "a span reaching far out": (said(3, 0, 1e300), 0, 0, 0, 0, 1),
    "a span before the beginning": (said(3, -10, 20), 0, 0, 0, 0, 1),
    "a little past the end": (said(3, 10, 30.9), 10 / 20.9, 10 / 21, 1, 1, 1),
    "an empty span": (said(3, 15, 15), 0, 0, 0, 0, 1),
    "a moment too short for a box": (said(3, 15.01, 15.02), 0.001, 0, 0, 0, 1),
    "a reversed span": (said(3, 20, 10), 0, 0, 0, 0, 0),
    "all targets": (said([3, 7, 9, 12], 10, 20), 0, 0, 0, 0, 0),
    "a target nobody proposed": (said(4, 10, 20), 0, 0, 0, 0, 1),
    "a negative target": (said(-3, 10, 20), 0, 0, 0, 0, 1),
    "a target too large for any machine": (said(10**300, 10, 20), 0, 0, 0, 0, 1),
    "yes for a target": (said(True, 10, 20), 0, 0, 0, 0, 0),
    "a target in words": (said("3", 10, 20), 0, 0, 0, 0, 0),
    "a target with a fraction": (said(3.0, 10, 20), 0, 0, 0, 0, 0),
    "the same answer twice": (said(3, 10, 20) + said(3, 10, 20), 0, 0, 0, 0, 0),
    "an answer for each target": ("\n".join(said(k, 10, 20) for k in (3, 7, 9)), 0, 0, 0, 0, 0),
    "a good answer beside a broken one": (said(3, 10, 20) + ' {"id": 7, "start": }', 0, 0, 0, 0, 0),
    "a target twice in one answer": ('{"id": 7, "id": 3, "start": 10, "end": 20}', 0, 0, 0, 0, 0),
    "a second answer hidden in the thinking": (
        f"<think>{said(7, 0, 30)}</think>{said(3, 10, 20)}", 1, 1, 1, 1, 1,
    ),
    "thinking that never ends": ("<think>" + said(3, 10, 20), 1, 1, 1, 1, 0),
    "an answer in the thinking only": (f"<think>{said(3, 10, 20)}</think>", 0, 0, 0, 0, 0),
    # Malformed
    "text around it": ("The answer is " + said(3, 10, 20) + ", I am sure.", 1, 1, 1, 1, 0),
    "fenced": ("```json\n" + said(3, 10, 20) + "\n```", 1, 1, 1, 1, 0),
    "another object around it": ('{"answer": ' + said(3, 10, 20) + "}", 1, 1, 1, 1, 0),
    "coordinates beside it": (
        '{"id": 3, "start": 10, "end": 20, "box": [0, 0, 10, 20]}', 0, 0, 0, 0, 0,
    ),
    "without an end": ('{"id": 3, "start": 10}', 0, 0, 0, 0, 0),
    "not a number": ('{"id": 3, "start": NaN, "end": 20}', 0, 0, 0, 0, 0),
    "infinite": ('{"id": 3, "start": 0, "end": Infinity}', 0, 0, 0, 0, 0),
    "a number past all numbers": ('{"id": 3, "start": 0, "end": 1e999}', 0, 0, 0, 0, 0),
    "an integer past all numbers": ('{"id": 3, "start": 0, "end": ' + "9" * 400 + "}", 0, 0, 0, 0, 0),
    "five thousand digits": ('{"id": 3, "start": 0, "end": ' + "9" * 5000 + "}", 0, 0, 0, 0, 0),
    "times in words": ('{"id": 3, "start": "0:10", "end": "0:20"}', 0, 0, 0, 0, 0),
    "null": ('{"id": null, "start": null, "end": null}', 0, 0, 0, 0, 0),
    "a list": ("[3, 10, 20]", 0, 0, 0, 0, 0),
    "a hundred thousand brackets": ("[" * 100_000, 0, 0, 0, 0, 0),
    "a hundred thousand braces": ("{" * 100_000, 0, 0, 0, 0, 0),
    "nothing": ("", 0, 0, 0, 0, 0),
    "words": ("number ten, from ten to twenty", 0, 0, 0, 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_each_answer_is_worth_what_the_table_says(name: str) -> None:
    text, *expected = ANSWERS[name]
    parts = score(text, ASKED)
    got = [parts.t_iou, parts.v_iou, parts.s_iou, parts.right, parts.form]
    assert got == pytest.approx(expected, abs=1e-9)


def test_the_three_rewards_are_their_formulas() -> None:
    parts = Parts(t_iou=0.5, v_iou=0.3, s_iou=0.8, right=1.0, form=1.0)
    assert REWARDS["additive"](parts) == pytest.approx(0.8)
    assert REWARDS["id"](parts) == pytest.approx(1.5)
    assert REWARDS["coupled"](parts) == pytest.approx(0.5 + 0.25 * 0.8)


def test_the_right_answer_pays_most_by_each_reward() -> None:
    for reward in REWARDS.values():
        paid = {name: reward(score(row[0], ASKED)) for name, row in ANSWERS.items()}
        assert max(paid.values()) == pytest.approx(2.0) == pytest.approx(paid["right"])
        assert all(value == 0 for name, value in paid.items() if ANSWERS[name][1] == 0 and not ANSWERS[name][4])


def test_of_several_true_moments_the_best_counts() -> None:
    both = Asked(ASKED.tubes, (tube(0, 2, left=100.0), tube(10, 20)), 30.0)
    assert parts_of(Answer(3, Span(10, 20)), both).v_iou == pytest.approx(1.0)
    assert parts_of(Answer(7, Span(0, 2)), both).v_iou == pytest.approx(1.0)


def test_where_nothing_is_right_nothing_pays() -> None:
    assert parts_of(Answer(3, Span(10, 20)), Asked(ASKED.tubes, (), 30.0)) == Parts()
    assert parts_of(Answer(3, Span(10, 20)), Asked({}, ASKED.true, 30.0)) == Parts()


def test_the_target_meant_is_the_one_that_fits_at_most_times() -> None:
    assert meant(ASKED.tubes, ASKED.true[0]) == 3
    assert meant({7: ASKED.tubes[7]}, ASKED.true[0]) is None
    assert (
        meant({9: ASKED.tubes[9], 12: ASKED.tubes[12]}, ASKED.true[0]) == 9
    )  # 12 fits better, for four seconds of ten


def test_the_claimed_span_counts_against_the_boxes() -> None:
    short, true = ASKED.tubes[12], ASKED.true[0]
    assert viou(short, true) == pytest.approx(0.4)
    assert viou(short, true, claimed=Span(0, 20)) == pytest.approx(0.2)


numbers = st.one_of(
    st.floats(), st.integers(), st.text(max_size=3), st.none(), st.booleans(), st.lists(st.integers(), max_size=2)
)


@given(st.one_of(st.integers(0, 13), numbers), numbers, numbers, st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_said_is_worth_something_within_bounds(
    target: object, start: object, end: object, before: str, after: str
) -> None:
    parts = score(before + json.dumps({"id": target, "start": start, "end": end}) + after, ASKED)
    for value in (parts.t_iou, parts.v_iou, parts.s_iou, parts.right, parts.form):
        assert 0.0 <= value <= 1.0
    for reward in REWARDS.values():
        assert 0.0 <= reward(parts) <= 2.0


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    assert read(text) is None or isinstance(read(text), Answer)
    assert in_form(text) in (True, False)


@given(
    st.sampled_from([3, 7, 9, 12]),
    st.floats(0, 29.8),
    st.floats(0.2, 30),
    st.sampled_from(["additive", "id", "coupled"]),
)
def test_time_and_place_together_never_pay_more_than_time_twice(
    target: int, start: float, length: float, reward: RewardName
) -> None:
    parts = parts_of(Answer(target, Span(start, min(start + length, 31.0))), ASKED, reward)
    assert parts.v_iou <= parts.t_iou + 2 * 0.2 / 10 + 1e-9  # each end is rounded to the grid, of ten seconds at least
    assert parts.v_iou <= parts.s_iou + 1e-9
