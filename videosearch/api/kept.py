"""What people kept, for programs: bookmarks and reels."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import reverse

from grounding.types import Span
from videosearch.api import bodies, schemas
from videosearch.api.auth import ApiRequest, endpoint
from videosearch.indexing.tubes import boxes_between
from videosearch.lib.scopes import By, maker, token
from videosearch.library.models import Library, Role
from videosearch.library.shown import put_sheets
from videosearch.reels import films
from videosearch.reels.access import bookmarks_of, get_reel
from videosearch.reels.models import Bookmark, Reel, ReelItem

MOST: Final = 200


@token()
@endpoint("GET")
def bookmarks(request: ApiRequest) -> HttpResponse:
    """The newest of the caller's."""
    rows = (
        bookmarks_of(request.user)
        .select_related("video__match_time")
        .prefetch_related("tags")
        .order_by("-created_at", "pk")
    )
    boxes = request.GET.get("boxes", "true") != "false"
    newest = list(rows[:MOST])
    put_sheets(newest)
    listed = [_bookmark(request, row, boxes=boxes) for row in newest]
    return bodies.answer(schemas.BookmarkList(bookmarks=listed))


@token()
@endpoint("GET")
def reels(request: ApiRequest) -> HttpResponse:
    """The caller's, and those made for their teams."""
    mine = Library.objects.for_user(request.user)
    rows = Reel.objects.filter(Q(user=request.user) | Q(for_team=True), library__in=mine).annotate(parts=Count("items"))
    listed = [schemas.Reel(**_reel(request, row, vars(row)["parts"])) for row in rows[:MOST]]
    return bodies.answer(schemas.ReelList(reels=listed))


@maker(Role.VIEWER, by=By.TOKEN)
@endpoint("GET")
def reel(request: ApiRequest, reel_id: UUID) -> HttpResponse:
    row = get_reel(request.user, reel_id, to_watch=True)
    items = list(row.items.all())
    put_sheets(items)
    boxes = request.GET.get("boxes", "true") != "false"
    film = None
    if row.film is not None:
        [stands] = films.standings([row.film])
        film = schemas.Film(
            id=row.film.pk,
            state=stands.state,
            percent=stands.percent,
            sentence=stands.sentence,
            seconds=row.film.seconds,
            url=request.build_absolute_uri(row.film.url),
        )
    shown = [_part(item, boxes=boxes) for item in items]
    return bodies.answer(schemas.ReelDetail(**_reel(request, row, len(items)), items=shown, film=film))


def _bookmark(request: ApiRequest, row: Bookmark, *, boxes: bool) -> schemas.Bookmark:
    return schemas.Bookmark(
        id=row.pk,
        video_id=row.video_id,
        library_id=row.library_id,
        title=row.video.title,
        track_ids=row.track_ids,
        label=row.shown,
        start=row.start,
        end=row.end,
        player=row.player,
        colour=row.mark,
        tags=[schemas.Tag(group=tag.group, name=tag.name) for tag in row.tags.all()],
        note=row.note,
        query=row.query_text,
        match=bodies.match_moment(row.video, row.start),
        boxes=_inside(row.tube, row.start, row.end) if boxes and row.track_ids else [],
        created_at=row.created_at,
        url=request.build_absolute_uri(f"{reverse('reels:bookmarks')}?play={row.pk}"),
    )


def _reel(request: ApiRequest, row: Reel, parts: int) -> dict[str, Any]:
    return {
        "id": row.pk,
        "library_id": row.library_id,
        "title": row.title,
        "for_team": row.for_team,
        "parts": parts,
        "url": request.build_absolute_uri(row.get_absolute_url()),
    }


def _part(item: ReelItem, *, boxes: bool) -> schemas.ReelPart:
    return schemas.ReelPart(
        kind=item.kind,
        video_id=item.video_id,
        start=item.start,
        end=item.end,
        speed=item.speed,
        name=item.called,
        text=item.text,
        seconds=round(item.length, 3),
        boxes=_inside(item.tube, item.start, item.end) if boxes and item.tube else [],
    )


def _inside(tube: bytes | memoryview, start: float, end: float) -> list[list[float]]:
    """The boxes inside the span; the player's one to either side is not part of the answer."""
    rows = boxes_between(tube, Span(start, end))
    return [row for row in rows if start - 1e-3 <= row[0] < end - 1e-3]
