"""Patterns of phrases with alternatives `(a|b)` and options `[a|b]`: one line is many ways of saying the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product


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


def spellings(phrase: str, letters: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The phrase, and how it is written without some letters of the language: "flügel", "fluegel", "flugel"."""
    yield phrase
    if any(letter in phrase for letter in letters):
        for way in range(max(map(len, letters.values()))):
            yield "".join(
                letters[char][min(way, len(letters[char]) - 1)] if char in letters else char for char in phrase
            )
