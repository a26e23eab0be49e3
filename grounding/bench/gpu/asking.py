"""What looking at twenty candidates costs, beside looking at every window of the match with the same model and code.

A window is put to the verifier as one candidate that fills the picture, so that pictures, marks and questions are made
by the same code; a window is as long as a question's most pictures, and begins where the one before ends, so that each
second but those of the margins is shown once. Random weights answer anything at any length, so answers are cut to the
same number of tokens on both sides, and where the model was asked which number it is, its answer is taken to name the
first: then it is asked how sure it is of each, as a trained model is.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.types import Candidate, Image, Span, Tube
from grounding.verify.looking.chat import ChatModel, Patience, Reply
from grounding.verify.looking.fusion import BEST, best_of
from grounding.verify.looking.groups import MARGIN, MOST_SECONDS, grouped
from grounding.verify.looking.prompts import YES_TOKENS

if TYPE_CHECKING:
    from grounding.types import Query, VideoIndex
    from grounding.verify.looking import Films

ANSWER_TOKENS: Final = 24
"""As long as {"id": 2, "start": 12, "end": 15}."""
_WINDOW: Final = MOST_SECONDS - 2 * MARGIN
_PATIENCE: Final = 1e6


class EquallyLong:
    """`model`, with answers of a fixed length that can be read; counts what it is asked.

    asked: questions; pictures: that they showed, again in each question; shown: those of the questions which one it is,
    so each once for a clip; tokens: that were answered.
    """

    def __init__(self, model: ChatModel, tokens: int = ANSWER_TOKENS) -> None:
        self._model = model
        self._tokens = tokens
        self.name = model.name
        self.asked = self.pictures = self.shown = self.tokens = 0

    def ask(self, pictures: Sequence[Image], text: str, *, max_tokens: int, patience: Patience) -> Reply:
        """See `ChatModel.ask`."""
        which = max_tokens > YES_TOKENS
        most = min(max_tokens, self._tokens)
        reply = self._model.ask(pictures, text, max_tokens=most, patience=patience)
        self.asked += 1
        self.pictures += len(pictures)
        self.shown += len(pictures) if which else 0
        self.tokens += len(reply.tokens)
        first = re.search(r"red numbers? (\d+)", text)
        if not which or first is None:
            return reply
        return Reply(f'{{"id": {first[1]}, "start": 0, "end": {len(pictures) - 1}}}', reply.tokens)


@dataclass(frozen=True, slots=True)
class Looked:
    """What it took. seconds: on the clock; shown: different pictures; pictures: those of all questions; asked:
    questions; tokens: answered."""

    seconds: float
    shown: int
    pictures: int
    asked: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question both ways.

    minutes: of the match; candidates: that were looked at; search_s: until they were found, by rows held in memory;
    ours: measured whole; windows: of the match, and sampled: how many of them were looked at; theirs: for all windows,
    pictures counted and the rest worked out from those sampled by their pictures; spread: pictures that ours would show
    if the video were repeated to that length, so that the best candidates lie all over it and share fewer pictures.
    """

    question: str
    minutes: float
    candidates: int
    search_s: float
    ours: Looked
    windows: int
    sampled: int
    theirs: Looked
    spread: int

    @property
    def fewer_spread(self) -> float:
        """`fewer` for the repeated video."""
        return self.theirs.shown / max(1, self.spread)

    @property
    def fewer(self) -> float:
        """How many times fewer pictures ours shows the model."""
        return self.theirs.shown / max(1, self.ours.shown)

    @property
    def faster(self) -> float:
        return self.theirs.seconds / max(1e-9, self.ours.seconds)


def best_candidates(index: VideoIndex, text: str, most: int = BEST) -> tuple[Query, list[Candidate]]:
    """The query and the candidates the model would look at, best first.

    The sentence is not embedded: vectors of random weights say nothing.
    """
    from grounding.retrieve.parse import parse
    from grounding.retrieve.search import propose
    from grounding.verify import PredicateVerifier

    query = parse(text)
    judged = [(one, said) for one, said in propose([index], query, verifier=PredicateVerifier()) if said is not None]
    best = best_of([said for _, said in judged], most)
    return query, [judged[k][0] for k in best]


def repeated(index: VideoIndex, times: int) -> VideoIndex:
    """The index of the video played so many times in a row. Vectors stay with their tracks."""
    length = math.ceil(index.decoded.end)
    tracks = [
        replace(
            track,
            track_id=turn * len(index.tracks) + place,
            tube=replace(track.tube, times=track.tube.times + turn * length),
            observations=tuple(replace(one, second=one.second + turn * length) for one in track.observations),
        )
        for turn in range(times)
        for place, track in enumerate(index.tracks)
    ]
    return replace(index, tracks=tuple(tracks), decoded=Span(0.0, float(times * length)))


def pictures_for(index: VideoIndex, text: str, most: int = BEST) -> int:
    """How many pictures the best candidates would be looked at on; nobody looks."""
    _, candidates = best_candidates(index, text, most)
    return shown_on(candidates, index.decoded.end, text)


def shown_on(candidates: Sequence[Candidate], seconds: float, text: str = "") -> int:
    """How many pictures candidates of a video of so many seconds are looked at on."""
    return sum(sum(second < seconds for second in group.seconds) for group in grouped(candidates, text))


def look(model: ChatModel, films: Films, query: Query, candidates: Sequence[Candidate]) -> Looked:
    """All of the candidates, looked at by the product's verifier; films may be the time's larger part."""
    from grounding.verify.looking import LookingVerifier

    counting = EquallyLong(model)
    verifier = LookingVerifier(counting, films, seconds=_PATIENCE)
    started = time.perf_counter()
    for _ in verifier.look(query, candidates):
        pass
    seconds = time.perf_counter() - started
    return Looked(seconds, counting.shown, counting.pictures, counting.asked, counting.tokens)


def windows_of(video: str, size: tuple[int, int], seconds: float) -> list[Candidate]:
    """The match cut into windows, each as a candidate that fills the picture (`size`: its width and height)."""
    found: list[Candidate] = []
    for start in range(0, max(1, int(seconds)), _WINDOW):
        span = Span(float(start), min(float(start + _WINDOW), max(1.0, seconds)))
        times = np.arange(span.start, span.end, 0.2)
        boxes = np.tile(np.array([0, 0, *size], np.float32), (len(times), 1))
        found.append(Candidate(video, (len(found),), span, Tube(times, boxes, 0.2), (), 0.5))
    return found


def compare(
    model: ChatModel,
    films: Films,
    index: VideoIndex,
    text: str,
    *,
    most: int = BEST,
    sample: int | None = None,
    minutes: float | None = None,
) -> Comparison:
    """One question, asked of the best candidates and of the windows.

    Args:
        sample: windows that are looked at, evenly spread; None for all of them.
        minutes: length of the match that windows are counted for, in place of the video's own.
    """
    started = time.perf_counter()
    query, candidates = best_candidates(index, text, most)
    search_s = time.perf_counter() - started
    look(model, films, query, candidates[:1])  # the first question of all also loads what is loaded once
    ours = look(model, films, query, candidates)
    length = index.decoded.end
    name, size = index.info.name, (index.info.width, index.info.height)
    every = windows_of(name, size, length)
    count = len(every) if sample is None else min(sample, len(every))
    chosen = [every[k * len(every) // count] for k in range(count)]
    there = look(model, films, query, chosen)
    match = length if minutes is None else 60 * minutes
    windows = windows_of(name, size, match)
    return Comparison(
        question=text,
        minutes=match / 60,
        candidates=len(candidates),
        search_s=search_s,
        ours=ours,
        windows=len(windows),
        sampled=count,
        theirs=_times(there, shown_on(windows, match) / max(1, there.shown)),
        spread=pictures_for(repeated(index, math.ceil(match / length)), text, most),
    )


def _times(one: Looked, share: float) -> Looked:
    return Looked(
        one.seconds * share, round(one.shown * share), round(one.pictures * share), round(one.asked * share),
        round(one.tokens * share),
    )  # fmt: skip


def facts(one: Comparison) -> Mapping[str, float | int | str]:
    """As a row of a table."""
    return {
        "question": one.question, "minutes": round(one.minutes, 1), "candidates": one.candidates,
        "search_s": round(one.search_s, 3), "ours_s": round(one.ours.seconds, 2),
        "windows_s": round(one.theirs.seconds, 1), "times_faster": round(one.faster, 1),
        "ours_pictures": one.ours.shown, "windows_pictures": one.theirs.shown, "times_fewer": round(one.fewer, 1),
        "spread_pictures": one.spread, "spread_times_fewer": round(one.fewer_spread, 1),
        "ours_asked": one.ours.asked, "windows": one.windows, "windows_sampled": one.sampled,
        "ours_tokens": one.ours.tokens, "windows_tokens": one.theirs.tokens,
    }  # fmt: skip
