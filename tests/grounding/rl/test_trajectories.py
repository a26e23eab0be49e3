"""Drafts that agree with the truth are kept with its numbers; the others are dropped and counted."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from grounding.errors import ModelError
from grounding.rl.rewards import read
from grounding.rl.trajectories import ChatWriter, Replaced, RuleWriter, Task, grounded, synthesise, tasks_of
from grounding.types import Image
from grounding.verify.looking.chat import Patience, Reply
from tests.grounding.rl.made import QUERY, candidate, tube

RIGHT = candidate(1, 10, 16)
OTHER = candidate(2, 10, 16, left=200.0)
TASK = Task(QUERY, {1: RIGHT, 2: OTHER}, tube(10, 15.4))


def draft(words: str, target: int = 1, start: float = 10, end: float = 16) -> str:
    return f"<think>{words}</think>{json.dumps({'id': target, 'start': start, 'end': end})}"


def test_times_and_boxes_become_the_true_ones() -> None:
    found = grounded(
        draft("Target 1 at [3, 4, 5, 6] sprints from 10 s to 16 s, fastest at 12.5 s, in number 16."), TASK
    )
    assert isinstance(found, Replaced)
    assert found.text == (
        "<think>Target 1 at [0, 0, 20, 40] sprints from 10 s to 15.4 s, fastest at 12.5 s, in number 16.</think>\n"
        '{"id": 1, "start": 10.0, "end": 15.4}'
    )
    assert read(found.text) == TASK.answer


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no answer", "unreadable"),
        (draft("x", target=2), "another target"),
        (draft("x", target=9), "another target"),
        (draft("x", start=15, end=25), "another time"),
        (draft("He has stopped by 22 s."), "other times in the words"),
        (draft("x") + draft("y"), "unreadable"),
    ],
)
def test_what_contradicts_the_truth_is_not_used(text: str, why: str) -> None:
    assert grounded(text, TASK) == why


def test_spans_said_in_other_ways_are_replaced_too() -> None:
    for said, true in (
        ("10-16 s", "10-15.4 s"),
        ("10 to 16 seconds", "10 to 15.4 seconds"),
        ("10s to 16s", "10s to 15.4s"),
    ):
        found = grounded(draft(f"It holds {said}."), TASK)
        assert isinstance(found, Replaced)
        assert f"It holds {true}." in found.text


class Says:
    """A model that says one thing, or breaks."""

    name = "says"

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked: list[str] = []

    def ask(self, pictures: Sequence[Image], text: str, *, max_tokens: int, patience: Patience) -> Reply:
        self.asked.append(text)
        if not self.text:
            raise ModelError("it does not answer")
        return Reply(self.text)


def test_a_model_may_write_and_is_not_trusted_either() -> None:
    right, wrong, silent = Says(draft("From 10 s to 16 s.")), Says(draft("x", target=2)), Says("")
    assert len(synthesise([TASK], ChatWriter(right)).kept) == 1
    assert synthesise([TASK], ChatWriter(wrong)).dropped == {"another target": 1}
    assert synthesise([TASK], ChatWriter(silent)).dropped == {"unreadable": 1}
    (prompt,) = right.asked
    assert "Target 2: " in prompt
    assert '"player in red sprinting"' in prompt
    assert "15.4" not in prompt, "the truth is not told"


def test_a_truth_nobody_proposed_teaches_nothing() -> None:
    away = Task(QUERY, {2: OTHER}, tube(10, 15.4))
    assert grounded(draft("x", target=2), away) == "no true target"


def test_the_rule_says_what_was_measured_and_its_errors_are_counted() -> None:
    tasks = [TASK, Task(QUERY, {1: RIGHT, 2: OTHER}, tube(10, 15.4, left=200.0)), Task(QUERY, {1: RIGHT}, tube(40, 44))]
    made = synthesise(tasks, RuleWriter())
    ((task, text),) = made.kept
    assert task is TASK
    assert "Target 1: " in text
    assert "Target 2: " in text
    assert "from 10 s to 15.4 s" in text
    assert made.dropped == {"another target": 1, "no true target": 1}


def test_there_is_a_task_for_each_moment_somebody_is_near() -> None:
    found = tasks_of(QUERY, [RIGHT, OTHER], [tube(10, 15), tube(80, 90), tube(12, 14, left=200.0)])
    assert [one.true.span.start for one in found] == [10.0, 12.0]
    assert [sorted(one.targets) for one in found] == [[1, 2], [1, 2]]
    assert RuleWriter().write(Task(QUERY, {}, tube(1, 2))) == ""
