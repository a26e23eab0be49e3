"""What is exported, whatever the format: moments of videos, and title cards between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

Box = list[float]
"""t, x1, y1, x2, y2: seconds from the first picture, pixels of the picture as displayed."""

_NOT_IN_NAMES: Final = re.compile(r'[\\/:*?"<>|%]|\.\.+')


class File(NamedTuple):
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Source:
    """The video a moment is of."""

    id: str
    title: str
    name: str
    width: int
    height: int
    fps: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Moment:
    """[start, end) of a video in seconds. `tags`: (group, name); `speed`: 0.5 is half as fast, of reels only.

    `boxes`: the stored ones, with one to either side of the span where there is one. `match_clock`, `match_time`,
    `match_score`: of its start, in seconds, in words and as "1-0", where they are known.
    """

    source: Source
    start: float
    end: float
    label: str
    id: str = ""
    player: str = ""
    colour: str = ""
    mark: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    tag_colour: str = ""
    note: str = ""
    query: str = ""
    verdict: str = ""
    score: float | None = None
    url: str = ""
    track_id: int | None = None
    step: float = 0.2
    boxes: list[Box] = field(default_factory=list)
    speed: float = 1.0
    match_clock: float | None = None
    match_time: str = ""
    match_score: str = ""

    @property
    def seconds(self) -> float:
        """How long it takes to watch."""
        return (self.end - self.start) / self.speed

    @property
    def inside(self) -> list[Box]:
        """The stored boxes of the span itself."""
        return [box for box in self.boxes if self.start - 1e-3 <= box[0] < self.end - 1e-3]

    @property
    def code(self) -> str:
        """What analysts call the row it stands in: its first tag, else who is seen."""
        return self.tags[0][1] if self.tags else self.label


@dataclass(frozen=True, slots=True)
class Card:
    """A title between moments of a reel."""

    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Document:
    """`sequence`: the entries follow each other as a film; else they are only a list. `fps`: the film's."""

    title: str
    entries: tuple[Moment | Card, ...]
    sequence: bool = False
    fps: float = 25.0

    @property
    def moments(self) -> list[Moment]:
        return [entry for entry in self.entries if isinstance(entry, Moment)]

    @property
    def file_name(self) -> str:
        return file_name(self.title)

    def by_video(self) -> Iterator[tuple[str, Source, list[Moment]]]:
        """Per video a file name without ending, unlike all others, and its moments by time."""
        grouped: dict[str, list[Moment]] = {}
        for moment in self.moments:
            grouped.setdefault(moment.source.id, []).append(moment)
        taken: set[str] = set()
        for moments in grouped.values():
            name = unlike(file_name(moments[0].source.title), taken)
            yield name, moments[0].source, sorted(moments, key=lambda one: (one.start, one.end))


def unlike(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken already; file systems do not tell "A" from "a"."""
    number, free = 2, name
    while free.casefold() in taken:
        free, number = f"{name} {number}", number + 1
    taken.add(free.casefold())
    return free


def file_name(title: str) -> str:
    """A title as a name that every system can store."""
    name = _NOT_IN_NAMES.sub("-", one_line(title)).strip(". -")[:80].strip(". -")
    return name or "moments"


def one_line(text: str) -> str:
    """Without control characters, unpaired surrogates and line ends: no format here can carry them."""
    kept = (
        " " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} or char in "\ufffe\uffff" else char
        for char in text
    )
    return " ".join("".join(kept).split())


def clock(seconds: float) -> str:
    """0:01:02.345"""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{milliseconds:03}"
