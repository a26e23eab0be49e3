"""What the templates show of a query: plain values, one query for the videos, none per card."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from django.db.models import F
from django.urls import reverse

from grounding.types import Span, Tube
from videosearch.indexing.tubes import boxes_between
from videosearch.library.models import Role, Video
from videosearch.search import convert, stills
from videosearch.search.models import Candidate, Query

VERDICTS: Final = {
    "confirmed": "Confirmed",
    "rejected": "Does not fit",
    "unsure": "Not sure",
    "unchecked": "Not checked",
}

KINDS: Final = {
    "object": "who",
    "shirt_colour": "shirt",
    "shorts_colour": "shorts",
    "number": "number",
    "name": "name",
    "place": "where",
    "motion": "moving",
    "direction": "going",
    "action": "doing",
    "relation": "with",
    "count": "how many",
    "time": "when",
}
"""What a predicate's kind is called beside its value."""

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

    url: the page with this moment in the player, for those without JavaScript; address: where its files are.
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
    may_bookmark: bool
    url: str
    address: str
    film: Film

    @property
    def span(self) -> str:
        return clock_span(self.start, self.end)

    @property
    def verdict_text(self) -> str:
        return VERDICTS[self.verdict]

    @property
    def percent(self) -> int:
        return round(100 * min(1.0, max(0.0, self.score)))

    @property
    def label(self) -> str:
        return self.candidate.label

    @property
    def colour(self) -> str:
        return self.candidate.colour

    @property
    def clip(self) -> str:
        return clip_json(self, self.candidate.track_ids)

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
        return f"{self.film.page}?t={self.start:.1f}"

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

    @property
    def length(self) -> str:
        return clock(self.duration)


class Moment(Protocol):
    """What a candidate and a bookmark have in common: a snapshot of who was seen where."""

    track_ids: list[int]
    label: str
    colour: str
    tube: bytes | memoryview

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


def clip_json(item: Playable, track_ids: Sequence[int]) -> str:
    """All that search.js puts into the player and beside it, as one attribute."""
    return json.dumps(
        {
            **_film_facts(item.video, item.src),
            "tracksUrl": item.tracks_url,
            "tracks": list(track_ids),
            "start": item.start,
            "end": item.end,
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


def cards(query: Query, rows: list[Candidate] | None = None) -> list[Card]:
    """The hits in their order, or, as long as the query is not answered, the candidates in theirs.

    rows: the candidates with what is known of them, where they are at hand.
    """
    if rows is None:
        rows = list(query.candidates.select_related("verification", "hit").defer("evidence"))
    videos, roles = visible_videos(query.user_id, {row.video_id for row in rows})
    films = {
        video.pk: Film(video.get_absolute_url(), video.proxy.url if video.proxy else "") for video in videos.values()
    }
    page = reverse("search:result", args=[query.pk])
    places = Places(page, reverse("search:tracks", args=[0]).removesuffix("0/tracks.json"))
    shown = [_card(row, videos[row.video_id], roles, films, places) for row in rows if row.video_id in videos]
    return sorted(shown, key=lambda card: card.rank)


def visible_videos(user_id: int, ids: Iterable[UUID]) -> tuple[dict[UUID, Video], dict[UUID, Role]]:
    """Those of the videos the user may see today, with their renditions, and the user's role in each library."""
    wanted = set(ids)
    if not wanted:
        return {}, {}
    seen = Video.objects.filter(pk__in=wanted, library__membership__user_id=user_id)
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
        may_bookmark=roles[video.library_id].rank >= Role.REVIEWER.rank,
        url=f"{places.page}?play={row.pk}",
        address=f"{places.moments}{row.pk}/",
        film=films[video.pk],
    )


def shown_span(row: Candidate) -> tuple[float, float]:
    """Start and end as shown: the hit's, else the verifier's, else what retrieval proposed."""
    best = getattr(row, "hit", None) or getattr(row, "verification", None) or row
    return best.start, best.end


def understood(query: Query) -> list[dict[str, Any]]:
    """The predicates as chips."""
    return [
        {
            "label": KINDS[item["kind"]],
            "value": item["value"],
            "colour": item["value"] if item["kind"].endswith("_colour") else "",
            "measured": bool(item["terms"]) or item["kind"] == "time",
        }
        for item in query.parsed.get("predicates", ())
    ]


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
    clip = json.dumps({**_film_facts(video, marks[0].src), "duration": duration})
    return Strip(video, bins, sorted(bars.items()), [_mark(card, duration) for card in marks], duration, clip)


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
        "label": row.label,
        "name": row.label,
        "colour": row.colour,
        "start": tube.span.start,
        "end": tube.span.end,
        "step": tube.step,
        "boxes": boxes_between(row.tube, span),
    }
    return {"tracks": [track], "width": video.width, "height": video.height}
