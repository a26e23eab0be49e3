"""Reading a model's answer. Whatever it wrote, this gives choices, or "none", or says why it cannot be read."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from grounding.types import Span

_LONGEST: Final = 4000
_MOST_TRIES: Final = 40
_ID_KEYS: Final = ("id", "target id", "target_id", "target", "number", "ids")
_START_KEYS: Final = ("start", "from", "begin", "start_time")
_END_KEYS: Final = ("end", "to", "until", "end_time")
_RANGE_KEYS: Final = ("time range", "time_range", "range", "time", "span", "seconds")
_NONE: Final = frozenset({"none", "null", "nobody", "no one", "keine", "keiner", "0", "-1", "n/a"})
_TIME: Final = r"\d{1,2}:\d{2}:\d{2}(?:\.\d+)?|\d{1,3}:\d{2}(?:\.\d+)?|\d+(?:[.,]\d+)?"
_RANGE: Final = re.compile(rf"({_TIME})\s*(?:s|sec|seconds?)?\s*(?:-|–|—|to|bis|until|and|,)\s*({_TIME})", re.I)
_SPOKEN_ID: Final = re.compile(r"\b(?:target\s*)?(?:id|number|person|player)\b\W{0,6}(\d{1,4})\b(?![.,]\d)", re.I)
_SPOKEN_NONE: Final = re.compile(r"\bnone\b|\bno(?:body| one| match)\b|\bnot? (?:any|one) of\b", re.I)

UNREADABLE: Final = "the model's answer could not be read"


@dataclass(frozen=True, slots=True)
class Choice:
    """One red number the model named. span: in seconds of the clip, or None where it named no time."""

    number: int
    span: Span | None


@dataclass(frozen=True, slots=True)
class Answer:
    """choices: empty where the model says that none fits. problem: why it does not count, as a part of a sentence."""

    choices: tuple[Choice, ...] = ()
    problem: str = ""


def read_answer(text: str, ids: Collection[int], length: int) -> Answer:
    """What a model's answer means; never raises.

    JSON is looked for anywhere in it, the last object that names a number counts (models repeat the form first); else
    "ID 2, 12-15" in words. A whole last second counts in full, since a picture stands for its second: 12 to 15 is
    [12, 16). Times may be mm:ss or words' digits of any script; a range told backwards is turned round; what lies
    outside the clip is cut off.

    Args:
        text: as the model wrote it.
        ids: the numbers that were drawn.
        length: seconds of the clip; times are counted from its first.
    """
    plain = _plain(text)
    if not plain:
        return Answer(problem="the model's answer was empty")
    found = _last_object(plain)
    items = _spoken(plain) if found is None else found
    if items is None:
        return Answer(problem=UNREADABLE)
    choices: dict[int, Choice] = {}
    for number, first, last in items:
        if number not in ids:
            return Answer(problem=f"the model named the number {number}, which is not in the pictures")
        span = None
        if first is not None:
            span = _span(first, last, length)
            if span is None:
                return Answer(problem="the model named seconds that are not in the pictures")
        choices.setdefault(number, Choice(number, span))
    return Answer(tuple(choices.values()))


Item = tuple[int, float | None, tuple[float, bool] | None]
"""Number, first second, and the last one with whether it counts in full."""


def _plain(text: str) -> str:
    """Without thoughts and code fences, in ASCII digits."""
    kept = text[-_LONGEST:].rpartition("</think>")[2]
    kept = re.sub(r"```\w*", " ", kept)
    return "".join(_ascii(character) for character in unicodedata.normalize("NFKC", kept)).strip()


def _ascii(character: str) -> str:
    if character.isascii():
        return character
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    return {"“": '"', "”": '"', "„": '"', "’": "'", "‘": "'"}.get(character, character)


def _last_object(text: str) -> list[Item] | None:
    """The items of the last JSON in the text that names a number or none; None where there is no such JSON."""
    best: list[Item] | None = None
    for value in _values(text):
        items = _items(value)
        if items is not None:
            best = items
    return best


def _values(text: str) -> Iterator[Any]:
    """Every JSON object or list in the text that is not inside another, mended where it is nearly one."""
    decoder = json.JSONDecoder()
    place = 0
    for opening in list(re.finditer(r"[\[{]", text))[-_MOST_TRIES:]:
        if opening.start() < place:
            continue
        part = text[opening.start() :]
        closing = re.search(r"[\]}](?!\s*,?\s*[{\[\]}])", part)
        nearly = part[: closing.end()] if closing else part
        for candidate in (part, _mended(nearly)):
            try:
                value, end = decoder.raw_decode(candidate)
            except (ValueError, RecursionError):
                continue
            yield value
            place = opening.start() + (end if candidate is part else len(nearly))
            break


def _mended(text: str) -> str:
    """With what models get wrong put right: quotes, bare keys, times and ranges without quotes, commas."""
    part = text.replace("'", '"')
    part = re.sub(r"([{,]\s*)([A-Za-z_][\w ]*?)\s*:", r'\1"\2":', part)
    part = re.sub(r":\s*([^\s\"\[{][^,}\]\"]*?)\s*(?=[,}\]])", _quoted, part)
    return re.sub(r",\s*([}\]])", r"\1", part)


def _quoted(found: re.Match[str]) -> str:
    value = found[1]
    return found[0] if re.fullmatch(r"-?\d+(\.\d+)?|true|false|null", value) else f': "{value}"'


def _items(value: Any) -> list[Item] | None:
    """Numbers and times of one JSON value; empty for "none", None where it is no answer at all."""
    if isinstance(value, Mapping):
        return _of_object(value)
    if not isinstance(value, list) or not value:
        return None
    parts = [_of_object(one) if isinstance(one, Mapping) else None for one in value]
    if any(part is None for part in parts):
        return None
    return [item for part in parts if part for item in part]


def _of_object(given: Mapping[Any, Any]) -> list[Item] | None:
    named = {str(key).strip().lower(): value for key, value in given.items()}
    key = next((key for key in _ID_KEYS if key in named), None)
    if key is None:
        return None
    value = named[key]
    if value is None or value is False or str(value).strip(" .\"'").lower() in _NONE or value == []:
        return []
    numbers = [_number(one) for one in (value if isinstance(value, list) else [value])]
    first, last = _times(named)
    return None if None in numbers else [(number, first, last) for number in numbers if number is not None]


def _number(value: Any) -> int | None:
    """Of 2, 2.0, "2", "#2" and "ID 2"."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, int):
        return value
    found = re.fullmatch(r"\D{0,12}?(\d{1,4})(?:\.0+)?\D{0,3}", str(value).strip())
    return int(found[1]) if found else None


def _times(named: Mapping[str, Any]) -> tuple[float | None, tuple[float, bool] | None]:
    start = next((named[key] for key in _START_KEYS if key in named), None)
    end = next((named[key] for key in _END_KEYS if key in named), None)
    if start is None and end is None:
        whole = next((named[key] for key in _RANGE_KEYS if key in named), None)
        if isinstance(whole, list) and len(whole) == 2:
            start, end = whole
        elif isinstance(whole, list | str | int | float):
            start = whole[0] if isinstance(whole, list) and whole else whole
    if isinstance(start, str) and (found := _RANGE.search(start)) and end in (None, start):
        start, end = found[1], found[2]
    first, last = _seconds(start), _seconds(end)
    if first is None:
        return (None, None) if last is None else (last[0], last)
    return first[0], last


def _seconds(value: Any) -> tuple[float, bool] | None:
    """Seconds, and whether they are whole: of 12, 12.5, "12 s", "0:12" and "1:02:03"."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return (float(value), float(value).is_integer()) if math.isfinite(value) and abs(value) < 1e9 else None
    found = re.search(rf"(-?)({_TIME})", str(value))
    if not found:
        return None
    total = 0.0
    for part in found[2].replace(",", ".").split(":"):
        total = 60 * total + float(part)
    return (-total if found[1] else total), total.is_integer()


def _spoken(text: str) -> list[Item] | None:
    """ "Target ID: 2, time range: 12 to 15" and the like; the last that is said counts."""
    said = list(_SPOKEN_ID.finditer(text))
    if not said:
        return [] if _SPOKEN_NONE.search(text) else None
    number = int(said[-1][1])
    found = _RANGE.search(text, said[-1].end())
    if found is None:
        return [(number, None, None)]
    first, last = _seconds(found[1]), _seconds(found[2])
    return [(number, first[0] if first else None, last)]


def _span(first: float, last: tuple[float, bool] | None, length: int) -> Span | None:
    """Cut to the clip; None where nothing of it is left."""
    if last is None:
        start, end = first, first + 1.0
    else:
        start, end = sorted((first, last[0]))
        whole = last[1] if last[0] >= first else float(first).is_integer()
        end += 1.0 if whole else 0.0
    start, end = max(0.0, start), min(float(length), end)
    return Span(start, end) if end > start else None
