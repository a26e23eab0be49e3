"""Times in queries: "in the first minute", "after 1:30", "in the last 20 seconds", "after the second goal", "at 1-1".

The phrases are in each language's lexicon; the values of a time predicate are the same in all. Of the video:

    60-120, 90-          seconds, half-open; "90-" up to the end
    last 20              the last seconds
    start, end           where no figure is given

Of the match, as its clock and its score say:

    match minute 36 to 37, match minute 60 to       minutes of the match clock, half-open: the 37th minute is 36 to 37
    first half, second half, quarter 3              parts of the match
    first half 0-300, second half last 600          seconds from its beginning, or its last ones
    half-time, before half-time, after half-time    the break; shortly before it; shortly after it
    extra time, stoppage time, shoot-out
    after goal 2, before goal 1, at goal 3          the second goal of the match, whoever scored it
    after goal, before goal, after goal last        any goal; the last one
    at score 1-1, after score 1-0, before score 2-1 as long as it stands; from then on; up to then

`TIME_VALUE` matches exactly these. `time_span` gives the seconds of those of the video; what the others mean depends on
the match clock that was read from the picture: whoever knows it gives `time_spans` a `read` of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from grounding.types import Predicate, Span

AROUND = 5.0
"""Seconds on either side meant by "at 1:30"."""
VAGUE_SHARE = 0.2
"""Share of the video meant by "at the start" and "at the end"."""

TIME_VALUE: Final = re.compile(
    r"start|end|last \d+(?:\.\d+)?|\d+(?:\.\d+)?-(?:\d+(?:\.\d+)?)?"
    r"|match minute \d+ to(?: \d+)?"
    r"|(?:first|second) half(?: \d+-\d+| last \d+)?|quarter \d"
    r"|(?:before |after )?half-time|extra time|stoppage time|shoot-out"
    r"|(?:at|after|before) goal(?: \d+| last)?|(?:at|after|before) score \d+-\d+"
)
"""Every value a time predicate may have."""

_CLOCK = r"\d{1,3}:[0-5]\d(?::[0-5]\d)?"
_FIXED: Final = frozenset(
    ("start", "end", "extra time", "stoppage time", "shoot-out", "half-time", "before half-time", "after half-time")
)
_HALVES: Final = {1: "first half", 2: "second half"}


@dataclass(frozen=True, slots=True)
class TimeWords:
    """The time phrases of one language, compiled from the block "times" of its lexicon.

    units: seconds by pattern of the unit's word; patterns: (name, pattern) in the order in which they are tried; hint:
    what a text must have for any of them; either: what stands between two times of which one is enough.
    """

    numerals: Mapping[str, int]
    ordinals: Mapping[str, int]
    amounts: Mapping[str, float]
    units: tuple[tuple[re.Pattern[str], float], ...]
    quantity: re.Pattern[str]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    hint: re.Pattern[str]
    either: re.Pattern[str]


LAST: Final = -1
"""Stands for "last" among the ordinals."""


def take_times(text: str, words: TimeWords) -> tuple[str, list[tuple[int, Predicate]]]:
    """Time predicates of a text with where they stood, and the text with those words blanked (same length)."""
    if not words.hint.search(text):
        return text, []
    found: list[tuple[int, int, Predicate]] = []
    left = text
    for name, pattern in words.patterns:
        for match in list(pattern.finditer(left)):
            groups = {key: group for key, group in match.groupdict().items() if group}
            denied = groups.pop("denied", None) is not None
            value = _value(words, name, groups)
            if value is not None:
                found.append((match.start(), match.end(), Predicate("time", value, negated=denied)))
                left = left[: match.start()] + "," * (match.end() - match.start()) + left[match.end() :]
    return left, _chosen(text, sorted(found, key=lambda one: one[:2]), words)


def _chosen(text: str, found: list[tuple[int, int, Predicate]], words: TimeWords) -> list[tuple[int, Predicate]]:
    """The times in order; those with an "or" between them as one choice. `either` is 1 at most, and 0 without one."""
    chosen: list[tuple[int, Predicate]] = []
    for place, (start, end, predicate) in enumerate(found):
        before = place > 0 and words.either.fullmatch(text, found[place - 1][1], start)
        after = place + 1 < len(found) and words.either.fullmatch(text, end, found[place + 1][0])
        if (before or after) and not predicate.negated:
            chosen.append((start, replace(predicate, either=1, branch=place + 1)))
        else:
            chosen.append((start, predicate))
    return chosen


def _value(words: TimeWords, name: str, groups: dict[str, str]) -> str | None:
    """The normalised value of a matched time, or None when it says nothing sensible."""
    if name in _FIXED:
        return name
    kind, _, when = name.partition(" ")
    match kind:
        case "half":
            return _half(words, when, groups)
        case "quarter":
            nth = _nth(words, groups["k"])
            return f"quarter {nth}" if 1 <= nth <= 4 else None
        case "goal":
            return _goal(words, when, groups.get("k"))
        case "score":
            goals = [_amount(words, part) for part in re.split(r"\s*[-–:]\s*|\s+", groups["s"].strip())]
            return f"{when} score {goals[0]:.0f}-{goals[1]:.0f}" if len(goals) == 2 else None
        case "minute" | "minutes":
            return _minutes(words, when, groups)
    if name in ("first", "last"):
        seconds = _seconds(words, groups["n"])
        return None if not seconds else f"0-{_figure(seconds)}" if name == "first" else f"last {_figure(seconds)}"
    if name == "between":
        return _between(words, groups["a"], groups["b"])
    start = _seconds(words, groups["a"])
    if start is None:
        return None
    return {
        "after": f"{_figure(start)}-",
        "before": f"0-{_figure(start)}",
        "at": f"{_figure(max(0.0, start - AROUND))}-{_figure(start + AROUND)}",
    }[name]


def _half(words: TimeWords, which: str, groups: dict[str, str]) -> str | None:
    half = _HALVES.get(_nth(words, groups["half"]))
    if half is None or not which:
        return half
    seconds = _seconds(words, groups["n"])
    if not seconds:
        return None
    return f"{half} 0-{seconds:.0f}" if which == "first" else f"{half} last {seconds:.0f}"


def _goal(words: TimeWords, when: str, nth: str | None) -> str | None:
    if nth is None:
        return f"{when} goal"
    number = _nth(words, nth) or int(_amount(words, nth))
    return f"{when} goal last" if number == LAST else f"{when} goal {number}" if number else None


def _minutes(words: TimeWords, when: str, groups: dict[str, str]) -> str | None:
    """The 37th minute is that from 36 to 37; "after the 85th minute" begins when it is over."""
    said = [_nth(words, groups[key]) for key in ("k", "l") if key in groups]
    if min(said) < 1:
        return None
    if when == "after":
        return f"match minute {said[0]} to"
    if when == "before":
        return f"match minute 0 to {said[0] - 1}"
    return f"match minute {min(said) - 1} to {max(said)}"


def _nth(words: TimeWords, text: str) -> int:
    """The number meant by "37th", "37", "second", "thirty-seventh"; 0 where it is none, `LAST` for the last."""
    digits = re.match(r"\d+", text)
    if digits:
        return int(digits[0])
    parts = re.split(r"[\s-]+", text.lower())
    values = [words.ordinals.get(part, words.numerals.get(part, 0)) for part in parts]
    return values[0] if len(values) == 1 else sum(values)


def _between(words: TimeWords, first: str, second: str) -> str | None:
    """ "10", "20 seconds": the first takes the unit of the second where it has none."""
    end, start = _seconds(words, second), _seconds(words, first)
    if start is None:
        unit = re.search(r"([^\W\d_]+)\s*$", second)
        start = _seconds(words, f"{first} {unit[1]}") if unit else None
    if start is None or end is None:
        return None
    return f"{_figure(min(start, end))}-{_figure(max(start, end))}"


def _figure(seconds: float) -> str:
    return str(int(seconds)) if seconds == int(seconds) else f"{seconds:.3f}".rstrip("0")


def _seconds(words: TimeWords, text: str) -> float | None:
    """Seconds meant by "1:30", "90 seconds", "two minutes", "1m 20s", "minute"."""
    text = text.strip().lower()
    if re.fullmatch(_CLOCK, text):
        total = 0
        for part in text.split(":"):
            total = 60 * total + int(part)
        return float(total)
    seconds = 0.0
    for count, unit in words.quantity.findall(text):
        amount = _amount(words, count) if count else 1.0
        seconds += amount * next(value for pattern, value in words.units if pattern.fullmatch(unit))
    return seconds or None


def _amount(words: TimeWords, text: str) -> float:
    text = text.lower()
    if text.isdecimal():
        return float(text)
    parts = re.split(r"[\s-]+", text)
    if all(part in words.numerals for part in parts):
        return float(sum(words.numerals[part] for part in parts))
    return float(words.amounts.get(text, 1.0))


def time_span(predicate: Predicate, duration: float) -> Span:
    """The part of a video of `duration` seconds that a time predicate asks for.

    Args:
        predicate: of kind "time".
        duration: seconds of the video that can be searched.

    Returns:
        A span inside `[0, duration)`; empty when the video is over before the asked time. Minutes of the match are
        taken for those of the video; where the value says nothing that can be measured, the whole video.
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
    unit = 1.0
    if both is None:
        both, unit = re.fullmatch(r"match minute (\d+) to(?: (\d+))?", value), 60.0
    if both is None:
        return Span(0.0, duration)
    start = min(unit * float(both[1]), duration)
    return Span(start, max(start, min(unit * float(both[2]), duration) if both[2] else duration))


Reader = Callable[[Predicate, float], Sequence[Span]]
"""What a time predicate means in one video, given its duration: disjoint spans in order, () for never."""


def of_video(predicate: Predicate, duration: float) -> Sequence[Span]:
    """The `Reader` of a video of which no match clock is known."""
    return (time_span(predicate, duration),)


def time_spans(times: Sequence[Predicate], duration: float, read: Reader = of_video) -> tuple[Span, ...]:
    """The spans of a video that all times of a query leave: one after the other, none empty.

    Of a choice ("in the first half or extra time") one is enough; what is negated is left out.

    Args:
        times: predicates of kind "time"; others are not looked at.
        duration: seconds of the video that can be searched.
        read: what one of them means in this video.
    """
    left: list[Span] = [Span(0.0, max(0.0, duration))]
    choices: dict[int, list[Span]] = {}
    for predicate in times:
        if predicate.kind != "time":
            continue
        spans = list(read(predicate, duration))
        if predicate.negated:
            spans = _without(Span(0.0, max(0.0, duration)), spans)
        if predicate.either:
            choices.setdefault(predicate.either, []).extend(spans)
        else:
            left = _in_both(left, spans)
    for spans in choices.values():
        left = _in_both(left, _joined(spans))
    return tuple(left)


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def _in_both(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    starts = [(max(a.start, b.start), min(a.end, b.end)) for a in some for b in others]
    return sorted(Span(start, end) for start, end in starts if end > start)


def _without(whole: Span, spans: Sequence[Span]) -> list[Span]:
    left: list[Span] = []
    start = whole.start
    for span in _joined(spans):
        if span.start > start:
            left.append(Span(start, span.start))
        start = max(start, span.end)
    return [*left, Span(start, whole.end)] if whole.end > start else left
