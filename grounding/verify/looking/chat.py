"""A model that is shown pictures and asked in words: what a server and a local model have in common."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from grounding.errors import GroundingError
from grounding.types import Image

YES: Final = frozenset({"yes", "y", "true", "ja", "oui", "sí", "si"})
NO: Final = frozenset({"no", "n", "false", "nein", "non"})


class NotWantedError(GroundingError):
    """Whoever asked has left or asks for something else; nothing is left to be said."""


class Patience:
    """How long an answer is waited for, and whether anybody still wants it.

    seconds: from now on. wanted: asked a few times a second while something is waited for.
    """

    def __init__(self, seconds: float, wanted: Callable[[], bool] = lambda: True) -> None:
        self._end = time.monotonic() + seconds
        self.wanted = wanted

    def left(self) -> float:
        """Seconds, never below 0."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raises NotWantedError where nobody waits any more."""
        if not self.wanted():
            raise NotWantedError("nobody waits for this any more.")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said.

    tokens: for each token of the text the log-probabilities of the likeliest tokens in its place; empty where the
    model does not tell.
    """

    text: str
    tokens: tuple[Mapping[str, float], ...] = ()


class ChatModel(Protocol):
    """Sees pictures, reads words, answers in words. Knows nothing of candidates, files or rows."""

    name: str
    """As it is stored with verdicts: the model's own name, without any path or address."""

    def ask(self, pictures: Sequence[Image], text: str, *, max_tokens: int, patience: Patience) -> Reply:
        """The answer to `text`, which is about `pictures` in their order; at most `max_tokens` long, never sampled.

        Raises:
            ModelError: there is no answer, with why as a part of a sentence ("the model server does not answer").
            NotWantedError: `patience` said that nobody waits any more.
        """
        ...


def yes_probability(reply: Reply) -> float | None:
    """How likely the model holds "yes", of yes and no, at the first token that is either; None where it is not told.

    Log-probabilities of several spellings (" Yes", "yes") are summed, as in DSTH's scores of attributes
    (arXiv 2509.15178). A model that begins with other words has its answer further on.
    """
    for place in reply.tokens:
        yes = _sum(place, YES)
        no = _sum(place, NO)
        if yes + no > 0.05:
            return yes / (yes + no)
    return None


def _sum(place: Mapping[str, float], words: frozenset[str]) -> float:
    said = [logprob for token, logprob in place.items() if bare(token) in words and math.isfinite(logprob)]
    return sum(math.exp(min(0.0, logprob)) for logprob in said)


def bare(token: str) -> str:
    """A token without the marks tokenisers put for a space, and without punctuation."""
    return token.strip(" \t\n▁Ġ\"'`.,!*").lower()
