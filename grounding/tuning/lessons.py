"""Rows of questions and answers, made of clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from grounding.tuning.examples import Example
from grounding.verify.looking.prompts import yes_prompt


@dataclass(frozen=True, slots=True)
class Row:
    """A question about the pictures of the clip at `place`, and the answer; "" where the reward judges it."""

    place: int
    prompt: str
    answer: str


def imitations(examples: Sequence[Example], *, judging: bool = True, thoughts: bool = True) -> list[Row]:
    """What warm-up imitates: which and when for each clip; with `judging` also the question that the product asks
    next, yes of the right number and no of one that is not."""
    rows = []
    for place, one in enumerate(examples):
        thought = f"<think>{one.thought}</think>\n" if one.thought and thoughts else ""
        rows.append(Row(place, one.prompt, thought + one.answer))
        if judging:
            rows += [Row(place, yes_prompt(one.question, number, one.ids), said) for number, said in _judged(one)]
    return rows


def questions(examples: Sequence[Example]) -> list[Row]:
    """What the reward judges: one question for each clip."""
    return [Row(place, one.prompt, "") for place, one in enumerate(examples)]


def _judged(one: Example) -> list[tuple[int, str]]:
    right = one.right
    wrong = [number for number in one.ids if number != right]
    judged = [] if right is None else [(right, "yes")]
    if wrong:
        judged.append((wrong[crc32(one.name.encode()) % len(wrong)], "no"))
    return judged
