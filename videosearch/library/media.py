"""Private files: every request asks again whether the caller may see the video."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from videosearch.lib.files import ranged_file_response
from videosearch.lib.scopes import member
from videosearch.library.access import get_video
from videosearch.library.models import Rendition, Video


@member()
@require_safe
def media(request: HttpRequest, rendition_id: UUID) -> HttpResponseBase:
    """A rendition's bytes, in parts where the player asks for parts."""
    videos = Video.objects.for_user(request.user)
    rendition = Rendition.objects.filter(id=rendition_id, video__in=videos).first()
    if rendition is None:
        raise Http404("No such file.")
    return ranged_file_response(request, rendition.file, rendition.content_type)


@member()
@require_safe
def storyboard(request: HttpRequest, video_id: UUID) -> HttpResponse:
    """WebVTT that tells the player which part of the storyboard shows which seconds."""
    video = get_video(request.user, video_id)
    sheet = video.storyboard
    if sheet is None:
        raise Http404("No storyboard yet.")
    response = HttpResponse(_cues(sheet, video.playable_seconds), content_type="text/vtt; charset=utf-8")
    response["Cache-Control"] = "private, no-cache"
    return response


def _cues(sheet: Rendition, duration: float) -> str:
    interval, columns, count = (sheet.layout[name] for name in ("interval", "columns", "count"))
    width, height = sheet.layout["tile"]
    lines = ["WEBVTT", ""]
    for index in range(count):
        start, end = index * interval, min((index + 1) * interval, max(duration, index * interval + 0.1))
        x, y = width * (index % columns), height * (index // columns)
        lines += [f"{_timestamp(start)} --> {_timestamp(end)}", f"{sheet.url}#xywh={x},{y},{width},{height}", ""]
    return "\n".join(lines)


def _timestamp(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{milliseconds:03}"
