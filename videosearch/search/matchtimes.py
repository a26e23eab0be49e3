"""Times of the match in a question: what they mean in each video, and in which videos they cannot be told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from grounding.matchtime import MatchClock
from grounding.retrieve import time_spans
from grounding.retrieve.matchtimes import can_tell, needs_clock, reader_of
from grounding.types import Predicate, Query
from videosearch.indexing.matchtime import clock_of
from videosearch.library.models import Library, Video
from videosearch.search.naming import Reading
from videosearch.search.scope import Scope

_OF_FILM = ("title", "duration", "decoded_seconds", "match_time__read", "match_time__by_hand")


class Film(NamedTuple):
    """What a time is told by in one video."""

    title: str
    duration: float
    clock: MatchClock


def films(scope: Scope, parsed: Query) -> dict[UUID, Film]:
    """Each video in reach; asked only when the query speaks of times."""
    if all(predicate.kind != "time" for predicate in parsed.predicates):
        return {}
    return _films(scope.libraries, scope.videos)


def _films(libraries: Sequence[UUID], videos: Sequence[UUID] | None) -> dict[UUID, Film]:
    there = Video.objects.filter(library__in=libraries).select_related("match_time").only(*_OF_FILM)
    return {
        video.pk: Film(video.title, video.playable_seconds, clock_of(video))
        for video in there
        if videos is None or video.pk in videos
    }


def windows(parsed: Query, there: Mapping[UUID, Film]) -> dict[UUID, list[tuple[int, int]]] | None:
    """The seconds of each video that the times in the query leave, None where it speaks of none."""
    times = [predicate for predicate in parsed.predicates if predicate.kind == "time"]
    if not times:
        return None
    left = {video: time_spans(times, film.duration, reader_of(film.clock)) for video, film in there.items()}
    return {
        video: [(math.floor(span.start), math.ceil(span.end)) for span in spans]
        for video, spans in left.items()
        if spans
    }


def notes(reading: Reading, libraries: Sequence[Library], videos: Sequence[UUID] | None) -> list[dict[str, Any]]:
    """One sentence where times of the match were asked of videos whose score board was not read: they are searched
    without that. In the shape in which `convert.reading_json` stores notes."""
    asked = list(
        dict.fromkeys(one for meaning in reading.meanings for one in meaning.parsed.predicates if needs_clock(one))
    )
    if not asked:
        return []
    there = _films([library.pk for library in libraries], videos)
    without = [film for film in there.values() if not all(can_tell(one, film.clock) for one in asked)]
    return [{"text": _sentence(asked, without, len(there)), "choices": []}] if without else []


def _sentence(asked: Sequence[Predicate], without: Sequence[Film], total: int) -> str:
    times = " and ".join(f"“{one.value}”" for one in asked)
    if len(without) == total:
        where = f"“{without[0].title}”" if total == 1 else "these videos"
    elif len(without) == 1:
        where = f"“{without[0].title}”"
    else:
        where = f"{len(without)} of {total} videos"
    it = "it was" if where.startswith("“") else "they were"
    return f"No score board was read in {where}, so {it} searched without {times}."
