"""How often a chat model is right about clips: which number, which seconds, nobody, and yes or no; and what it sees."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from grounding.types import Span
from grounding.verify.looking.answers import read_answer
from tests.models.clips import Clip, make_clip
from tests.models.filmed import Picture, clip_of
from tests.models.lessons import FACTS, lesson_of

FIRST_SEED: Final = 2_000_000_000
"""Of clips that are judged on; training's are below."""

JUDGED_FILMS: Final = range(3900, 3930)
"""Seeds of matches that are judged on."""

Ask = Callable[[Sequence[Clip], Sequence[tuple[int, str]], int], Sequence[str]]
"""(clips, (index of the clip, what is asked) of each question, most tokens) → answers."""


def clips_to_judge(count: int, *, apart: bool, first: int = FIRST_SEED) -> list[Clip]:
    """Always the same. apart: who is looked for wears colours that were never seen together in training."""
    return [make_clip(first + k, apart=apart) for k in range(count)]


def filmed_to_judge(pictures: Sequence[Picture], count: int) -> list[Clip]:
    """Always the same, of one to eight pictures, in which at most one person is looked for."""
    made = (clip_of(pictures, FIRST_SEED + k, 1 + k % 8, several=False) for k in itertools.count())
    return list(itertools.islice((one for one in made if one is not None), count))


def judge(clips: Sequence[Clip], ask: Ask) -> dict[str, float]:
    """Shares (0..1), and beside each what guessing gets.

    id: the right number, of clips in which somebody is looked for. tIoU: mean over those of the seconds named with the
    right ones, 0 where the number is wrong. none: "none", of the clips in which it is nobody. verdict: yes or no, asked
    of the right number and of a wrong one.
    """
    picked = ask(clips, [(k, clip.prompt) for k, clip in enumerate(clips)], 40)
    right: list[float] = []
    spans: list[float] = []
    nobody: list[float] = []
    guess_id: list[float] = []
    guess_span: list[float] = []
    for clip, text in zip(clips, picked, strict=True):
        answer = read_answer(text, clip.ids, clip.length)
        first = answer.choices[0] if answer.choices else None
        if clip.number is None or clip.span is None:
            nobody.append(not answer.choices and not answer.problem)
            continue
        right.append(first is not None and first.number == clip.number)
        spans.append(t_iou(first.span, clip.span) if first and first.span and right[-1] else 0.0)
        guess_id.append(1 / len(clip.ids))
        guess_span.append(t_iou(Span(0.0, float(clip.length)), clip.span) / len(clip.ids))
    asked = [(k, number) for k, clip in enumerate(clips) for number in _two(clip)]
    said = ask(clips, [(k, clips[k].yes_prompt(number)) for k, number in asked], 4)
    verdicts: list[float] = [
        text.strip().lower().startswith("yes" if number == clips[k].number else "no")
        for (k, number), text in zip(asked, said, strict=True)
    ]  # fmt: skip
    found = {
        "id": right, "id by guessing": guess_id, "tIoU": spans, "tIoU by guessing": guess_span, "none": nobody,
        "verdict": verdicts,
    }  # fmt: skip
    return {name: round(float(np.mean(values)), 3) if values else 0.0 for name, values in found.items()}


def sees(pupil: Any, first: int = FIRST_SEED + 50_000) -> dict[str, float]:
    """Shares (0..1) of the cells of people on 32 pictures that are most like the true word for their number, shirt and
    pose. pupil: a `Pupil`."""
    import torch

    clips = [make_clip(first + k, pictures=1, people=4) for k in range(32)]
    lesson = lesson_of(clips, pupil.words, np.random.default_rng(0))
    pictures, place, fact = (torch.from_numpy(one) for one in (lesson.pictures, lesson.place, lesson.fact))
    training = pupil.model.training
    pupil.model.eval()
    with torch.no_grad():
        _, right = pupil.facts_loss(pupil.see(pictures.to(pupil.device)), place, fact, 1)
    pupil.model.train(training)
    found = dict(zip(FACTS, right.tolist(), strict=True))
    return {name: round(found[name], 3) for name in ("number", "shirt", "pose")}


def _two(clip: Clip) -> list[int]:
    """The right number and a wrong one, where there are both."""
    if clip.number is None:
        return []
    others = [number for number in clip.ids if number != clip.number]
    return [clip.number, others[clip.number % len(others)]] if others else []


def t_iou(one: Span, other: Span) -> float:
    common = max(0.0, min(one.end, other.end) - max(one.start, other.start))
    return common / (one.length + other.length - common)
