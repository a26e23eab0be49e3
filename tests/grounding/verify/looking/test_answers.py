"""What becomes of each answer a model may give: well-formed, chatty, broken, or out to be counted for something."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.types import Span
from grounding.verify.looking.answers import UNREADABLE, Choice, read_answer

LENGTH = 20
IDS = (1, 2, 3)

NOT_SHOWN = "the model named seconds that are not in the pictures"


def one(number: int, start: float, end: float) -> tuple[Choice, ...]:
    return (Choice(number, Span(start, end)),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"id": 2, "start": 12, "end": 15}', one(2, 12, 16)),
        ('```json\n{"id": 2, "start": 12, "end": 15}\n```', one(2, 12, 16)),
        ('Sure! The player is number 2.\n{"id": 2, "start": 12, "end": 15}\nNot 1-3.', one(2, 12, 16)),
        ('<think>{"id": 3, "start": 1, "end": 2} no</think>{"id": 2, "start": 12, "end": 15}', one(2, 12, 16)),
        ('The form is {"id": 1, "start": 0, "end": 1}. Mine: {"id": 2, "start": 12, "end": 15}', one(2, 12, 16)),
        ("{'id': '2', 'start': '12', 'end': '15',}", one(2, 12, 16)),
        ("{id: 2, start: 12, end: 15}", one(2, 12, 16)),
        ('{"id": 2, "time": "12-15"}', one(2, 12, 16)),
        ('{"id": 2, "time range": "12 to 15"}', one(2, 12, 16)),
        ('{"id": 2, "range": [12, 15]}', one(2, 12, 16)),
        ("{id: 2, seconds: 12-15}", one(2, 12, 16)),
        ('{"id": "#2", "start": "12 s", "end": "15s"}', one(2, 12, 16)),
        ('{"ID": "number 2", "start": "0:12", "end": "00:15"}', one(2, 12, 16)),
        ('{"id": 2, "start": "00:00:12", "end": "00:00:15"}', one(2, 12, 16)),
        ('{"id": 2.0, "start": 12.25, "end": 15.5}', one(2, 12.25, 15.5)),
        ('{"id": 2, "start": "12,5", "end": "15,5"}', one(2, 12.5, 15.5)),
        ('{"id": ٢, "start": ١٢, "end": ١٥}', one(2, 12, 16)),
        ("｛\"id\": \"２\", \"start\": \"１２\", \"end\": \"１５\"｝", one(2, 12, 16)),
        ("“id”: 2", (Choice(2, None),)),
        ("Target ID: 2, Time range: 12 to 15", one(2, 12, 16)),
        ("<answer>Target ID: 2, Time range: 12.0 to 15.5</answer>", one(2, 12, 15.5)),
        ("It is person 2, from second 12 to 15.", one(2, 12, 16)),
        ('{"id": 2}', (Choice(2, None),)),
        ('{"id": 2, "start": null, "end": null}', (Choice(2, None),)),
        ('{"id": 2, "start": 12}', one(2, 12, 13)),
        ('{"id": 2, "start": 12, "end": 12}', one(2, 12, 13)),
        ('{"id": 2, "start": 15, "end": 12}', one(2, 12, 16)),
        ('{"id": 2, "start": -5, "end": 4}', one(2, 0, 5)),
        ('{"id": 2, "start": 12, "end": 4000}', one(2, 12, 20)),
        ('{"id": 2, "start": 0, "end": 999999999999999999999999}', (Choice(2, Span(0, 1)),)),
        ('[{"id": 1, "start": 2, "end": 3}, {"id": 3, "start": 4, "end": 5}]', one(1, 2, 4) + one(3, 4, 6)),
        ('{"id": [1, 3], "start": 2, "end": 3}', one(1, 2, 4) + one(3, 2, 4)),
        ('[{"id": 1, "start": 2, "end": 3}, {"id": 1, "start": 9, "end": 9}]', one(1, 2, 4)),
        ('{"id": "none"}', ()),
        ('{"id": null}', ()),
        ('{"id": "None.", "start": 0, "end": 20}', ()),
        ('{"id": []}', ()),
        ('{"id": 0}', ()),
        ("None of them fits.", ()),
        ("Nobody.", ()),
    ],
)  # fmt: skip
def test_answers_that_are_read(text: str, expected: tuple[Choice, ...]) -> None:
    answer = read_answer(text, IDS, LENGTH)
    assert (answer.problem, answer.choices) == ("", expected)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the model's answer was empty"),
        (" \n```json\n```", "the model's answer was empty"),
        ("<think>it is number 2 from 12 to 15</think>", "the model's answer was empty"),
        ("I like football.", UNREADABLE),
        ("{", UNREADABLE),
        ("[[[[", UNREADABLE),
        ('{"answer": 2}', UNREADABLE),
        ('{"id": true, "start": 1, "end": 2}', UNREADABLE),
        ('{"id": 2.5, "start": 1, "end": 2}', UNREADABLE),
        ('{"id": "the tall one"}', UNREADABLE),
        ('{"id": {"id": {}}}', UNREADABLE),
        ("[2, 12, 15]", UNREADABLE),
        ("x1=120 y1=44 x2=160 y2=130", UNREADABLE),
        ('{"id": 7, "start": 12, "end": 15}', "the model named the number 7, which is not in the pictures"),
        ('{"id": -2, "start": 12, "end": 15}', "the model named the number -2, which is not in the pictures"),
        # One right number among invented ones does not count: naming all of 1 to 99 would always be right.
        ('{"id": [2, 44], "start": 2, "end": 3}', "the model named the number 44, which is not in the pictures"),
        ('{"id": 2, "start": 40, "end": 50}', NOT_SHOWN),
        ('{"id": 2, "start": 20, "end": 22}', NOT_SHOWN),
        ('{"id": 2, "start": 12.5, "end": 12.5}', NOT_SHOWN),
        ('{"id": 2, "start": -9, "end": -3}', NOT_SHOWN),
    ],
)
def test_answers_that_do_not_count_and_why(text: str, problem: str) -> None:
    answer = read_answer(text, IDS, LENGTH)
    assert (answer.choices, answer.problem) == ((), problem)


@given(st.text(max_size=300) | st.text("{}[]\":,id 0123-end'startnoe", max_size=200))
def test_nothing_a_model_writes_breaks_it(text: str) -> None:
    answer = read_answer(text, IDS, LENGTH)
    for choice in answer.choices:
        assert choice.number in IDS
        assert choice.span is None or 0 <= choice.span.start < choice.span.end <= LENGTH


@pytest.mark.parametrize("part", ["{", "[", '{"id":', "[{", "id: ", "1:", "'", "{'a':"])
def test_long_rubbish_is_read_in_no_time(part: str) -> None:
    began = time.monotonic()
    read_answer(part * 100_000, IDS, LENGTH)
    assert time.monotonic() - began < 1.0
