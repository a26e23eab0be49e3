"""The verifier that looks: candidates of one moment are numbered on pictures, and a model says which of them it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np

from grounding.errors import BadInputError, ModelError
from grounding.geometry import intersect
from grounding.types import Candidate, Image, Query, Span, Verdict, Verification
from grounding.verify.looking.answers import Answer, read_answer
from grounding.verify.looking.chat import ChatModel, NotWantedError, Patience, yes_probability
from grounding.verify.looking.films import Films
from grounding.verify.looking.groups import Group, grouped
from grounding.verify.looking.marks import marked, people_at
from grounding.verify.looking.prompts import PICK_TOKENS, PROMPT_VERSION, YES_TOKENS, pick_prompt, yes_prompt

SECONDS: Final = 60.0
"""Time for all candidates of one question; what was not looked at by then says so."""

STATED_YES: Final = 0.85
STATED_NO: Final = 0.15
"""How likely a candidate is right that the model picked, or passed over, where it tells no log-probabilities."""

NO_TIME: Final = "there was no time left"


class Memory(Protocol):
    """Remembers answers by a key that stands for all that was asked; may forget at any time."""

    def get(self, key: str) -> str | None: ...
    def put(self, key: str, value: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Look:
    """What the model said of one candidate.

    verdict: "unchecked" where it could not be asked or its answer not be read. probability: that it is right. span: in
    seconds of the video, or None where it named none. reason: words for people, a sentence without its full stop.
    other: it picked another candidate of the same moment.
    """

    verdict: Verdict
    probability: float
    span: Span | None
    reason: str
    other: bool = False


class LookingVerifier:
    """Asks a model about groups of candidates, best first, and stops when it is not listened to any more.

    Args:
        model: what is asked.
        films: where the pictures come from.
        memory: answers given before, or None.
        seconds: time for one question.
        wanted: asked a few times a second; once False, nothing more is said.
    """

    def __init__(
        self,
        model: ChatModel,
        films: Films,
        *,
        memory: Memory | None = None,
        seconds: float = SECONDS,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._model = model
        self._films = films
        self._memory = memory
        self._seconds = seconds
        self._wanted = wanted
        self.name = name_of(model)
        self.silent = ""
        """Why the last question was not asked of all candidates, as a part of a sentence; empty where it was."""

    def verify(self, query: Query, candidates: Sequence[Candidate]) -> Iterator[tuple[int, Verification]]:
        """By pictures alone. See `Verifier`; nothing more comes once `wanted` is False."""
        for index, look in self.look(query, candidates):
            one = candidates[index]
            score = one.score if look.verdict == "unchecked" else look.probability
            span = look.span or one.span
            reason = f"{look.reason[:1].upper()}{look.reason[1:]}."
            yield index, Verification(look.verdict, float(np.clip(score, 0.0, 1.0)), span, reason)

    def look(
        self, query: Query, candidates: Sequence[Candidate], patience: Patience | None = None
    ) -> Iterator[tuple[int, Look]]:
        """(index into `candidates`, what the model says), group by group; candidates best first.

        Never raises for what a model, a server or a film does. A model that does not answer is not asked again.

        patience: where several calls share the time of one question.
        """
        patience = patience or self.patience()
        self.silent = ""
        for group in grouped(candidates, query.text):
            looks: Sequence[Look]
            try:
                patience.check()
                if not self.silent and not patience.left():
                    self.silent = NO_TIME
                looks = _all(group, self.silent) if self.silent else self._asked(query, group, candidates, patience)
            except NotWantedError:
                return
            except BadInputError as error:
                looks = _all(group, str(error).rstrip(".").lower())
            except ModelError as error:
                self.silent = str(error)
                looks = _all(group, self.silent)
            yield from zip(group.members, looks, strict=True)

    def patience(self) -> Patience:
        """For one question, from now on."""
        return Patience(self._seconds, self._wanted)

    def _asked(self, query: Query, group: Group, candidates: Sequence[Candidate], patience: Patience) -> list[Look]:
        members = [candidates[i] for i in group.members]
        key = _key(self._model.name, query.text, group, members)
        kept = self._memory.get(key) if self._memory else None
        said = _said_from(kept)
        if said is None:
            said = self._ask(query, group, members, patience)
            if self._memory is not None and said.whole:
                self._memory.put(key, json.dumps([said.text, said.yes, said.first, said.length]))
        answer = read_answer(said.text, group.ids, said.length)
        return [_look(answer, said, number, one) for number, one in zip(group.ids, members, strict=True)]

    def _ask(self, query: Query, group: Group, members: Sequence[Candidate], patience: Patience) -> _Said:
        """The question which, and then for each candidate whether, as long as the model tells how sure it is."""
        shown = shown_of(self._films, group, members)
        if not shown:
            raise BadInputError("The film has no picture of this moment.")
        first, last = shown[0][0], shown[-1][0]
        pictures = [picture for _, picture in shown]
        prompt = pick_prompt(query.text, group.ids, [second - first for second, _ in shown])
        reply = self._model.ask(pictures, prompt, max_tokens=PICK_TOKENS, patience=patience)
        said = _Said(reply.text, {}, first, last + 1 - first, whole=True)
        answer = read_answer(reply.text, group.ids, said.length)
        if answer.problem or not reply.tokens:
            return said
        chosen = {choice.number for choice in answer.choices}
        for number in sorted(group.ids, key=lambda number: (number not in chosen, number)):
            if not patience.left():
                return replace(said, whole=False)
            prompt = yes_prompt(query.text, number, group.ids)
            try:
                likely = yes_probability(self._model.ask(pictures, prompt, max_tokens=YES_TOKENS, patience=patience))
            except ModelError:  # it has said which, and that is worth more than how sure it is
                return replace(said, whole=False)
            if likely is not None:
                said.yes[number] = likely
        return said


def shown_of(films: Films, group: Group, members: Sequence[Candidate]) -> list[tuple[int, Image]]:
    """(second of the video, picture with numbers and second of the clip drawn on it). Errors as those of `films`.

    members: the candidates of the group, in its order.
    """
    width, height = films.size(group.video)
    tubes = {number: one.tube for number, one in zip(group.ids, members, strict=True)}
    shown: list[tuple[int, Image]] = []
    for second, t, picture in films.pictures(group.video, group.seconds):
        scale = (picture.shape[1] / width, picture.shape[0] / height)
        first = shown[0][0] if shown else second
        shown.append((second, marked(picture, people_at(tubes, t, scale), second - first)))
    return shown


def name_of(model: ChatModel) -> str:
    """Model and prompt version, as they are stored with each verdict."""
    return f"{model.name[:34]} (prompt {PROMPT_VERSION})"


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer as it is remembered. yes: by number how likely it is; first: second of the video the clip begins with;
    length: of the clip in seconds; whole: everything was asked."""

    text: str
    yes: dict[int, float]
    first: int
    length: int
    whole: bool


def _said_from(kept: str | None) -> _Said | None:
    """None where nothing was kept, or something that this version cannot read."""
    try:
        text, yes, first, length = json.loads(kept or "")
        return _Said(str(text), {int(k): float(v) for k, v in yes.items()}, int(first), int(length), whole=True)
    except (ValueError, TypeError, AttributeError):
        return None


def _key(model: str, question: str, group: Group, members: Sequence[Candidate]) -> str:
    """Stands for model, prompt, question and candidates: where they are in which seconds, under which numbers."""
    digest = hashlib.sha256()
    head: list[Any] = [model, PROMPT_VERSION, " ".join(question.split()), group.video, group.ids, group.seconds]
    digest.update(json.dumps(head).encode())
    for one in members:
        digest.update(np.round(one.tube.times, 2).tobytes())
        digest.update(np.round(one.tube.boxes).astype(np.int32).tobytes())
    return digest.hexdigest()


def _all(group: Group, why: str) -> list[Look]:
    return [_unchecked(why) for _ in group.members]


def _unchecked(why: str) -> Look:
    return Look("unchecked", 0.5, None, f"not checked: {why}")


def _look(answer: Answer, said: _Said, number: int, one: Candidate) -> Look:
    """Verdict from the pick and how likely "yes" is; where the two differ it is unsure."""
    if answer.problem:
        return _unchecked(answer.problem)
    choice = next((choice for choice in answer.choices if choice.number == number), None)
    likely = said.yes.get(number, STATED_NO if choice is None else STATED_YES)
    sure = f"{round(100 * likely)} % sure" if number in said.yes else ""
    if choice is None:
        other = bool(answer.choices)
        words = "another one of this moment is it" if other else "none of those seen here is it"
        if likely >= 0.5:
            return Look("unsure", likely, None, f"{words}, but this one may be as well ({sure})", other)
        return Look("rejected", likely, None, words, other)
    span = None
    if choice.span is not None:
        named = Span(said.first + choice.span.start, said.first + choice.span.end)
        span = intersect(named, one.tube.span)
        if span is None:
            return _unchecked("the model named seconds in which this one is not seen")
    if likely < 0.5:
        return Look("unsure", likely, span, f"this is the likeliest one, but {sure} only")
    return Look("confirmed", likely, span, f"this is it ({sure})" if sure else "this is it")
