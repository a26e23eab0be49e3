"""Match time and score of stored videos: what was read from the score board, and what a person set, which wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypedDict
from uuid import UUID

from grounding.matchtime import ClockPiece, MatchClock, ScoreChange, clock_from, clock_json, minute_text, moment_text
from videosearch.indexing.models import MatchTime
from videosearch.library.models import Video

ADDED: Final = 300.0
"""Seconds that a half is taken to go on past its length where nobody said when it ended."""


def keep(video: Video, clock: MatchClock) -> None:
    """What was read takes the place of what was read before; what a person set stays."""
    if clock or MatchTime.objects.filter(video=video).exists():
        MatchTime.objects.update_or_create(video=video, defaults={"read": clock_json(clock) if clock else {}})


def clock_of(video: Video) -> MatchClock:
    """A query, unless the video was fetched with `select_related("match_time")`."""
    try:
        return clock_from_row(video.match_time, video.playable_seconds)
    except MatchTime.DoesNotExist:
        return MatchClock()


def clocks_of(videos: Iterable[UUID]) -> dict[UUID, MatchClock]:
    """Those of these videos of which anything is known."""
    rows = MatchTime.objects.filter(video__in=list(videos)).select_related("video")
    found = {row.video_id: clock_from_row(row, row.video.playable_seconds) for row in rows}
    return {video: clock for video, clock in found.items() if clock}


def moment_of(video: Video, t: float) -> str:
    """ "37′ 1–0", or "" where nothing is known of the match."""
    return moment_text(clock_of(video), t)


class MatchFacts(TypedDict):
    """Of one time: seconds on the clock, the same in words, "1-0"; None and "" where they are not known."""

    match_clock: float | None
    match_time: str
    match_score: str


def match_facts(video: Video | None, t: float) -> MatchFacts:
    """For exports and programs."""
    clock = clock_of(video) if video else MatchClock()
    seconds, score = clock.at(t), clock.score(t)
    return {
        "match_clock": None if seconds is None else round(seconds, 1),
        "match_time": minute_text(clock, t),
        "match_score": f"{score.home}-{score.away}" if score else "",
    }


def clock_from_row(row: MatchTime, duration: float) -> MatchClock:
    read = clock_from(row.read)
    pieces = _pieces(row.by_hand, duration)
    goals = row.by_hand.get("goals")
    return MatchClock(
        tuple(pieces) if pieces else read.pieces,
        read.scores
        if goals is None
        else tuple(ScoreChange(t, home, away, t) for t, home, away in [(0.0, 0, 0), *goals]),
        read.down and not pieces,
        60.0 * row.by_hand.get("minutes", 45) if pieces else read.length,
    )


def _pieces(given: Mapping[str, Any], duration: float) -> list[ClockPiece]:
    """The halves as a person gave them; each ends where they said so, or a little past its length."""
    length = 60.0 * given.get("minutes", 45)
    first, second = given.get("kick_off"), given.get("second_half")
    found = []
    if first is not None:
        end = given.get("half_time") or first + length + ADDED
        end = min(end, duration, duration if second is None else second)
        found.append(ClockPiece(first, max(first, end), 0.0, 1.0, 1))
    if second is not None:
        end = min(given.get("full_time") or second + length + ADDED, duration)
        found.append(ClockPiece(second, max(second, end), length, 1.0, 2))
    return found
