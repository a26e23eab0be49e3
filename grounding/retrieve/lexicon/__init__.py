"""The words coaches use, one file a language beside this one, and how to find the longest phrase of them in a text.

All that differs between languages is in the file: words, inflections, numerals, times, what links and what denies. The
values and terms that phrases stand for are the same plain English in all. To add a language, write its file and name it
in `LANGUAGES`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import groupby
from typing import Any, Final

from grounding.retrieve.lexicon.phrases import expand, spellings
from grounding.retrieve.lexicon.timewords import time_words
from grounding.vocabulary import is_offered, term

LANGUAGES: Final = ("en", "de")
"""In the order in which they are tried: of two that read a text alike, the first."""

SILENT: Final = ("stop", "unit", "keep", "negation", "then", "after")
"""Roles of words that link and qualify, but name nothing that could be looked for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase means: its class, the plain English value, the terms that make it true.

    `role` is what the parser does with it: a predicate kind, or one of "colour", "colour_plural", "shade", "garment",
    "person", "cue", "landmark", "both", "negation", "then", "after", "keep", "unit", "stop", "side", "to_side".
    generic: it says little by itself ("moving"), or is too rare a word for others to be compared with ("cerulean").
    english: how the thing is called where it is spoken of beside another ("keeper"), in languages other than English.
    """

    role: str
    value: str = ""
    terms: tuple[str, ...] = ()
    plural: bool = False
    generic: bool = False
    split: bool = False
    english: str = ""


class Lexicon:
    """Phrases of one language. `find` gives the longest phrase that starts at a token.

    classes: words by what they do in a sentence ("and", "or", "from"); known: words that mean something that cannot be
    measured; guessable: by first letter, the words worth guessing at where one is misspelt; plural_endings: of colours
    that stand for several people ("drei Blaue"), in languages where a plural may look like a singular ("zwei Spieler").
    """

    def __init__(self, language: str, data: Mapping[str, Any]) -> None:
        letters: Mapping[str, Sequence[str]] = data["letters"]
        self.language = language
        self._phrases: dict[tuple[str, ...], Entry] = {}
        self._otherwise: dict[tuple[str, ...], Entry] = {}
        self._longest: dict[str, int] = {}
        for entry, patterns in _entries(data):
            for pattern in patterns:
                for phrase in expand(pattern):
                    for spelling in spellings(phrase, letters):
                        self._add(tuple(spelling.split()), entry)
        self.numerals: dict[str, int] = {
            spelling: value for word, value in data["numerals"].items() for spelling in spellings(word, letters)
        }
        self.times = time_words(data["times"], self.numerals, letters, data["negations"])
        self.number_sign = re.compile(rf"(?:{data['number_sign']})\s*(?=\d)", re.IGNORECASE)
        self.nouns_have_capitals: bool = data["nouns_have_capitals"]
        self.plural_endings: tuple[str, ...] = tuple(data["plural_endings"])
        self.possessive: str = data["possessive"]
        self.shades: dict[str, tuple[str, ...]] = {name: tuple(row["colours"]) for name, row in data["shades"].items()}
        self.classes = {name: _spelled(words, letters) for name, words in data["classes"].items()}
        self.words = frozenset(word for phrase in self._phrases for word in phrase) | frozenset(self.numerals)
        self.known = _spelled(data["known"], letters)
        # Only words that carry meaning are worth guessing at: a misspelt stop word does no harm.
        guessable = {
            word
            for phrase, entry in self._phrases.items()
            if entry.role not in SILENT
            for word in phrase
            if len(word) >= 5 and word.isalpha()
        }
        by_letter = groupby(sorted(guessable), key=lambda word: word[0])
        self.guessable = {letter: tuple(words) for letter, words in by_letter}

    def _add(self, phrase: tuple[str, ...], entry: Entry) -> None:
        if phrase and phrase not in self._phrases:
            self._phrases[phrase] = entry
            self._longest[phrase[0]] = max(self._longest.get(phrase[0], 0), len(phrase))
        elif phrase and self._phrases[phrase].role == "landmark":
            self._otherwise.setdefault(phrase, entry)

    def find(self, tokens: Sequence[str], at: int) -> tuple[int, Entry] | None:
        """(number of tokens, meaning) of the longest phrase starting at token `at`, or None."""
        for length in range(min(self._longest.get(tokens[at], 0), len(tokens) - at), 0, -1):
            entry = self._phrases.get(tuple(tokens[at : at + length]))
            if entry is not None:
                return length, entry
        return None

    def otherwise(self, phrase: str) -> Entry | None:
        """What a phrase that may say beside whom somebody is ("tackling") means where nobody else is named."""
        return self._otherwise.get(tuple(phrase.split()))

    def phrases(self) -> Iterator[tuple[str, Entry]]:
        """Every phrase that names something, with its meaning."""
        for phrase, entry in self._phrases.items():
            if entry.role not in SILENT:
                yield " ".join(phrase), entry

    def is_a(self, word: str, name: str) -> bool:
        """Whether a word is of a class."""
        return word in self.classes[name]


def _spelled(words: Iterable[str], letters: Mapping[str, Sequence[str]]) -> frozenset[str]:
    return frozenset(spelling for word in words for phrase in expand(word) for spelling in spellings(phrase, letters))


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[Entry, Iterable[str]]]:
    """Rows of the file as entries, the ones that must win first."""
    yield Entry("keep"), data["keep"]
    yield Entry("negation"), data["negations"]
    yield Entry("then"), data["then"]
    yield Entry("after"), data["after"]
    yield Entry("landmark", "then"), data["then_landmarks"]
    for value, patterns in _named(data["landmarks"]):
        yield Entry("landmark", english=value), patterns
    yield Entry("both"), data["both"]
    for row in data["phrases"]:
        # What cannot be measured well enough is asked for by words alone, as what cannot be measured at all.
        terms = tuple(name for name in row.get("terms", ()) if is_offered(name))
        terms = terms or tuple(term("place", value) for value in row.get("split", ()))
        yield (
            Entry(row["kind"], row["value"], terms, split="split" in row, generic=row.get("generic", False)),
            row["say"],
        )
    for value, patterns in data["colours"].items():
        yield Entry("colour", value), patterns
    for value, patterns in data["rare_colours"].items():
        yield Entry("colour", value, generic=True), patterns
    for value, patterns in data["colour_plurals"].items():
        yield Entry("colour_plural", value, plural=True), patterns
    for value, row in data["shades"].items():
        yield Entry("shade", value), row["say"]
    for value, patterns in data["garments"].items():
        name = value.removesuffix("s") if value == "shirts" else value
        yield Entry("garment", name, plural=value == "shirts"), patterns
    for value, rows in data["persons"].items():
        for english, patterns in _named(rows):
            yield Entry("person", value, plural=value in ("plural", "roles", "officials"), english=english), patterns
    for value, row in data["objects"].items():
        terms = tuple(row["terms"]) if isinstance(row, dict) else (term("object", value),)
        yield Entry("object", value, terms), row["say"] if isinstance(row, dict) else row
    yield Entry("cue"), data["number_cues"]
    for role in ("side", "to_side"):
        for side, patterns in data[f"{role}s"].items():
            yield Entry(role, side), patterns
    yield Entry("unit"), data["units"]
    yield Entry("stop"), data["stop"]


def _named(rows: Any) -> Iterable[tuple[str, list[str]]]:
    """A list of patterns, or lists of them by their English name."""
    return rows.items() if isinstance(rows, dict) else [("", rows)]


@lru_cache(maxsize=len(LANGUAGES))
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language, read once."""
    text = resources.files(__package__).joinpath(f"{language}.json").read_text(encoding="utf-8")
    return Lexicon(language, json.loads(text))


def english() -> Lexicon:
    return lexicon("en")
