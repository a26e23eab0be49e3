"""Times in queries: "in the first minute", "after 1:30", "between 0:30 and 1:00", "in the last 20 seconds".

The value of a time predicate is "start-end" in seconds ("0-60"), "start-" when open, "last N", or "start" / "end" of
the video where no figure is given.
"""

from __future__ import annotations

import re

from grounding.retrieve.lexicon import english
from grounding.types import Predicate, Span

AROUND = 5.0
"""Seconds on either side meant by "at 1:30"."""
VAGUE_SHARE = 0.2
"""Share of the video meant by "at the start" and "at the end"."""

_WORDS = "|".join(sorted(english().numerals, key=len, reverse=True))
_COUNT = rf"(?:\d{{1,4}}|a few|a couple of|an?|(?:{_WORDS})(?:[\s-](?:{_WORDS}))?)"
_UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|min|m|hours?|h)"
_CLOCK = r"\d{1,3}:[0-5]\d(?::[0-5]\d)?"
_POINT = rf"(?:{_CLOCK}|{_COUNT}\s*{_UNIT}\b(?:\s*(?:and\s+)?\d{{1,2}}\s*(?:seconds?|secs?|s)\b)?)"
_THE = r"(?:the\s+)?"
_OF_FILM = r"\s+of\s+(?:the\s+)?(?:video|clip|match|game|film|footage|recording)"
_FILM = rf"(?:{_OF_FILM})?"
_ONWARDS = r"(?:\s+(?:on|onwards?|mark))?"
_DURING = rf"(?:(?:in|during|within|for|over)\s+)?{_THE}"
_ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NTH = "|".join(_ORDINALS)

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"(?<![\w:]){pattern}(?!\w|:\d)", re.IGNORECASE))
    for name, pattern in (
        ("between", rf"(?:between|from)\s+(?P<a>{_POINT}|{_COUNT})\s*(?:and|to|until|till|-|–)\s*(?P<b>{_POINT})"),
        ("between", rf"(?P<a>{_CLOCK})\s*(?:-|–|to)\s*(?P<b>{_CLOCK})"),
        ("first", rf"{_DURING}(?:first|opening)\s+(?P<n>(?:{_COUNT}\s*)?{_UNIT}){_FILM}"),
        ("last", rf"{_DURING}(?:last|final|closing)\s+(?P<n>(?:{_COUNT}\s*)?{_UNIT}){_FILM}"),
        ("minute", rf"(?:(?:in|during|at|around)\s+)?{_THE}(?P<k>\d{{1,3}})(?:st|nd|rd|th)\s+minute{_FILM}"),
        ("minute", rf"(?:(?:in|during|at|around)\s+)?{_THE}minute\s+(?P<k>\d{{1,3}})"),
        ("minute_word", rf"{_DURING}(?P<w>{_NTH})\s+minute"),
        ("after", rf"(?:after|since|from|starting at|past)\s+{_THE}(?:first\s+)?(?P<a>{_POINT}){_ONWARDS}"),
        ("before", rf"(?:before|until|till|up to)\s+{_THE}(?:first\s+)?(?P<a>{_POINT})(?:\s+mark)?"),
        ("at", rf"(?:(?:at|around|about|near|@)\s*)?{_THE}(?:about\s+)?(?P<a>{_CLOCK})(?:\s+mark)?"),
        ("at", rf"(?:at|around|about)\s+{_THE}(?:about\s+)?(?P<a>{_POINT})(?:\s+mark)?"),
        ("start", rf"(?:(?:at|near|in|from)\s+)?{_THE}(?:very\s+)?(?:start|beginning)(?={_OF_FILM}|\s*$){_FILM}"),
        ("end", rf"(?:(?:at|near|towards?)\s+)?{_THE}(?:very\s+)?end(?={_OF_FILM}|\s*$){_FILM}"),
    )
)  # fmt: skip


def take_times(text: str) -> tuple[str, list[tuple[int, Predicate]]]:
    """Time predicates of a text with where they stood, and the text with those words blanked (same length)."""
    found: list[tuple[int, Predicate]] = []
    for name, pattern in _PATTERNS:
        for match in list(pattern.finditer(text)):
            value = _value(name, {key: group for key, group in match.groupdict().items() if group})
            if value is not None:
                found.append((match.start(), Predicate("time", value)))
                text = text[: match.start()] + "," * (match.end() - match.start()) + text[match.end() :]
    return text, found


def _value(name: str, groups: dict[str, str]) -> str | None:
    """The normalised value of a matched time, or None when it says nothing sensible."""
    if name in ("start", "end"):
        return name
    if name == "minute":
        minute = int(groups["k"])
        return f"{60 * (minute - 1)}-{60 * minute}" if minute else None
    if name == "minute_word":
        minute = _ORDINALS.index(groups["w"].lower()) + 2
        return f"{60 * (minute - 1)}-{60 * minute}"
    if name in ("first", "last"):
        seconds = _seconds(groups["n"])
        return None if not seconds else f"0-{_figure(seconds)}" if name == "first" else f"last {_figure(seconds)}"
    if name == "between":
        return _between(groups["a"], groups["b"])
    start = _seconds(groups["a"])
    if start is None:
        return None
    return {
        "after": f"{_figure(start)}-",
        "before": f"0-{_figure(start)}",
        "at": f"{_figure(max(0.0, start - AROUND))}-{_figure(start + AROUND)}",
    }[name]


def _between(first: str, second: str) -> str | None:
    """ "10", "20 seconds": the first takes the unit of the second where it has none."""
    end, start = _seconds(second), _seconds(first)
    if start is None:
        unit = re.search(rf"({_UNIT})\s*$", second, re.IGNORECASE)
        start = _seconds(f"{first} {unit[1]}") if unit else None
    if start is None or end is None:
        return None
    return f"{_figure(min(start, end))}-{_figure(max(start, end))}"


def _figure(seconds: float) -> str:
    return str(int(seconds)) if seconds == int(seconds) else f"{seconds:.3f}".rstrip("0")


def _seconds(text: str) -> float | None:
    """Seconds meant by "1:30", "90 seconds", "two minutes", "1m 20s", "minute"."""
    text = text.strip().lower()
    if re.fullmatch(_CLOCK, text):
        total = 0
        for part in text.split(":"):
            total = 60 * total + int(part)
        return float(total)
    seconds = 0.0
    for count, unit in re.findall(rf"({_COUNT})?\s*({_UNIT})\b", text):
        amount = _amount(count) if count else 1.0
        seconds += amount * {"h": 3600.0, "m": 60.0}.get(unit[0], 1.0)
    return seconds or None


def _amount(text: str) -> float:
    if text.isdecimal():
        return float(text)
    numerals = english().numerals
    words = re.split(r"[\s-]+", text)
    if all(word in numerals for word in words):
        return float(sum(numerals[word] for word in words))
    return {"a few": 5.0, "a couple of": 2.0}.get(text, 1.0)


def time_span(predicate: Predicate, duration: float) -> Span:
    """The part of a video of `duration` seconds that a time predicate asks for.

    Args:
        predicate: of kind "time".
        duration: seconds of the video that can be searched.

    Returns:
        A span inside `[0, duration)`; empty when the video is over before the asked time, the whole video when the
        value says nothing that can be measured.
    """
    duration = max(0.0, duration)
    value = predicate.value
    if value in ("start", "end"):
        part = min(duration, max(10.0, VAGUE_SHARE * duration))
        return Span(0.0, part) if value == "start" else Span(duration - part, duration)
    last = re.fullmatch(r"last (\d+(?:\.\d+)?)", value)
    if last:
        return Span(max(0.0, duration - float(last[1])), duration)
    both = re.fullmatch(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)?", value)
    if both is None:
        return Span(0.0, duration)
    start = min(float(both[1]), duration)
    return Span(start, max(start, min(float(both[2] or duration), duration)))
