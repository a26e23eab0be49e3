"""What the model is asked. `PROMPT_VERSION` goes up with every change here, in `marks` and in `groups`: it is part of
the verifier's name and of the keys under which answers are remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grounding.verify.words import listed

PROMPT_VERSION: Final = 2

PICK_TOKENS: Final = 96
YES_TOKENS: Final = 4
LONGEST_QUESTION: Final = 300


def pick_prompt(question: str, ids: Sequence[int], seconds: Sequence[int]) -> str:
    """Asks which of the numbered people fits, and when: a number and seconds, never coordinates.

    seconds: of the clip, as they are burnt in.
    """
    return (
        f"These are pictures of one clip of a match, in order of time, from second {seconds[0]} to "
        f"second {seconds[-1]}. The white number in the lower left corner is the second. "
        f"{_marks(ids)}\n"
        f"Looked for: {_question(question)}\n"
        "Which red number is it, and from which to which second does it hold? Answer with JSON only: "
        '{"id": <red number>, "start": <first second>, "end": <last second>}. '
        'If several fit equally well, a list of such objects. If none fits: {"id": "none"}.'
    )


def yes_prompt(question: str, number: int, ids: Sequence[int]) -> str:
    """Asks about one of the numbered people, to be answered with one word."""
    return (
        f"{_marks(ids)}\nLooked for: {_question(question)}\n"
        f"Is the one marked with the red number {number} what is looked for? Answer with one word, yes or no."
    )


def _marks(ids: Sequence[int]) -> str:
    names = listed([str(number) for number in ids])
    plural = "s" if len(ids) > 1 else ""
    return (
        f"The red number{plural} {names} drawn above the head or at the feet mark{'' if plural else 's'} people and "
        "things; they are not the numbers on shirts."
    )


def _question(text: str) -> str:
    """In one line and in quotes, so that a question cannot pass for an instruction that follows it."""
    line = " ".join(text.split())[:LONGEST_QUESTION]
    return '"' + line.replace('"', "'") + '"'
