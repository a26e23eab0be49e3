"""What the texts of a score board may mean: clocks, periods, goals. Ambiguous ones mean several things.

"21:17" is a time, or the score of a game of handball; which one shows only over time, so here it is both.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Final

from grounding.types import BoardReading, BoardText

_NEAR_DIGITS: Final = re.compile(r"(?<=[\d:+])[OoQlI|SB](?=[\d:.]|$|\s)|(?<![A-Za-z])[OolI|SB](?=[\d:])")
_LOOKS_LIKE: Final = {"O": "0", "o": "0", "Q": "0", "D": "0", "l": "1", "I": "1", "|": "1", "S": "5", "B": "8"}
_NO_GOALS: Final = re.compile(r"(?<![A-Za-z])([A-Z]{3})[Oo](?![A-Za-z\d])")
"""A team's three letters with a nought behind that was read as the letter."""
_ALONE: Final = re.compile(r"(?<![A-Za-z\d])[OoQDlI|SB](?![A-Za-z\d])")
"""No team has one letter; on a score board it is a digit."""

_PERIODS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![A-Za-z\d])[QPH]\s?([1-4])(?=[\s\d:]|$)",
        r"(?<![A-Za-z\d])([1-4])\s?(?:ST|ND|RD|TH)(?:\s*(?:HALF|QTR|QUARTER|PERIOD))?(?![A-Za-z])",
        r"(?<![A-Za-z\d])([1-4])(?:H|Q|P|\.\s?HZ)(?![A-Za-z])",
    )
)
_MINUTE: Final = r"['′´`’]"
_CLOCKS: Final = (
    ("added", re.compile(r"(?<![\d:.])(\d{1,3})[:.]([0-5]\d)\s*\+\s*(\d{1,2})[:.]([0-5]\d)(?!\d)")),
    ("added minute", re.compile(rf"(?<![\d:.])(\d{{2,3}})\s?\+\s?(\d{{1,2}}){_MINUTE}")),
    ("tenths", re.compile(r"(?<![\d:.])(\d{1,3}):([0-5]\d)\.(\d)(?!\d)")),
    ("clock", re.compile(r"(?<![\d:.+])(\d{1,3})\s?[:.]\s?([0-5]\d)(?![\d:])")),
    ("seconds", re.compile(r"(?<![\d:.+])([0-5]?\d)\.(\d)(?!\d)")),
    ("minute", re.compile(rf"(?<![\d:.+])(\d{{1,3}}){_MINUTE}")),
)
_OVER: Final = re.compile(r"(?<![\d#])\s*\+\s?(\d{1,2})[:.]([0-5]\d)(?!\d)")
_ADDED: Final = re.compile(r"\d[:.]\d{2}\s*\+\s*\d{1,2}[:.]\d{2}")
_WHOLE: Final = re.compile(r"(?<![\d:.+])(\d{2,3})[:.]00(?!\d)")
_HALVES: Final = {45: 1, 90: 2, 105: 3, 120: 4}
"""Which period ends at which minute, where a board adds time to it."""
_TOKEN: Final = re.compile(r"[A-Za-z]{2,}|\d{1,3}|[-–:]")


@dataclass(frozen=True, slots=True)
class TimeRead:
    """A text read as a clock that says at least `low` and less than `low + width` seconds; text: which of the reading's
    texts, and from where to where in it."""

    low: float
    width: float
    text: int
    place: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Said:
    """A reading taken apart: cleaned texts, all that may be its clock, the period it names (0 for none)."""

    t: float
    texts: tuple[str, ...]
    times: tuple[TimeRead, ...]
    period: int


def take_apart(reading: BoardReading) -> Said:
    """What a reading may mean."""
    period, texts, times = 0, [], []
    for index, text in enumerate(reading.texts):
        cleaned, named = _without_period(text.text.replace("_", " ").strip())
        cleaned = _NEAR_DIGITS.sub(lambda match: _LOOKS_LIKE[match[0]], cleaned)
        period = named or period
        texts.append(cleaned)
        times += _times(cleaned, index)
    over = next((match for text in texts if (match := _OVER.search(text))), None)
    if over or any(_ADDED.search(text) for text in texts):
        ended = {int(minutes) for text in texts for minutes in _WHOLE.findall(text)} & _HALVES.keys()
        period = period or (_HALVES[ended.pop()] if len(ended) == 1 else 0)
    if over:
        beyond = 60 * int(over[1]) + int(over[2])
        times = [TimeRead(t.low + beyond, t.width, t.text, t.place) if _ends_a_half(t.low) else t for t in times]
    return Said(reading.t, tuple(texts), tuple(times), period)


def _without_period(text: str) -> tuple[str, int]:
    """The text without the period it names, and that, 0 for none."""
    for pattern in _PERIODS:
        match = pattern.search(text)
        if match:
            return text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :], int(match[1])
    return text, 0


def _ends_a_half(seconds: float) -> bool:
    return seconds > 0 and seconds % 300 == 0


def _times(text: str, index: int) -> list[TimeRead]:
    found: list[TimeRead] = []
    for name, pattern in _CLOCKS:
        for match in list(pattern.finditer(text)):
            low, width = _value(name, [int(group) for group in match.groups()])
            found.append(TimeRead(low, width, index, match.span()))
            text = text[: match.start()] + "#" * (match.end() - match.start()) + text[match.end() :]
    return found


def _value(name: str, figures: list[int]) -> tuple[float, float]:
    """Seconds, and for how long the clock says the same."""
    if name == "added":
        return 60.0 * figures[0] + figures[1] + 60 * figures[2] + figures[3], 1.0
    if name == "added minute":
        return 60.0 * (figures[0] + max(1, figures[1]) - 1), 60.0
    if name == "tenths":
        return 60.0 * figures[0] + figures[1] + figures[2] / 10, 0.1
    if name == "clock":
        return 60.0 * figures[0] + figures[1], 1.0
    if name == "seconds":
        return figures[0] + figures[1] / 10, 0.1
    return 60.0 * max(0, figures[0] - 1), 60.0


def scores_of(reading: BoardReading, said: Said, clock: TimeRead | None) -> dict[tuple[int, int], float]:
    """The goals a reading may tell, each with how doubtful it is (0..1), when `clock` is what tells the time."""
    found: dict[tuple[int, int], float] = {}

    def add(pair: tuple[int, int], doubt: float) -> None:
        found[pair] = min(doubt, found.get(pair, 1.0))

    rows = [_tokens(row) for row in _rows(reading.texts, _without(said.texts, clock))]
    flat = [token for row in rows for token in row]
    for row in rows:
        for first, dash, second in zip(row, row[1:], row[2:], strict=False):
            if first.isdigit() and dash in "-–:" and second.isdigit():
                add((int(first), int(second)), 0.0)
        for first, second in itertools.pairwise(row):
            if first.isdigit() and second.isdigit():
                add((int(first), int(second)), 0.1)
    named = [int(b) for a, b in itertools.pairwise(flat) if a.isalpha() and b.isdigit()]
    if len(named) == 2:
        add((named[0], named[1]), 0.0)
    alone = [[int(token) for token in row if token.isdigit()] for row in rows]
    alone = [row for row in alone if row]
    if len(alone) == 2 and all(len(row) == 1 for row in alone):
        add((alone[0][0], alone[1][0]), 0.1)
    return found


def _without(texts: tuple[str, ...], clock: TimeRead | None) -> list[str]:
    """The texts without the clock, periods and added time."""
    kept = list(texts)
    if clock is not None:
        start, end = clock.place
        kept[clock.text] = f"{kept[clock.text][:start]} {kept[clock.text][end:]}"
    kept = [_OVER.sub(" ", text) for text in kept]
    kept = [_NO_GOALS.sub(r"\1 0", text) for text in kept]
    return [_ALONE.sub(lambda match: _LOOKS_LIKE[match[0]], text) for text in kept]


def _tokens(texts: list[str]) -> list[str]:
    return [token for text in texts for token in _TOKEN.findall(text)]


def _rows(boxes: tuple[BoardText, ...], texts: list[str]) -> list[list[str]]:
    """The texts row by row, each from left to right."""
    rows: list[tuple[float, float, list[tuple[float, str]]]] = []
    for box, text in sorted(zip(boxes, texts, strict=True), key=lambda one: one[0].box[1] + one[0].box[3]):
        middle, height = (box.box[1] + box.box[3]) / 2, box.box[3] - box.box[1]
        if rows and abs(rows[-1][0] - middle) < 0.4 * min(rows[-1][1], height):
            rows[-1][2].append((box.box[0], text))
        else:
            rows.append((middle, height, [(box.box[0], text)]))
    return [[text for _, text in sorted(row)] for *_, row in rows]
