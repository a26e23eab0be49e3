"""Where a caller may search, as the condition that every statement has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from videosearch.search.wearing import Worn


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the caller may search: the libraries and the active index versions.

    windows: where times were asked for, the seconds [low, high) of each video in which answers may lie; videos and
    tracks: keys, where only these may answer; numbers and shirts: what the whole track must have been read as; worn:
    the same by video, one of each group.
    """

    libraries: tuple[UUID, ...]
    versions: tuple[int, ...]
    windows: Mapping[UUID, Sequence[tuple[int, int]]] | None = None
    videos: tuple[UUID, ...] | None = None
    tracks: tuple[int, ...] | None = None
    numbers: tuple[str, ...] = ()
    shirts: tuple[str, ...] = ()
    worn: tuple[tuple[Worn, ...], ...] = ()

    @property
    def empty(self) -> bool:
        nowhere = self.windows == {} or self.videos == () or self.tracks == ()
        return not self.libraries or not self.versions or nowhere

    @property
    def narrow(self) -> bool:
        """Whether fewer rows than those of the libraries are in reach."""
        whole = self.windows is None and self.videos is None and self.tracks is None
        return not whole or bool(self.numbers or self.shirts or self.worn)

    @property
    def where(self) -> tuple[str, list[Any]]:
        """The condition every statement has, and its parameters."""
        condition = "o.library_id = ANY(%s) AND o.version_id = ANY(%s)"
        parameters: list[Any] = [list(self.libraries), list(self.versions)]
        for column, keys in (("video_id", self.videos), ("track_id", self.tracks)):
            if keys is not None:
                condition += f" AND o.{column} = ANY(%s)"
                parameters.append(list(keys))
        read, values = self.read_as
        if read:
            condition += f" AND EXISTS (SELECT 1 FROM indexing_track t WHERE t.id = o.track_id AND {read})"  # noqa: S608
            parameters += values
        if self.windows is None:
            return condition, parameters
        asked = "SELECT 1 FROM unnest(%s::uuid[], %s::int[], %s::int[]) AS asked (video_id, low, high)"
        parameters += columns(self.windows)
        return (
            f"{condition} AND EXISTS ({asked} WHERE asked.video_id = o.video_id"
            " AND o.second >= asked.low AND o.second < asked.high)",
            parameters,
        )

    @property
    def read_as(self) -> tuple[str, list[Any]]:
        """The condition on what a track `t` was read as over all of it, and its parameters."""
        wanted = {"number": self.numbers, "shirt_colour": self.shirts}
        asked = {name: list(values) for name, values in wanted.items() if values}
        conditions = [f"t.attributes ->> '{name}' = ANY(%s)" for name in asked] + [_WORN] * len(self.worn)
        columns = [[str(each[place]) for each in group] for group in self.worn for place in range(4)]
        return " AND ".join(conditions), [*asked.values(), *columns]


_WORN: Final = (
    "EXISTS (SELECT 1 FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[])"
    " AS worn (video_id, shirt, shorts, number) WHERE worn.video_id = t.video_id"
    " AND worn.shirt IN ('', t.attributes ->> 'shirt_colour')"
    " AND worn.shorts IN ('', COALESCE(t.attributes ->> 'shorts_colour', '-'))"
    " AND worn.number IN ('', t.attributes ->> 'number'))"
)
"""See `wearing.Worn`."""


def columns(windows: Mapping[UUID, Sequence[tuple[int, int]]]) -> list[list[Any]]:
    """The windows as three arrays of one length: video, low, high."""
    rows = [(video, low, high) for video, spans in windows.items() for low, high in spans]
    return [[row[column] for row in rows] for column in range(3)]
