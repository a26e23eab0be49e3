"""Words that no lexicon has, taken for the nearest word that one has: "lonesome" for "alone", "crouch" for "bending".

The language model compares a word with the vocabulary alone and inside a sentence ("the player is ..."), and with words
that mean nothing to be seen ("league", "tactics"). A word is guessed at only where both comparisons agree that one
meaning is nearer than all of those. So few are, and they are shown as guesses; the others are left to the embedding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.retrieve.lexicon import Entry, english
from grounding.retrieve.parse import language_of
from grounding.types import Floats, Query

if TYPE_CHECKING:
    from grounding.embed import TextEmbedder

LEAST_LENGTH: Final = 4
LIKE: Final = 0.55
"""Cosine to the vocabulary's word from which a word may stand for it."""
LEAD: Final = 0.05
"""By how much it must be nearer to that word than to any word that means nothing to be seen. See docs/benchmarks.md."""

_SENTENCES: Final[Mapping[str, str]] = {
    "colour": "a {} shirt",
    "motion": "the player is {}",
    "action": "the player is {}",
    "relation": "the player is {}",
    "person": "the {} on the pitch",
}
"""In what sentence the words of each role are compared."""


def unknown_words(query: Query) -> tuple[str, ...]:
    """The words of a query that were left over and may be guessed at: of the vocabulary's language, and no names."""
    left = dict.fromkeys(query.rest.split())
    asked = tuple(word for word in left if len(word) >= LEAST_LENGTH and word.isalpha() and word.islower())
    words = english()
    asked = tuple(word for word in asked if word not in words.known and words.find([word], 0) is None)
    return asked if asked and language_of(query.text) == words.language else ()


class Guesser:
    """Guesses at words with a text model. The vocabulary is embedded at the first guess: some 1500 short texts."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder

    @cached_property
    def _vocabulary(self) -> list[tuple[str, Entry]]:
        return [
            (phrase, entry)
            for phrase, entry in english().phrases()
            if phrase.isalpha() and entry.value and entry.role in _SENTENCES and not entry.generic
        ]

    @cached_property
    def _others(self) -> list[str]:
        words = english()
        return sorted(
            word
            for word in words.known
            if (found := words.find([word], 0)) is None or found[1].role not in {*_SENTENCES, "direction", "place"}
        )

    @cached_property
    def _known(self) -> tuple[Floats, Floats]:
        """(words,) and (words,) in their sentences: unit vectors of the vocabulary."""
        alone = self._embedder.embed([phrase for phrase, _ in self._vocabulary])
        said = self._embedder.embed([_SENTENCES[entry.role].format(phrase) for phrase, entry in self._vocabulary])
        return alone, said

    @cached_property
    def _rivals(self) -> tuple[Floats, dict[str, Floats]]:
        """The other words alone, and in each sentence."""
        sentences = dict.fromkeys(_SENTENCES.values())
        said = {one: self._embedder.embed([one.format(word) for word in self._others]) for one in sentences}
        return self._embedder.embed(self._others), said

    def guesses(self, words: Iterable[str]) -> dict[str, str]:
        """The word of the vocabulary that each word may stand for; words that stand for none are left out.

        Args:
            words: in lower case, as they were left over by `parse`. Short ones are never guessed at.
        """
        asked = sorted({word for word in words if len(word) >= LEAST_LENGTH and word.isalpha() and word.islower()})
        found: dict[str, str] = {}
        for word in asked:
            guess = self._guess(word)
            if guess is not None:
                found[word] = guess
        return found

    def _guess(self, word: str) -> str | None:
        alone, said = self._known
        others, others_said = self._rivals
        vector = self._embedder.embed([word])[0]
        like = alone @ vector
        lead = like - float((others @ vector).max())
        for sentence, rivals in others_said.items():
            own = self._embedder.embed([sentence.format(word)])[0]
            rows = np.array([_SENTENCES[entry.role] == sentence for _, entry in self._vocabulary])
            lead[rows] = np.minimum(lead[rows], said[rows] @ own - float((rivals @ own).max()))
        best = int(np.argmax(lead))
        return self._vocabulary[best][0] if lead[best] >= LEAD and like[best] >= LIKE else None
