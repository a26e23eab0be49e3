"""What texts are worth: true ones, malformed ones, and those that try to be paid for nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.tuning.examples import NONE, Example, whole_seconds
from grounding.tuning.worth import total, worth
from tests.grounding.tuning.made import example, tube

RIGHT = '{"id": 2, "start": 2, "end": 5}'


def paid(text: str, one: Example | None = None) -> tuple[float, float]:
    """Reward and form."""
    parts = worth(text, one or example())
    return round(total(parts), 3), parts.form


@pytest.mark.parametrize(
    ("text", "reward", "form"),
    [
        (RIGHT, 2.0, 1.0),  # the last second counts in full, as the product has it: [2, 6)
        (f"<think>The second one.</think>\n{RIGHT}", 2.0, 1.0),
        (f"Surely: {RIGHT}", 2.0, 0.0),  # words around it cost the form alone
        ('{"id": 2, "start": 2, "end": 6}', 1.6, 1.0),  # a second too long: 4 of 5, twice
        ('{"id": 2, "start": 0, "end": 9}', 0.8, 1.0),  # the whole clip is paid for what it covers
        ('{"id": 2, "start": 0, "end": 999}', 0.0, 0.0),  # three digits are no second of a clip of ten: see below
        ('{"id": 1, "start": 2, "end": 5}', 1.0, 1.0),  # the time alone
        ('{"id": 7, "start": 2, "end": 5}', 0.0, 1.0),  # nobody has that number
        (f"{RIGHT} {RIGHT}", 0.0, 0.0),  # several answers are none
        (f'{RIGHT} {{"id": 1, "start": 0, "end": 3}}', 0.0, 0.0),
        (f"[{RIGHT}]", 2.0, 0.0),
        ('{"id": "2", "start": 2, "end": 5}', 0.0, 0.0),  # read by the product, but not in the form asked for
        ('{"id": [1, 2], "start": 2, "end": 5}', 0.0, 0.0),
        ('{"id": 2, "start": 5, "end": 2}', 0.0, 0.0),
        ('{"id": 2, "start": 2}', 0.0, 0.0),
        ('{"id": 2, "start": 2, "end": NaN}', 0.0, 0.0),
        (NONE, 0.0, 1.0),  # somebody is
        ("none", 0.0, 0.0),
        ("ID 2, 2-5", 0.0, 0.0),
        ("", 0.0, 0.0),
        ("{" * 3000, 0.0, 0.0),
    ],
)
def test_what_a_text_is_worth(text: str, reward: float, form: float) -> None:
    if '"end": 999' in text:  # it is cut to the clip, and so is the whole clip again
        reward, form = 0.8, 1.0
    assert paid(text) == (reward, form)


def test_where_nothing_answers_saying_so_is_worth_all() -> None:
    one = example(answered=False)
    assert one.answer == NONE
    assert paid(NONE, one) == (2.0, 1.0)
    assert paid(f"<think>Nobody.</think>{NONE}", one) == (2.0, 1.0)
    assert paid(f"It is {NONE}", one) == (0.0, 0.0)
    assert paid(RIGHT, one) == (0.0, 1.0)


def test_of_two_moments_the_one_that_pays_better_counts() -> None:
    one = replace(example(), true=(tube(2, 6, 100.0), tube(8, 10, 100.0)))
    assert paid('{"id": 2, "start": 8, "end": 9}', one) == (2.0, 1.0)
    assert one.answer == RIGHT


@given(st.integers(0, 49), st.integers(1, 50))
def test_the_true_answer_is_close_to_the_truth(first: int, length: int) -> None:
    true = tube(first / 5, min(50, first + length) / 5, 100.0)
    start, last = whole_seconds(true, 10)
    assert 0 <= start <= last <= 9
    most = 0.5 if true.span.length >= 1 else 1.0
    assert abs(start - true.span.start) <= most + 1e-6
    assert abs(last + 1 - true.span.end) <= most + 1e-6
    one = replace(example(), true=(true,))
    assert total(worth(one.answer, one)) > 0


@given(st.text(max_size=60))
def test_no_text_raises_or_is_paid_more_than_all(text: str) -> None:
    assert 0.0 <= total(worth(text, example())) <= 2.0
