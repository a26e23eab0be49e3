"""What the templates show of a query: plain values, one query for the videos, none per card."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from uuid import UUID

from django.db.models import F
from django.urls import reverse

from grounding.types import Span, Tube
from videosearch.indexing.matchtime import moment_of
from videosearch.indexing.tubes import boxes_between
from videosearch.library.models import Role, Video
from videosearch.library.shown import put_sheets
from videosearch.search import convert, stills
from videosearch.search.models import Candidate, Feedback, Query

VERDICTS: Final = {
    "confirmed": "Confirmed",
    "rejected": "Does not fit",
    "unsure": "Not sure",
    "unchecked": "Not checked",
}

STRIP_BINS: Final = 120

SHORT: Final = 2.0
"""Spans shorter than this are told to the tenth of a second."""

FAINT: Final = 15
"""Seconds that fit less than this are left out of the strips."""


@dataclass(frozen=True, slots=True)
class Film:
    """Where a video's page and its proxy are; found once for all cards of the video."""

    page: str
    src: str


@dataclass(frozen=True, slots=True)
class Places:
    """The query's own page, and the folder under which each moment has its files; found once for all cards."""

    page: str
    moments: str


@dataclass(frozen=True, slots=True)
class Card:
    """One hit, or a candidate on its way to become one.

    url: the page with this moment in the player, for those without JavaScript; address: where its files are; said: what
    the one who asked said of it.
    """

    candidate: Candidate
    rank: int
    video: Video
    start: float
    end: float
    score: float
    verdict: str
    reason: str
    cut: stills.View
    may_review: bool
    url: str
    address: str
    film: Film
    said: Feedback | None = None

    @property
    def span(self) -> str:
        return moment_span(self.video, self.start, self.end)

    @property
    def verdict_text(self) -> str:
        return VERDICTS[self.verdict]

    @property
    def percent(self) -> int:
        return round(100 * min(1.0, max(0.0, self.score)))

    @property
    def label(self) -> str:
        return self.candidate.shown

    @property
    def verifier(self) -> str:
        judged = getattr(self.candidate, "verification", None)
        return judged.verifier if judged else ""

    @property
    def colour(self) -> str:
        return self.candidate.colour

    @property
    def clip(self) -> str:
        return clip_json(self, self.candidate.track_ids, played=(self.play_start, self.play_end))

    @property
    def play_start(self) -> float:
        """With the seconds that are wanted before."""
        return max(0.0, self.start - self.candidate.query.lead)

    @property
    def play_end(self) -> float:
        return min(max(self.video.playable_seconds, self.end), self.end + self.candidate.query.lag)

    @property
    def moment(self) -> str:
        return f"[{self.start}, {self.end}]"

    @property
    def track_ids(self) -> str:
        return ",".join(map(str, self.candidate.track_ids))

    @property
    def tracks_url(self) -> str:
        return f"{self.address}tracks.json"

    @property
    def still_url(self) -> str:
        """Names the span, so that a browser does not show the picture of the span before the verdict."""
        return f"{self.address}still.jpg?v={self.start:.1f}-{self.end:.1f}"

    @property
    def video_url(self) -> str:
        return f"{self.film.page}?t={self.start:.1f}&query={self.candidate.query_id}"

    @property
    def src(self) -> str:
        return self.film.src


@dataclass(frozen=True, slots=True)
class Mark:
    """A hit on a strip; `left` and `width` in percent of the video's length."""

    hit: str
    name: str
    url: str
    verdict: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Strip:
    """Where in a video the matching seconds are: `bins` bars as one SVG path a level 1..5. `clip` is for the script."""

    video: Video
    bins: int
    paths: list[tuple[int, str]]
    marks: list[Mark]
    duration: float
    clip: str
    storyboard: str

    @property
    def length(self) -> str:
        return clock(self.duration)


class Moment(Protocol):
    """What a candidate and a bookmark have in common: a snapshot of who was seen where."""

    track_ids: list[int]
    colour: str
    tube: bytes | memoryview

    @property
    def shown(self) -> str: ...
    def get_tube(self) -> Tube: ...


class Playable(Protocol):
    """What the player beside a list needs of an item in it."""

    @property
    def video(self) -> Video: ...
    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...
    @property
    def src(self) -> str: ...
    @property
    def tracks_url(self) -> str: ...
    @property
    def video_url(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def colour(self) -> str: ...
    @property
    def span(self) -> str: ...


def clip_json(item: Playable, track_ids: Sequence[int], *, played: tuple[float, float | None] | None = None) -> str:
    """All that search.js puts into the player and beside it, as one attribute.

    played: start and end of what is played, where that is more than the moment; without an end the video goes on, with
    all that is known of it.
    """
    start, end = played or (item.start, item.end)
    return json.dumps(
        {
            **_film_facts(item.video, item.src),
            "tracksUrl": "" if end is None else item.tracks_url,
            "tracks": list(track_ids),
            "start": start,
            "end": end,
            "moment": [item.start, item.end],
            "href": item.video_url,
            "label": item.label,
            "colour": item.colour,
            "span": item.span,
        }
    )


def _film_facts(video: Video, src: str) -> dict[str, Any]:
    return {
        "video": str(video.pk),
        "title": video.title,
        "src": src,
        "width": video.width,
        "height": video.height,
        "fps": video.fps,
        "thumbnails": reverse("library:storyboard", args=[video.pk]) if video.storyboard else "",
    }


def clock(seconds: float) -> str:
    """mm:ss, and h:mm:ss past the hour."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    text = f"{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours}:{text}" if hours else text


def clock_span(start: float, end: float) -> str:
    """ "00:12–00:15"; with tenths where it is short, so that it never seems to have no length."""
    if end - start >= SHORT:
        return f"{clock(start)}–{clock(end)}"
    first, last = (f"{clock(at)}.{int(10 * at + 1e-6) % 10}" for at in (start, end))
    return f"{first}–{last}"


def moment_span(video: Video | None, start: float, end: float) -> str:
    """ "12:04–12:09 · 37′ 1–0": the video's time, and the match's beside it where it is known."""
    match = moment_of(video, start) if video else ""
    return f"{clock_span(start, end)} · {match}" if match else clock_span(start, end)


def cards(query: Query, rows: list[Candidate] | None = None, *, evidence: bool = False) -> list[Card]:
    """The hits in their order, or, as long as the query is not answered, the candidates in theirs.

    rows: the candidates with what is known of them, where they are at hand. evidence: whether it will be asked for.
    """
    said: Mapping[int, Feedback] = {}
    if rows is None:
        known = query.candidates.select_related("verification", "hit")
        rows = list(known if evidence else known.defer("evidence"))
        said = standing(query.user_id, rows)
    videos, roles = visible_videos(query.user_id, {row.video_id for row in rows})
    films = {
        video.pk: Film(video.get_absolute_url(), video.proxy.url if video.proxy else "") for video in videos.values()
    }
    page = reverse("search:result", args=[query.pk])
    places = Places(page, reverse("search:tracks", args=[0]).removesuffix("0/tracks.json"))
    put_sheets(rows)
    for row in rows:
        row.query = query
    shown = [_card(row, videos[row.video_id], roles, films, places) for row in rows if row.video_id in videos]
    shown = [replace(card, said=said.get(card.candidate.pk)) for card in shown]
    return sorted(shown, key=lambda card: card.rank)


def standing(user_id: int, rows: list[Candidate]) -> dict[int, Feedback]:
    """What the user has said of these moments and not taken back, by the moment's key."""
    said = Feedback.objects.filter(user_id=user_id, candidate__in=[row.pk for row in rows], withdrawn_at=None)
    return {one.candidate_id: one for one in said.defer("tube", "parsed") if one.candidate_id is not None}


def fix_values(start: float, end: float, said: Feedback | None) -> dict[str, str]:
    """The numbers a correction begins with: what was corrected before, else the span as it is shown."""
    if said is not None and said.corrected_start is not None and said.corrected_end is not None:
        start, end = said.corrected_start, said.corrected_end
    values = {"start": f"{start:.2f}", "end": f"{end:.2f}", "at": "", "left": "", "top": "", "width": "", "height": ""}
    for t, x1, y1, x2, y2 in said.corrected_boxes if said else ():
        values |= {"at": f"{t:.2f}", "left": f"{x1:.0f}", "top": f"{y1:.0f}"}
        values |= {"width": f"{x2 - x1:.0f}", "height": f"{y2 - y1:.0f}"}
    return values


def visible_videos(user_id: int, ids: Iterable[UUID]) -> tuple[dict[UUID, Video], dict[UUID, Role]]:
    """Those of the videos the user may see today, with their renditions, and the user's role in each library."""
    wanted = set(ids)
    if not wanted:
        return {}, {}
    seen = Video.objects.filter(pk__in=wanted, library__membership__user_id=user_id)
    seen = seen.select_related("match_time")
    videos = list(seen.annotate(role=F("library__membership__role")).prefetch_related("renditions"))
    return {video.pk: video for video in videos}, {video.library_id: Role(vars(video)["role"]) for video in videos}


def _card(row: Candidate, video: Video, roles: dict[UUID, Role], films: dict[UUID, Film], places: Places) -> Card:
    hit, judged = getattr(row, "hit", None), convert.verification_from(row)
    start, end = shown_span(row)
    _, box = stills.moment(row.get_tube(), start, end)
    return Card(
        candidate=row,
        rank=hit.rank if hit else row.rank,
        video=video,
        start=start,
        end=end,
        score=hit.score if hit else judged.score,
        verdict=hit.verdict if hit else judged.verdict,
        reason=hit.reason if hit else judged.reason,
        cut=stills.view(video.width, video.height, box),
        may_review=roles[video.library_id].rank >= Role.REVIEWER.rank,
        url=f"{places.page}?play={row.pk}",
        address=f"{places.moments}{row.pk}/",
        film=films[video.pk],
    )


def shown_span(row: Candidate) -> tuple[float, float]:
    """Start and end as shown: the hit's, else the verifier's, else what retrieval proposed."""
    best = getattr(row, "hit", None) or getattr(row, "verification", None) or row
    return best.start, best.end


def strips(query: Query, shown: Sequence[Card]) -> list[Strip]:
    """One strip per video that has hits, in the order of their best."""
    by_video: dict[UUID, list[Card]] = {}
    for card in shown:
        by_video.setdefault(card.video.pk, []).append(card)
    return [_strip(marks[0].video, marks, query.heat.get(str(video), [])) for video, marks in by_video.items()]


def _strip(video: Video, marks: list[Card], heat: Iterable[tuple[int, int]]) -> Strip:
    duration = max(video.playable_seconds, 1.0)
    bins = min(STRIP_BINS, math.ceil(duration))
    strength = [0] * bins
    for second, value in heat:
        place = min(bins - 1, int(second / duration * bins))
        strength[place] = max(strength[place], value)
    bars: dict[int, str] = {}
    for place, value in enumerate(strength):
        if value >= FAINT:
            level = 1 + min(4, value // 20)
            bars[level] = f"{bars.get(level, '')}M{place}.06 100v-{value}h.88v{value}z"
    facts = _film_facts(video, marks[0].src)
    clip = json.dumps({**facts, "duration": duration})
    drawn = [_mark(card, duration) for card in marks]
    return Strip(video, bins, sorted(bars.items()), drawn, duration, clip, facts["thumbnails"])


def _mark(card: Card, duration: float) -> Mark:
    left = min(99.0, 100 * card.start / duration)
    width = max(0.8, min(100 - left, 100 * (card.end - card.start) / duration))
    name = f"{card.label}, {card.span}"
    return Mark(f"hit-{card.candidate.pk}", name, card.url, card.verdict, round(left, 2), round(width, 2))


def tracks_json(video: Video, row: Moment, span: Span | None) -> dict[str, Any]:
    """The boxes of a moment in the shape the player asks for, from the snapshot: its own track may be replaced."""
    tube = row.get_tube()
    track = {
        "track_id": row.track_ids[0],
        "label": row.shown,
        "name": row.shown,
        "colour": row.colour,
        "start": tube.span.start,
        "end": tube.span.end,
        "step": tube.step,
        "boxes": boxes_between(row.tube, span),
    }
    return {"tracks": [track], "width": video.width, "height": video.height}
