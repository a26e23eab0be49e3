"""The block "times" of a lexicon made ready to be looked for in a text.

A pattern is a regular expression in which `{name}` stands for one of the block's own parts or for one of those made
here: `{count}` (ten, 10, a few), `{unit}`, `{point}` (1:30, 90 seconds), `{clock}` (1:30), `{nth}` (37th, second),
`{numeral}`, `{score}` (1-1, nil nil, 3:2) and `{any_score}` (11:10 too, which may be a clock).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from grounding.retrieve.lexicon.phrases import expand, spellings
from grounding.retrieve.times import LAST, TimeWords

_SECONDS = {"hour": 3600.0, "minute": 60.0, "second": 1.0}
_PART = re.compile(r"\{([a-z_]+)\}")


def time_words(
    data: Mapping[str, Any],
    numerals: Mapping[str, int],
    letters: Mapping[str, Sequence[str]],
    negations: Sequence[str],
) -> TimeWords:
    """The time phrases of a lexicon's block "times", to be found with other spellings of its letters too.

    negations: patterns of words that deny a time they stand before.
    """
    ordinals = {
        spelling: LAST if number == "last" else int(number)
        for number, words in data["ordinals"].items()
        for word in words
        for phrase in expand(word)
        for spelling in spellings(phrase, letters)
    }
    counts = dict(numerals) | dict.fromkeys(data["nothing"], 0)
    parts = _parts(data, counts, ordinals) | data["parts"]
    denied = "|".join(sorted((re.escape(phrase) for word in negations for phrase in expand(word)), key=len)[::-1])

    def spell(pattern: str) -> str:
        for letter, ways in letters.items():
            pattern = pattern.replace(letter, f"(?:{'|'.join((letter, *ways))})")
        return pattern

    def compiled(pattern: str) -> re.Pattern[str]:
        while (whole := _PART.sub(lambda match: parts[match[1]], pattern)) != pattern:
            pattern = whole
        return re.compile(
            rf"(?<![\w:])(?P<denied>(?:{spell(denied)})\s+)?(?:{spell(pattern)})(?!\w|:\d)", re.IGNORECASE
        )

    units = tuple((re.compile(pattern), _SECONDS[name]) for name, pattern in data["units"].items())
    return TimeWords(
        numerals=counts,
        ordinals=ordinals,
        amounts=data["amounts"],
        units=units,
        quantity=re.compile(rf"({parts['count']})?\s*({parts['unit']})\b"),
        patterns=tuple((name, compiled(pattern)) for name, pattern in data["patterns"]),
        hint=re.compile(spell(data["hint"]), re.IGNORECASE),
        either=re.compile(data["either"], re.IGNORECASE),
    )


def _parts(data: Mapping[str, Any], counts: Mapping[str, int], ordinals: Mapping[str, int]) -> dict[str, str]:
    words, ranks = _any_of(counts), _any_of(ordinals)
    numeral = rf"(?:\d{{1,4}}|(?:{words})(?:[\s-](?:{words}))?)"
    count = rf"(?:\d{{1,4}}|{_any_of(data['amounts'])}|(?:{words})(?:[\s-](?:{words}))?)"
    unit = "(?:" + "|".join(data["units"].values()) + ")"
    clock = r"\d{1,3}:[0-5]\d(?::[0-5]\d)?"
    second = f"(?:{data['units']['second']})"
    small = _any_of({word: value for word, value in counts.items() if value <= 10})
    return {
        "count": count,
        "numeral": numeral,
        "unit": unit,
        "clock": clock,
        "nth": rf"(?:\d{{1,3}}(?:{data['ordinal_mark']})|(?:(?:{words})[\s-])?(?:{ranks}))",
        "point": rf"(?:{clock}|{count}\s*{unit}\b(?:\s*(?:{{and}}\s+)?\d{{1,2}}\s*{second}\b)?)",
        "score": rf"(?:\d{{1,3}}\s*[-–]\s*\d{{1,3}}|\d{{1,3}}:\d(?!\d)|(?:{small})[\s-](?:{small}))",
        "any_score": r"\d{1,3}\s*[-–:]\s*\d{1,3}",
    }


def _any_of(words: Mapping[str, Any]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))
