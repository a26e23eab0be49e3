"""Reasoning to learn from: how one comes to a target and a time, written by a rule or a model, with the true answer.

Whoever writes may err, so nothing that was generated is trusted: a draft whose own answer contradicts the truth is
dropped and counted, and in those kept every ID, time and box is replaced by that of the ground truth (arXiv 2606.29023
replaces the coordinates of its synthesised trajectories in the same way). What remains of the draft is its words.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import numpy as np

from grounding.errors import ModelError
from grounding.geometry import boxes_at
from grounding.metrics import tiou
from grounding.retrieve.score import measured
from grounding.rl.rewards import Answer, meant, read
from grounding.types import Candidate, Query, Span, Tube
from grounding.verify.explain import explain
from grounding.verify.looking.chat import ChatModel, Patience
from grounding.verify.predicates import PredicateVerifier
from grounding.verify.words import listed, phrase

AGREES: Final = 0.5
"""tIoU with the truth from which a draft's span counts as the same moment."""

Why = Literal["unreadable", "another target", "another time", "other times in the words", "no true target"]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A question about a clip with its proposed targets by ID, and the true moment."""

    query: Query
    targets: dict[int, Candidate]
    true: Tube

    @property
    def answer(self) -> Answer | None:
        """The target that was meant (STVG-R1's ID*) and the true span; None where nobody proposed it."""
        target = meant({one: candidate.tube for one, candidate in self.targets.items()}, self.true)
        return None if target is None else Answer(target, _rounded(self.true.span))


class Writer(Protocol):
    """Writes `<think>...</think>` and a JSON answer for a task. It may be wrong."""

    name: str

    def write(self, task: Task) -> str: ...


@dataclass(slots=True)
class Made:
    """Trajectories as they are learnt from, and how many were dropped for what."""

    kept: list[tuple[Task, str]] = field(default_factory=list)
    dropped: Counter[Why] = field(default_factory=Counter)


def synthesise(tasks: Iterable[Task], writer: Writer) -> Made:
    """A trajectory for each task, if what was written can be used."""
    made = Made()
    for task in tasks:
        found = grounded(writer.write(task), task)
        if isinstance(found, Replaced):
            made.kept.append((task, found.text))
        else:
            made.dropped[found] += 1
    return made


@dataclass(frozen=True, slots=True)
class Replaced:
    """A draft with the true answer in the place of its own."""

    text: str


def grounded(draft: str, task: Task) -> Replaced | Why:
    """The draft with true IDs, times and boxes, or why it cannot be used.

    In the words, times that name the draft's own beginning or end become the true ones, and four numbers in brackets
    the true box at the beginning of the moment; the draft is dropped where another time lies outside the true span,
    since words that argue for it would be kept.
    """
    true, said = task.answer, read(draft) if draft.count("</think>") < 2 else None
    if true is None:
        return "no true target"
    if said is None:
        return "unreadable"
    if said.target != true.target:
        return "another target"
    if tiou(said.span, true.span) < AGREES:
        return "another time"
    words = _thinking(draft)
    swap = {said.span.start: true.span.start, said.span.end: true.span.end}
    box = boxes_at(task.true.times, task.true.boxes, true.span.start)[0]
    words = _BOX.sub("[" + ", ".join(f"{side:.0f}" for side in box) + "]", words)
    if any(not _fits(time, swap, true.span) for time in map(float, _TIME.findall(words))):
        return "other times in the words"
    words = _TIME.sub(lambda match: _number(swap.get(float(match[1]), float(match[1]))), words)
    return Replaced(f"<think>{words}</think>\n{_json(true)}")


def _fits(time: float, swap: dict[float, float], span: Span) -> bool:
    return time in swap or span.start <= time <= span.end


_BOX: Final = re.compile(r"[\[(]\s*-?\d+(?:\.\d+)?(?:\s*,\s*-?\d+(?:\.\d+)?){3}\s*[\])]")
_SECONDS: Final = r"\s*s(?:ec(?:ond)?s?)?\b"
_TIME: Final = re.compile(
    rf"(?<![\w.:])(\d+(?:\.\d+)?)(?={_SECONDS}|{_SECONDS[:-2]}?\s*(?:-|–|to|and|until)\s*\d+(?:\.\d+)?{_SECONDS})"
)


def _thinking(draft: str) -> str:
    match = re.search(r"<think>(.*?)</think>", draft, re.DOTALL)
    return match[1].strip() if match else ""


def _json(answer: Answer) -> str:
    return json.dumps({"id": answer.target, "start": answer.span.start, "end": answer.span.end})


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _rounded(span: Span) -> Span:
    return Span(round(span.start, 1), round(span.end, 1))


class RuleWriter:
    """Says what was measured of each target, then when the best one holds. It is as right as the measurements."""

    name = "rule"

    def write(self, task: Task) -> str:
        """In the words of the predicate verifier."""
        if not task.targets:
            return ""
        verifier = PredicateVerifier()
        judged = {one: verifier.judge(task.query, candidate) for one, candidate in sorted(task.targets.items())}
        best = max(judged, key=lambda one: (judged[one].score, -one))
        asked = listed([phrase(one) for one in measured(task.query)]) or task.query.text
        lines = [f"Asked for: {asked}."]
        for one, candidate in sorted(task.targets.items()):
            lines.append(f"Target {one}: {_seen(task.query, candidate, judged[one].span)}.")
        span = _rounded(judged[best].span)
        lines.append(f"Target {best} fits best, from {_number(span.start)} s to {_number(span.end)} s.")
        return f"<think>{' '.join(lines)}</think>\n{_json(Answer(best, span))}"


class ChatWriter:
    """A model that writes, told what was measured of each target second by second; pictures are not shown to it."""

    def __init__(self, model: ChatModel, seconds: float = 60.0) -> None:
        self.name = model.name
        self._model = model
        self._seconds = seconds

    def write(self, task: Task) -> str:
        """The empty text where the model does not answer."""
        try:
            said = self._model.ask([], chat_prompt(task), max_tokens=CHAT_TOKENS, patience=Patience(self._seconds))
        except ModelError:
            return ""
        return said.text


CHAT_TOKENS: Final = 400


def chat_prompt(task: Task) -> str:
    """What a model is asked: the measurements, the question, and the form of the answer."""
    lines = []
    for one, candidate in sorted(task.targets.items()):
        rows = explain(task.query, candidate.evidence, candidate.tube.span)
        held = "; ".join(f"{row.words}: {', '.join(f'{s} s {v:.1f}' for s, v in row.seconds)}" for row in rows)
        lines.append(f"Target {one}: {held or 'nothing was measured'}")
    return (
        "Of each target is given how far what was asked held in each second, 0 to 1.\n"
        + "\n".join(lines)
        + f'\nLooked for: "{" ".join(task.query.text.split())}"\nFirst say in a few sentences inside <think></think> '
        'which target it is and from when to when. Then answer with JSON only: {"id": .., "start": .., "end": ..}, '
        "in seconds."
    )


def _seen(query: Query, candidate: Candidate, span: Span) -> str:
    """Which of the things asked held, without times: those of other targets would argue for other moments."""
    held = explain(query, candidate.evidence, span)
    true = [one.words for one in held if one.mean >= 0.5]
    false = [one.words for one in held if one.mean < 0.5]
    parts = [listed(true)] if true else []
    return "; ".join([*parts, *([f"not {listed(false)}"] if false else [])]) or "nothing was measured"


def tasks_of(query: Query, candidates: Sequence[Candidate], answers: Sequence[Tube]) -> list[Task]:
    """A task for each true moment that some candidate overlaps in time; targets are numbered from 1 in their order."""
    targets = dict(enumerate(candidates, 1))
    return [Task(query, targets, true) for true in answers if any(_meet(one.tube, true) for one in candidates)]


def _meet(one: Tube, other: Tube) -> bool:
    return bool(np.intersect1d(np.floor(one.times), np.floor(other.times)).size)
