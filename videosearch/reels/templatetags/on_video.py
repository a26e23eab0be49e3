"""The moments of one video beside its player: the caller's bookmarks, and the hits of the search they came from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import template
from django.http import Http404
from django.template import RequestContext

from videosearch.indexing.models import Track
from videosearch.library.models import Video
from videosearch.library.shown import put_sheets
from videosearch.reels.access import bookmarks_of
from videosearch.reels.views import Kept
from videosearch.search import cards, display
from videosearch.search.access import get_query
from videosearch.search.models import Query

register = template.Library()

MOST = 200


@register.inclusion_tag("reels/_on_video.html", takes_context=True)
def moments_on(context: RequestContext, video: Video, query_id: UUID | None) -> dict[str, Any]:
    """`video` is one the caller may see. Another's query, or one that is gone, is as if none had been named."""
    user = context["request"].user
    rows = list(bookmarks_of(user).filter(video=video).order_by("start", "pk")[:MOST])
    for row in rows:
        row.video = video
    put_sheets(rows)
    query = _query(user, query_id)
    hits = [card for card in _hits(query) if card.video.pk == video.pk]
    moments = [
        *(_moment(f"hit-{card.candidate.pk}", card, card.candidate.track_ids, card.play_start) for card in hits),
        *(_moment(f"bookmark-{row.pk}", Kept(row, 0), row.track_ids, row.start) for row in rows),
    ]
    _follow(video, moments)
    return {
        "video": video,
        "query": query,
        "strips": cards.strips(query, hits) if query else [],
        "moments": sorted(moments, key=lambda one: (one["item"].start, one["id"])),
        "hits": len(hits),
        "kept": len(rows),
    }


def _query(user: Any, query_id: UUID | None) -> Query | None:
    try:
        return get_query(user, query_id) if query_id else None
    except Http404:
        return None


def _hits(query: Query | None) -> list[cards.Card]:
    return display.wanted(query, cards.cards(query)) if query else []


def _moment(key: str, item: cards.Card | Kept, tracks: list[int], begin: float) -> dict[str, Any]:
    kept = isinstance(item, Kept)
    measured = item.row.label if isinstance(item, Kept) else item.candidate.label
    return {"id": key, "item": item, "tracks": tracks, "begin": begin, "kept": kept, "measured": measured}


def _follow(video: Video, moments: list[dict[str, Any]]) -> None:
    """Whom to follow in the video as indexed today: nobody where the track of the moment is not there any more."""
    ids = {track for one in moments for track in one["tracks"]}
    there = Track.objects.filter(video=video, version__active=True, track_id__in=ids).defer("tube", "appearance")
    now = {track.track_id: track for track in there}
    for one in moments:
        item = one["item"]
        still = [
            number
            for number in one["tracks"]
            if (track := now.get(number))
            and track.name[:80] == one["measured"]
            and track.start < item.end
            and item.start < track.end
        ]
        one["clip"] = cards.clip_json(item, still, played=(one["begin"], None))
        one["track"] = still[0] if still else None
