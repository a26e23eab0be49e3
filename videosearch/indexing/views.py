"""What was seen when: boxes for the player, and a strip per track."""

from __future__ import annotations

import math
from typing import TypedDict
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from grounding.types import Span
from grounding.vocabulary import PICTURE_LABEL
from videosearch.indexing import versions, work
from videosearch.indexing.models import Track
from videosearch.indexing.strips import rows_of
from videosearch.indexing.tubes import boxes_between, step_of
from videosearch.lib.scopes import member
from videosearch.library import services
from videosearch.library.access import get_video
from videosearch.library.models import Role
from videosearch.library.shown import put_sheets

LONGEST_WITHOUT_CHOICE = 120.0
MOST_TRACKS = 200
FIRST_ROWS = 15
MORE_ROWS = 60


class TrackBoxes(TypedDict):
    track_id: int
    label: str
    name: str
    colour: str
    start: float
    end: float
    step: float
    boxes: list[list[float]]


@member()
@require_safe
def tracks(request: HttpRequest, video_id: UUID) -> HttpResponse:
    """`?tracks=1,2&start=&end=`: boxes of these tracks, or of all, between these seconds."""
    video = get_video(request.user, video_id)
    try:
        wanted = [int(one) for one in request.GET.get("tracks", "").split(",") if one]
        span = _span(request.GET.get("start", ""), request.GET.get("end", ""))
    except ValueError:
        return JsonResponse({"error": "tracks are whole numbers; start and end are seconds, start first."}, status=422)
    if len(wanted) > MOST_TRACKS or any(not 0 <= one < 2**31 for one in wanted):
        return JsonResponse({"error": f"At most {MOST_TRACKS} tracks at once."}, status=422)
    if not wanted and (span is None or span.length > LONGEST_WITHOUT_CHOICE):
        return JsonResponse({"error": f"Name the tracks, or at most {LONGEST_WITHOUT_CHOICE:.0f} seconds."}, status=422)
    chosen = versions.tracks_of(video).exclude(label=PICTURE_LABEL)
    if wanted:
        chosen = chosen.filter(track_id__in=wanted)
    if span is not None:
        chosen = chosen.filter(start__lt=span.end, end__gt=span.start)
    rows = list(chosen[:MOST_TRACKS])
    put_sheets(rows)
    found = [one for track in rows if (one := _boxes(track, span))["boxes"]]
    response = JsonResponse({"tracks": found, "width": video.width, "height": video.height})
    response["Cache-Control"] = "private, no-cache"  # names may change
    return response


def _span(start: str, end: str) -> Span | None:
    if not start and not end:
        return None
    first, last = float(start or 0), float(end or 10**6)
    if not (math.isfinite(first) and math.isfinite(last)):
        raise ValueError("not a time")
    return Span(first, last)


def _boxes(track: Track, span: Span | None) -> TrackBoxes:
    return {
        "track_id": track.track_id,
        "label": track.label,
        "name": track.shown,
        "colour": track.attributes.get("shirt_colour", ""),
        "start": round(track.start, 3),
        "end": round(track.end, 3),
        "step": step_of(track.tube),
        "boxes": boxes_between(track.tube, span),
    }


@member()
@require_safe
def seen(request: HttpRequest, video_id: UUID) -> HttpResponse:
    """The strips of the tracks seen longest: a part of the video's page, or a page of its own without JavaScript."""
    video = get_video(request.user, video_id)
    everyone = versions.tracks_of(video).exclude(label=PICTURE_LABEL)
    limit = MORE_ROWS if "all" in request.GET else FIRST_ROWS
    longest = list(everyone.order_by((F("end") - F("start")).desc(), "track_id")[:limit])
    put_sheets(longest)
    context = {
        "video": video,
        "rows": rows_of(longest, video.playable_seconds),
        "total": everyone.count(),
        "limit": limit,
        "chosen": request.GET.get("track", ""),
        "waiting": versions.waiting(video),
    }
    template = "indexing/seen.html#strips" if request.htmx else "indexing/seen.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@member(Role.EDITOR)
@require_POST
def reindex(request: HttpRequest, video_id: UUID) -> HttpResponse:
    video = get_video(request.user, video_id, Role.EDITOR)
    if video.duration:
        work.restart(video)
    else:  # it never got as far as to be indexed
        services.retry(video)
    return redirect(video)
