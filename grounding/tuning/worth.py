"""What a text about a clip is worth: read as the product reads it, then by the rewards of `grounding.rl.rewards`.

The product names whole seconds and counts the last one in full, so the span that is paid is the one that it would use.
But it is patient with models, and a reward must not be: an answer has to be one object with "id", "start" and "end",
as `rewards.read` has it, or it is worth nothing. Where nothing answers the question, saying so is worth all and any
number nothing; where something does, saying "none" is worth nothing.
"""

from __future__ import annotations

import re
from typing import Final

from grounding.rl.rewards import REWARDS, Answer, Parts, RewardName, in_form, parts_of, read
from grounding.tuning.examples import Example
from grounding.verify.looking.answers import read_answer

_SAYS_NONE: Final = re.compile(
    r'\s*(?:<think>(?:(?!</?think>).)*</think>)?\s*\{\s*"id"\s*:\s*"none"\s*\}\s*', re.DOTALL
)


def worth(text: str, example: Example, reward: RewardName = "additive") -> Parts:
    """The parts of what a text is worth; never raises."""
    if _SAYS_NONE.fullmatch(text):
        all_or_nothing = 0.0 if example.true else 1.0
        return Parts(all_or_nothing, all_or_nothing, all_or_nothing, all_or_nothing, form=1.0)
    form = float(in_form(text))
    strict, told = read(text), read_answer(text, example.ids, example.length)
    if strict is None or told.problem or len(told.choices) != 1:
        return Parts(form=form)
    choice = told.choices[0]
    if choice.number != strict.target or choice.span is None:
        return Parts(form=form)
    parts = parts_of(Answer(choice.number, choice.span), example.asked, reward)
    return Parts(parts.t_iou, parts.v_iou, parts.s_iou, parts.right, form)


def total(parts: Parts, reward: RewardName = "additive") -> float:
    """The reward, 0 to 2; the form is no part of it."""
    return REWARDS[reward](parts)
