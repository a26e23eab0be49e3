"""What an answer "this target, from here to there" is worth. Pure numbers; nothing said can raise an exception.

A tracker has proposed targets, each a tube with an ID; the answer names one and a span, never coordinates. Target and
span together are a tube, so the paper's reward can be computed from them. Three rewards are a switch:

    additive = tIoU + vIoU                  arXiv 2606.29023 ("t_IoU + mv_IoU"; for one sample its mv_IoU is vIoU)
    id       = tIoU + 1[ID = ID*]           STVG-R1 (arXiv 2602.11730)
    coupled  = tIoU + tIoU^2 * sIoU         SARL-STG (CVPR 2026), with its alpha of 2

Each lies in 0..2. Whether an answer keeps to the form is a part of its own, logged and weighed apart. An answer that
cannot be read, a target nobody proposed, an empty span or one outside the clip is worth 0 in every part but, at most,
the form.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

import numpy as np

from grounding.geometry import paired_iou
from grounding.metrics import tiou, viou, viou_int
from grounding.metrics.tubes import GRID_STEP, boxes_on_grid, grid_span
from grounding.retrieve.tubes import cut_tube
from grounding.types import Span, Tube

RewardName = Literal["additive", "id", "coupled"]

ALPHA: Final = 2.0
"""How steeply the coupled reward asks for the time before it pays for the place."""
SLACK: Final = 1.0
"""Seconds by which an answer may reach past the end of the clip: the last second begun is often named whole."""
LONGEST: Final = 20_000
"""Characters of an answer beyond which it is not read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the ID of a proposed target, and when."""

    target: int
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What an answer is held against.

    tubes: the proposed targets by ID; true: the moments that answer the question (none where nothing does); duration:
    of the clip in seconds.
    """

    tubes: Mapping[int, Tube]
    true: Sequence[Tube]
    duration: float


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a reward, each in 0..1, to be logged one by one.

    t_iou, v_iou: of `grounding.metrics`; s_iou: mean IoU of the boxes over the times that both spans have (vIoU-Int);
    right: whether the target is the one that was meant (STVG-R1's ID*: of the proposed targets the one that fits best
    at most times of the true tube) and is there within the span; form: whether the text was the answer and nothing
    else.
    """

    t_iou: float = 0.0
    v_iou: float = 0.0
    s_iou: float = 0.0
    right: float = 0.0
    form: float = 0.0


def additive(parts: Parts) -> float:
    """tIoU + vIoU, the reward of arXiv 2606.29023. vIoU holds the time in its denominator already: counted twice, the
    time weighs more, as the paper means it to."""
    return parts.t_iou + parts.v_iou


def identity(parts: Parts) -> float:
    """tIoU + 1[ID = ID*], the reward of STVG-R1 (arXiv 2602.11730): how well the boxes lie is the tracker's doing."""
    return parts.t_iou + parts.right


def coupled(parts: Parts) -> float:
    """tIoU + tIoU^2 * sIoU, the reward of SARL-STG (CVPR 2026): the place pays only as far as the time is right."""
    return float(parts.t_iou + parts.t_iou**ALPHA * parts.s_iou)


REWARDS: Final[Mapping[RewardName, Callable[[Parts], float]]] = {
    "additive": additive,
    "id": identity,
    "coupled": coupled,
}


def read(text: str) -> Answer | None:
    """The one answer in a text, a JSON object with "id", "start" and "end"; None where there is none or several.

    What stands before the last `</think>` is not read, and words around the object do no harm here: see `in_form`.
    Several answers are none, even where they say the same: otherwise it would pay to try them all.
    """
    found = _objects(text[-LONGEST:].rsplit("</think>", 1)[-1]) if isinstance(text, str) else []
    return _answer(found[0]) if len(found) == 1 else None


def in_form(text: str) -> bool:
    """Whether a text is `<think>...</think>`, if it thinks at all, and one readable object with nothing around it."""
    match = _FORM.fullmatch(text) if isinstance(text, str) and len(text) <= LONGEST else None
    if match is None or read(text) is None:
        return False
    return _load(match["answer"]) is not None


def score(text: str, asked: Asked, reward: RewardName = "additive") -> Parts:
    """The parts of what a text is worth; of several true moments those of the one that pays best by `reward`."""
    form = float(in_form(text))
    answer = read(text)
    parts = Parts() if answer is None else parts_of(answer, asked, reward)
    return Parts(parts.t_iou, parts.v_iou, parts.s_iou, parts.right, form)


def parts_of(answer: Answer, asked: Asked, reward: RewardName = "additive") -> Parts:
    """The parts of an answer already read. An unknown target, an empty span or one outside the clip: all 0."""
    tube, span = asked.tubes.get(answer.target), answer.span
    if tube is None or span.length <= 0 or span.start < 0 or span.end > asked.duration + SLACK:
        return Parts()
    found = [_against(answer, tube, true, asked.tubes) for true in asked.true]
    return max(found, key=REWARDS[reward], default=Parts())


def meant(tubes: Mapping[int, Tube], true: Tube, *, step: float = GRID_STEP) -> int | None:
    """STVG-R1's ID*: at each time of the true tube the proposed target with the highest IoU gets a vote, most votes
    win, the smaller ID where they are even. None where no target ever touches the true one."""
    start, end = grid_span(true, step)
    if not tubes or end <= start:
        return None
    ids = sorted(tubes)
    boxes = boxes_on_grid(true, start, end, step)
    overlaps = np.stack([_overlap(boxes_on_grid(tubes[one], start, end, step), boxes) for one in ids])
    votes = Counter(ids[int(k)] for k in overlaps.argmax(axis=0)[overlaps.max(axis=0) > 0])
    return max(votes, key=lambda one: (votes[one], -one), default=None)


def _against(answer: Answer, tube: Tube, true: Tube, tubes: Mapping[int, Tube]) -> Parts:
    cut = cut_tube(tube, answer.span)
    t = tiou(answer.span, true.span)
    if cut is None:
        return Parts(t_iou=t)
    return Parts(
        t_iou=t,
        v_iou=viou(cut, true, claimed=answer.span),
        s_iou=viou_int(cut, true),
        right=float(meant(tubes, true) == answer.target),
    )


def _overlap(ours: Any, theirs: Any) -> Any:
    both = np.isfinite(ours[:, 0]) & np.isfinite(theirs[:, 0])
    values = np.zeros(len(ours))
    values[both] = paired_iou(ours[both], theirs[both])
    return values


_KEYS: Final = frozenset({"id", "start", "end"})
_FORM: Final = re.compile(r"\s*(?:<think>(?:(?!</?think>).)*</think>)?\s*(?P<answer>\{[^{}]*\})\s*", re.DOTALL)
_OBJECT: Final = re.compile(r"\{[^{}]*\}")


def _objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects of a text that are answers, or were meant to be: all that have one of the keys."""
    found = []
    for match in _OBJECT.finditer(text):
        one = _load(match.group())
        # What looks like an answer and cannot be read counts as one too, so that it cannot hide beside a good one.
        if one is None and any(f'"{key}"' in match.group() for key in _KEYS):
            one = {}
        if one is not None and (not one or _KEYS & one.keys()):
            found.append(one)
    return found


def _load(text: str) -> dict[str, Any] | None:
    try:
        data = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key said twice is two answers in one."""
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key was given twice")
    return data


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _answer(data: Mapping[str, Any]) -> Answer | None:
    if data.keys() != _KEYS:
        return None
    target, start, end = data["id"], _number(data["start"]), _number(data["end"])
    if isinstance(target, bool) or not isinstance(target, int) or start is None or end is None or end < start:
        return None
    return Answer(target, Span(start, end))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
