"""The words coaches use, read from `en.json` beside this file, and how to find the longest of them in a text.

Phrases are written with alternatives `(a|b)` and options `[a|b]`, so that one line of the file stands for many ways of
saying the same thing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import groupby, product
from typing import Any

from grounding.vocabulary import term

MEASURED = ("shirt_colour", "shorts_colour")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase means: its class, the plain English value, the terms that make it true.

    `role` is what the parser does with it: a predicate kind, or one of "colour", "colour_plural", "shade", "garment",
    "person", "cue", "landmark", "both", "negation", "keep", "unit", "stop", "side", "to_side".
    """

    role: str
    value: str = ""
    terms: tuple[str, ...] = ()
    plural: bool = False
    generic: bool = False
    split: bool = False


def expand(pattern: str) -> set[str]:
    """All phrases that a pattern stands for: `"[the] (left|right) wing"` has four."""
    options, rest = _sequence(pattern, 0)
    if rest != len(pattern):
        raise ValueError(f"unbalanced pattern {pattern!r} at {rest}")
    return {" ".join(option.split()) for option in options}


def _sequence(pattern: str, at: int) -> tuple[list[str], int]:
    """Alternatives from `at` up to a closing bracket or the end, and where that is."""
    alternatives: list[str] = []
    parts: list[list[str]] = [[""]]
    while at < len(pattern) and pattern[at] not in ")]":
        char = pattern[at]
        if char in "([":
            inner, end = _sequence(pattern, at + 1)
            parts.append([*inner, ""] if char == "[" else inner)
            at = end + 1
        elif char == "|":
            alternatives += map("".join, product(*parts))
            parts = [[""]]
            at += 1
        else:
            stop = at
            while stop < len(pattern) and pattern[stop] not in "()[]|":
                stop += 1
            parts.append([pattern[at:stop]])
            at = stop
    return alternatives + list(map("".join, product(*parts))), at


class Lexicon:
    """Phrases of one language. `find` gives the longest phrase that starts at a token."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._phrases: dict[tuple[str, ...], Entry] = {}
        self._longest: dict[str, int] = {}
        self.numerals = _numerals()
        self.shades: dict[str, tuple[str, ...]] = {}
        for entry, patterns in _entries(data):
            for pattern in patterns:
                for phrase in expand(pattern):
                    self._add(tuple(phrase.split()), entry)
        self.shades = {name: tuple(row["colours"]) for name, row in data["shades"].items()}
        self.words = frozenset(word for phrase in self._phrases for word in phrase) | frozenset(self.numerals)
        self.known = frozenset(data["known"])
        # Only words that carry meaning are worth guessing at: a misspelt stop word does no harm.
        guessable = {
            word
            for phrase, entry in self._phrases.items()
            if entry.role not in ("stop", "unit", "keep", "negation")
            for word in phrase
            if len(word) >= 5 and word.isalpha()
        }
        by_letter = groupby(sorted(guessable), key=lambda word: word[0])
        self.guessable = {letter: tuple(words) for letter, words in by_letter}

    def _add(self, phrase: tuple[str, ...], entry: Entry) -> None:
        if phrase and phrase not in self._phrases:
            self._phrases[phrase] = entry
            self._longest[phrase[0]] = max(self._longest.get(phrase[0], 0), len(phrase))

    def find(self, tokens: Sequence[str], at: int) -> tuple[int, Entry] | None:
        """(number of tokens, meaning) of the longest phrase starting at token `at`, or None."""
        for length in range(min(self._longest.get(tokens[at], 0), len(tokens) - at), 0, -1):
            entry = self._phrases.get(tuple(tokens[at : at + length]))
            if entry is not None:
                return length, entry
        return None


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[Entry, Iterable[str]]]:
    """Rows of the file as entries, the ones that must win first."""
    for role in ("keep", "negation", "landmark", "both"):
        key = {"keep": "keep", "negation": "negations", "landmark": "landmarks", "both": "both"}[role]
        yield Entry(role), data[key]
    for row in data["phrases"]:
        terms = tuple(row.get("terms", ())) or tuple(term("place", value) for value in row.get("split", ()))
        yield (
            Entry(row["kind"], row["value"], terms, split="split" in row, generic=row.get("generic", False)),
            row["say"],
        )
    for value, patterns in data["colours"].items():
        yield Entry("colour", value), patterns
    for value, patterns in data["colour_plurals"].items():
        yield Entry("colour_plural", value, plural=True), patterns
    for value, row in data["shades"].items():
        yield Entry("shade", value), row["say"]
    for value, patterns in data["garments"].items():
        yield (
            Entry("garment", value.removesuffix("s") if value == "shirts" else value, plural=value == "shirts"),
            patterns,
        )
    for value, patterns in data["persons"].items():
        yield Entry("person", value, plural=value in ("plural", "roles")), patterns
    for value, row in data["objects"].items():
        terms = tuple(row["terms"]) if isinstance(row, dict) else (term("object", value),)
        yield Entry("object", value, terms), row["say"] if isinstance(row, dict) else row
    yield Entry("cue"), data["number_cues"]
    for side in ("left", "right"):
        yield Entry("side", side), [side]
        yield Entry("to_side", side), [f"(to|over to|towards|out to|off to) [the|his|her|their] {side}"]
    yield Entry("side", "away"), ["away"]
    yield Entry("unit"), data["units"]
    yield Entry("stop"), data["stop"]


def _numerals() -> dict[str, int]:
    units = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    words = {word: n for n, word in enumerate([*units.split(), "seventeen", "eighteen", "nineteen"])}
    tens = "twenty thirty forty fifty sixty seventy eighty ninety"
    return words | {word: 10 * n for n, word in enumerate(tens.split(), start=2)}


@lru_cache(maxsize=1)
def english() -> Lexicon:
    """The English lexicon, read once."""
    return Lexicon(json.loads(resources.files(__package__).joinpath("en.json").read_text(encoding="utf-8")))
