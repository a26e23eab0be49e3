"""Bookmarks and the hits of a search as files for other tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from grounding.types import Span
from videosearch.indexing.matchtime import match_facts
from videosearch.indexing.tubes import boxes_between, step_of
from videosearch.lib.scopes import maker, signed_in
from videosearch.library.models import Video
from videosearch.library.shown import put_sheets
from videosearch.reels import bulk, exports
from videosearch.reels.exports import Document, Moment, Source
from videosearch.reels.models import Bookmark
from videosearch.search import cards
from videosearch.search.access import get_query
from videosearch.search.http import SignedIn


@signed_in
@require_POST
@login_required
def bookmarks(request: SignedIn) -> HttpResponse:
    """The ticked bookmarks as `format`."""
    try:
        rows = bulk.ticked(request)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return bulk.back(request)
    return send(format_of(request.POST.get("format", "")), Document("Bookmarks", tuple(moments_of(request, rows))))


@maker()
@require_safe
@login_required
def query(request: SignedIn, query_id: UUID) -> HttpResponse:
    """`format`: the hits of one's own search as they are ranked now, with their verdicts."""
    chosen = format_of(request.GET.get("format", "csv"))
    asked = get_query(request.user, query_id)
    found = [_hit(request, card, asked.text) for card in cards.cards(asked)]
    return send(chosen, Document(asked.text[:80], tuple(found)))


def format_of(name: str) -> exports.Format:
    try:
        return exports.FORMATS[name]
    except KeyError:
        raise Http404("There is no such format.") from None


def send(chosen: exports.Format, document: Document) -> HttpResponse:
    file, content_type = exports.package(chosen, document)
    response = HttpResponse(file.data, content_type=content_type)
    disposition = content_disposition_header(as_attachment=True, filename=file.name)
    response["Content-Disposition"] = disposition or "attachment"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def source_of(video: Video) -> Source:
    return Source(
        str(video.pk), video.title, video.original_name, video.width, video.height, video.fps, video.playable_seconds
    )


def moments_of(request: HttpRequest, rows: Sequence[Bookmark]) -> Iterable[Moment]:
    put_sheets(rows)
    for row in rows:
        tags = list(row.tags.all())
        yield Moment(
            source=source_of(row.video),
            start=row.start,
            end=row.end,
            id=str(row.pk),
            label=row.shown,
            player=row.player or row.player_name,
            colour=row.colour,
            mark=row.mark,
            tags=tuple((tag.group, tag.name) for tag in tags),
            tag_colour=tags[0].colour if tags else "",
            note=row.note,
            query=row.query_text,
            url=request.build_absolute_uri(f"{reverse('reels:bookmarks')}?play={row.pk}"),
            track_id=row.track_ids[0] if row.track_ids else None,
            step=step_of(row.tube),
            boxes=boxes_between(row.tube, Span(row.start, row.end)) if row.track_ids else [],
            **match_facts(row.video, row.start),
        )


def _hit(request: HttpRequest, card: cards.Card, text: str) -> Moment:
    row = card.candidate
    return Moment(
        source=source_of(card.video),
        start=card.start,
        end=card.end,
        id=str(row.pk),
        label=card.label,
        player=row.player_name,
        colour=card.colour,
        query=text,
        verdict=card.verdict,
        score=card.score,
        note=card.reason,
        url=request.build_absolute_uri(card.url),
        track_id=row.track_ids[0],
        step=step_of(row.tube),
        boxes=boxes_between(row.tube, Span(card.start, card.end)),
        **match_facts(card.video, card.start),
    )
