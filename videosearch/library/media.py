"""Private files: every request asks again whether the caller may see the video."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from videosearch.lib import ffmpeg
from videosearch.lib.files import ranged_file_response
from videosearch.library.access import get_video
from videosearch.library.models import Rendition, Video

FRAME_STEP = 0.5
FRAME_SIDE = 480


@require_safe
def media(request: HttpRequest, rendition_id: UUID) -> HttpResponseBase:
    """A rendition's bytes, in parts where the player asks for parts."""
    videos = Video.objects.for_user(request.user)
    rendition = Rendition.objects.filter(id=rendition_id, video__in=videos).first()
    if rendition is None:
        raise Http404("No such file.")
    return ranged_file_response(request, rendition.file, rendition.content_type)


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


@require_safe
def frame(request: HttpRequest, video_id: UUID) -> HttpResponseBase:
    """`?t=12.4`: the picture at that moment (to half a second), small; made once and kept with the video."""
    video = get_video(request.user, video_id)
    proxy = video.proxy
    try:
        second = float(request.GET.get("t", "0"))
    except ValueError:
        second = math.nan
    if proxy is None or not 0 <= second <= video.playable_seconds + 1:
        raise Http404("No such picture.")
    step = math.floor(second / FRAME_STEP)
    path = video.folder / "frames" / f"{step}.jpg"
    if not path.is_file():
        _extract(proxy, step * FRAME_STEP, path)
    response = ranged_file_response(request, path, "image/jpeg")
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _extract(proxy: Rendition, second: float, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".{uuid4().hex}.part")
    scale = FRAME_SIDE / max(proxy.width, proxy.height, FRAME_SIDE)
    width, height = (max(2, round(side * scale / 2) * 2) for side in (proxy.width, proxy.height))
    picture = ffmpeg.source(proxy.file, ss=second).video.filter("scale", width, height).filter("format", "yuvj420p")
    options = {"frames:v": 1, "f": "image2", "vcodec": "mjpeg", "q:v": 5, "update": 1}
    try:
        ffmpeg.run(ffmpeg.output([picture], part, **options), timeout=20)
        part.replace(path)
    except (ffmpeg.FfmpegError, FileNotFoundError) as error:
        raise Http404("No such picture.") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
