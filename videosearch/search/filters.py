"""What the answers must be, as `key:value`: typed among the words, shown as chips, kept with the query.

take('number 10 video:"Cup final" from:10:00')   →  ("number 10", ["video:Cup final", "from:10:00"])
read(["from:10:00"], libraries)                  →  Filters(since=600.0)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple
from uuid import UUID

from grounding.errors import BadQueryError
from grounding.types import Predicate
from videosearch.library.models import Library, Video
from videosearch.search import wearing
from videosearch.search.models import Verdict
from videosearch.search.wearing import Worn

KEYS: Final = {
    "library": "the library it is in",
    "video": "words of the video's title",
    "number": "the shirt number that was read",
    "shirt": "the colour of the shirt, which is the team's",
    "team": "the team, by its name on a team sheet or its colour",
    "player": "the player, by name on a team sheet",
    "from": "not before this time of the video",
    "to": "not after this time of the video",
    "clock": "minutes of the match, as 37 or 30-45",
    "half": "the half of the match",
    "verdict": "what the check said",
    "score": "how well it fits at least, in per cent; or what the board says, as 1-1",
    "ignore": "a part of the reading that was not meant",
}
"""In the order in which they are suggested."""

SHIRTS: Final = (
    "red", "orange", "yellow", "green", "light blue", "blue", "purple", "pink", "brown", "black", "grey", "white",
)  # fmt: skip
MOST: Final = 20
FEW: Final = 4
"""Colours and numbers of teams and players that are also looked for where nothing else was said."""
_TOKEN: Final = re.compile(rf'(?<!\S)({"|".join(KEYS)}):(?:"([^"]*)"|(\S+))', re.IGNORECASE)
_MINUTES: Final = re.compile(r"(\d{1,3})(?:\s?[-–]\s?(\d{1,3})?)?['’′]?")
GOALS: Final = re.compile(r"(\d{1,3})\s?[-–:]\s?(\d{1,3})")
_CLOCK: Final = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5}(?:\.\d{1,3})?)")


class Filter(NamedTuple):
    key: str
    value: str

    @property
    def text(self) -> str:
        """As it is stored, and as `parse_one` reads it."""
        return f"{self.key}:{self.value}"

    @property
    def typed(self) -> str:
        """As people type it."""
        return f'{self.key}:"{self.value}"' if re.search(r"\s", self.value) else self.text


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters understood.

    videos: ids, None for all; worn: what teams and what players wear in each video, one of each group; since and until:
    seconds; match: times of the match; score: 0..100.
    """

    given: tuple[Filter, ...] = ()
    libraries: tuple[Library, ...] = ()
    videos: tuple[UUID, ...] | None = None
    numbers: tuple[str, ...] = ()
    shirts: tuple[str, ...] = ()
    worn: tuple[tuple[Worn, ...], ...] = ()
    since: float | None = None
    until: float | None = None
    match: tuple[Predicate, ...] = ()
    verdicts: tuple[str, ...] = ()
    score: int = 0
    ignored: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What to look for where nothing else was said."""
        worn = [each for group in self.worn for each in group]
        colours = self.shirts or tuple(dict.fromkeys(each.shirt for each in worn if each.shirt))[:FEW]
        given = self.numbers or tuple(dict.fromkeys(each.number for each in worn if each.number))[:FEW]
        shirts = " or ".join(f"{colour} shirt" for colour in colours)
        numbers = " or ".join(f"number {number}" for number in given)
        return ", ".join(part for part in (numbers, shirts) if part)

    @property
    def times(self) -> tuple[Predicate, ...]:
        """The times as predicates of the query: see `grounding.retrieve.times`."""
        if self.since is None and self.until is None:
            return self.match
        until = "" if self.until is None else f"{self.until:g}"
        return (Predicate("time", f"{self.since or 0:g}-{until}"), *self.match)


def take(text: str) -> tuple[str, list[str]]:
    """The words of a text without its filters, and the filters."""
    found = [f"{match[1].lower()}:{match[2] or match[3]}" for match in _TOKEN.finditer(text) if match[2] or match[3]]
    return " ".join(_TOKEN.sub(" ", text).split()) if found else text, found


def read(given: Iterable[str], libraries: Sequence[Library]) -> Filters:
    """Understand filters for somebody who may see `libraries`.

    Raises: BadQueryError with one sentence for people.
    """
    each = [_parse_one(text) for text in dict.fromkeys(given)]
    if len(each) > MOST:
        raise BadQueryError(f"Please use at most {MOST} filters.")
    chosen = _libraries([one.value for one in each if one.key == "library"], libraries)
    filters = Filters(given=tuple(each), libraries=chosen)
    for one in each:
        filters = _READERS[one.key](filters, one.value)
    if filters.since is not None and filters.until is not None and filters.since >= filters.until:
        raise BadQueryError("The time in from: must come before the one in to:.")
    titles = [one.value for one in each if one.key == "video"]
    if titles:
        filters = replace(filters, videos=_videos(titles, chosen or libraries))
    return replace(filters, worn=_worn(each, chosen or libraries, filters.videos))


def _worn(
    each: Sequence[Filter], libraries: Sequence[Library], videos: Sequence[UUID] | None
) -> tuple[tuple[Worn, ...], ...]:
    groups = [
        [worn for one in each if one.key == key for worn in read_one(one.value, libraries, videos)]
        for key, read_one in (("team", wearing.of_team), ("player", wearing.of_player))
    ]
    return tuple(tuple(group) for group in groups if group)


def seconds_of(text: str) -> float | None:
    """Seconds meant by "90", "1:30", "1:02:03.5"."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds)


def _parse_one(text: str) -> Filter:
    key, colon, value = text.partition(":")
    key, value = key.strip().lower(), value.strip().replace('"', "")
    if not colon or key not in KEYS:
        raise BadQueryError(f"There is no filter {key[:20]}:; there are {', '.join(f'{one}:' for one in KEYS)}.")
    if not value or len(value) > 200 or "\0" in value:
        raise BadQueryError(f"Say something after {key}: – {KEYS[key]}.")
    return Filter(key, value)


def _libraries(names: list[str], libraries: Sequence[Library]) -> tuple[Library, ...]:
    found: list[Library] = []
    for name in names:
        like = [one for one in libraries if name.lower() in one.name.lower()]
        if not like:
            raise BadQueryError(f"You have no library called {name}.")
        found += like
    return tuple(dict.fromkeys(found))


def _videos(titles: list[str], libraries: Sequence[Library]) -> tuple[UUID, ...]:
    known = list(Video.objects.filter(library__in=libraries).values_list("pk", "title"))
    found: list[UUID] = []
    for title in titles:
        like = [key for key, name in known if title.lower() in name.lower()]
        if not like:
            raise BadQueryError(f"There is no video called {title} in what you search.")
        found += like
    return tuple(dict.fromkeys(found))


def _number(filters: Filters, value: str) -> Filters:
    digits = value.lstrip("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 2):
        raise BadQueryError("number: takes a shirt number, such as number:10.")
    return replace(filters, numbers=(*filters.numbers, str(int(digits))))


def _shirt(filters: Filters, value: str) -> Filters:
    if value.lower() not in SHIRTS:
        raise BadQueryError(f"shirt: takes a colour: {', '.join(SHIRTS)}.")
    return replace(filters, shirts=(*filters.shirts, value.lower()))


def _since(filters: Filters, value: str) -> Filters:
    return replace(filters, since=_time("from", value))


def _until(filters: Filters, value: str) -> Filters:
    return replace(filters, until=_time("to", value))


def _time(key: str, value: str) -> float:
    seconds = seconds_of(value)
    if seconds is None:
        raise BadQueryError(f"{key}: takes a time of the video, such as {key}:12:30.")
    return seconds


def _verdict(filters: Filters, value: str) -> Filters:
    if value.lower() not in Verdict.values:
        raise BadQueryError(f"verdict: takes one of {', '.join(Verdict.values)}.")
    return replace(filters, verdicts=(*filters.verdicts, value.lower()))


def _clock(filters: Filters, value: str) -> Filters:
    minutes = _MINUTES.fullmatch(value)
    if minutes is None or (minutes[2] and int(minutes[2]) <= int(minutes[1])) or not value.strip("0'’′"):
        raise BadQueryError("clock: takes minutes of the match, such as clock:37 or clock:30-45.")
    first, last = int(minutes[1]), minutes[2]
    # The 37th minute is that from 36 to 37; from 30 to 45 are the minutes between those on the clock.
    when = f"{first} to {last}" if last else f"{first} to" if value.endswith("-") else f"{first - 1} to {first}"
    return replace(filters, match=(*filters.match, Predicate("time", f"match minute {when}")))


def _half(filters: Filters, value: str) -> Filters:
    named = {"1": "first half", "2": "second half"}.get(value)
    if named is None:
        raise BadQueryError("half: takes half:1 or half:2.")
    return replace(filters, match=(*filters.match, Predicate("time", named)))


def _score(filters: Filters, value: str) -> Filters:
    goals = GOALS.fullmatch(value)
    if goals:
        standing = Predicate("time", f"at score {int(goals[1])}-{int(goals[2])}")
        return replace(filters, match=(*filters.match, standing))
    digits = value.rstrip("% ").lstrip("<>=")
    if not (digits.isascii() and digits.isdigit() and int(digits) <= 100):
        raise BadQueryError("score: takes per cents, such as score:60, or a score, such as score:1-1.")
    return replace(filters, score=int(digits))


def _ignore(filters: Filters, value: str) -> Filters:
    return replace(filters, ignored=(*filters.ignored, value))


def _as_it_is(filters: Filters, _: str) -> Filters:
    return filters


_READERS: Final = {
    "library": _as_it_is,
    "video": _as_it_is,
    "number": _number,
    "shirt": _shirt,
    "team": _as_it_is,
    "player": _as_it_is,
    "from": _since,
    "to": _until,
    "clock": _clock,
    "half": _half,
    "verdict": _verdict,
    "score": _score,
    "ignore": _ignore,
}
