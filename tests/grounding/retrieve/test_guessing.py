from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from grounding.bench.parse import slot
from grounding.retrieve import parse
from grounding.retrieve.guessing import Guesser, unknown_words
from grounding.retrieve.lexicon import english
from grounding.types import Floats

WORDS = Path(__file__).parent / "phrasings" / "guesses.tsv"


class Near:
    """Every text points its own way, but "lonesome" nearly that of "alone", in every sentence."""

    dimension = 64
    cosines = (0.0, 1.0)

    def embed(self, texts: Sequence[str]) -> Floats:
        rows = []
        for text in texts:
            near = "lonesome" in text
            seed = zlib.crc32(text.replace("lonesome", "alone").encode())
            row = np.random.default_rng(seed).normal(size=self.dimension)
            rows.append(row + (0.2 * np.ones(self.dimension) if near else 0))
        matrix = np.array(rows, np.float32)
        return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), np.float32)


def test_a_near_word_is_guessed_and_others_are_not() -> None:
    assert Guesser(Near()).guesses(["lonesome", "zyzzyva", "ab", "Lonesome", "10"]) == {"lonesome": "alone"}


def test_a_guess_is_read_and_marked() -> None:
    found = parse("lonesome player in red", guesses={"lonesome": "alone"})
    assert [(slot(one), one.guessed) for one in found.predicates] == [
        ("relation=alone", True),
        ("object=person", False),
        ("shirt_colour=red", False),
    ]
    assert found.rest == ""
    assert parse("Lonesome jumping", guesses={"lonesome": "alone"}).predicates[0].kind == "name"
    assert parse("lonesome", guesses={"lonesome": "no such phrase"}).rest == "lonesome"


def test_which_words_are_asked_for() -> None:
    assert unknown_words(parse("lonesome keeper in red blows bubbles")) == ("lonesome", "blows", "bubbles")
    assert unknown_words(parse("Kowalski at the corner of the crowd, abc")) == ()
    assert unknown_words(parse("der Torwart pfeift laut")) == ()


@pytest.mark.slow
def test_the_language_model_guesses_seldom_and_mostly_right() -> None:
    """Of the words no lexicon has: at least eight of ten that it guesses at are right."""
    from grounding.embed import MiniLmEmbedder

    rows = [line.split("\t") for line in WORDS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert not [word for word, _ in rows if english().find([word], 0)]
    guesses = Guesser(MiniLmEmbedder()).guesses([word for word, _ in rows])
    meant = dict(rows)
    right = [word for word, phrase in guesses.items() if meaning(phrase) == meant[word]]
    assert len(guesses) >= 12
    assert len(right) / len(guesses) >= 0.8, {word: phrase for word, phrase in guesses.items() if word not in right}


def meaning(phrase: str) -> str:
    found = english().find([phrase], 0)
    assert found is not None
    return "person" if found[1].role == "person" else f"{found[1].role}={found[1].value}"
