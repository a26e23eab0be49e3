"""One video: watching it, and what editors do with it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files import File
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from videosearch.lib.scopes import member
from videosearch.library import services
from videosearch.library.access import get_library, get_membership, get_video
from videosearch.library.forms import UploadForm, VideoTitleForm
from videosearch.library.models import Role
from videosearch.library.progress import work_on
from videosearch.library.views import STOP_POLLING


@member()
@login_required
@require_safe
def video(request: HttpRequest, video_id: UUID) -> HttpResponse:
    """`?t=`: begin there. `?track=`: highlight this track. `?query=`: the search one came from."""
    found = get_video(request.user, video_id)
    membership = get_membership(request.user, found.library_id)
    context = {
        "video": found,
        "library": found.library,
        "may_edit": membership.allows(Role.EDITOR),
        "work": work_on([found]).get(found),
        "start": _second(request.GET.get("t", "")),
        "track": track if (track := request.GET.get("track", "")).isdecimal() else "",
        "query_id": _uuid(request.GET.get("query", "")),
        "form": VideoTitleForm(initial={"title": found.title}),
        "teams": found.teams.prefetch_related("players"),
    }
    return render(request, "library/video.html", context)


def _second(text: str) -> float | None:
    try:
        second = float(text)
    except ValueError:
        return None
    return second if math.isfinite(second) and second >= 0 else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@member()
@require_safe
def state(request: HttpRequest, video_id: UUID) -> HttpResponse:
    """How far the work on a video is. When it has ended the page reloads itself once, to show what is there now."""
    found = get_video(request.user, video_id)
    response = render(request, "library/state.html", {"video": found, "work": work_on([found]).get(found)})
    if not found.in_progress:
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


@member(Role.EDITOR)
@login_required
@require_POST
def upload_form(request: HttpRequest, library_id: UUID) -> HttpResponse:
    """The way without JavaScript. Django has put the files on the disk in pieces by the time this runs."""
    library = get_library(request.user, library_id, Role.EDITOR)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, "Please choose a video file first.")
        return redirect(library)
    for file in form.uploads:
        if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            messages.error(request, f"{file.name} is larger than this server accepts.")
            continue
        try:
            with transaction.atomic():
                services.require_room(library, file.size or 0)
            services.add_stream(library, _writer(file), request.user, file.name or "")  # type: ignore[arg-type]
        except services.QuotaError as error:
            messages.error(request, str(error))
            break
        messages.success(request, f"{file.name} was uploaded.")
    return redirect(library)


def _writer(file: File[bytes]) -> services.Place:
    def write(target: Path) -> None:
        pieces: Iterable[bytes] = file.chunks()
        with target.open("wb") as out:
            for piece in pieces:
                out.write(piece)

    return write


@member(Role.EDITOR)
@login_required
@require_POST
def rename(request: HttpRequest, video_id: UUID) -> HttpResponse:
    found = get_video(request.user, video_id, Role.EDITOR)
    form = VideoTitleForm(request.POST)
    if form.is_valid():
        found.title = form.cleaned_data["title"]
        found.save(update_fields=["title"])
        messages.success(request, "The title was changed.")
    else:
        messages.error(request, "A title needs 1 to 200 characters.")
    return redirect("library:video", video_id)


@member(Role.EDITOR)
@login_required
@require_POST
def delete(request: HttpRequest, video_id: UUID) -> HttpResponse:
    found = get_video(request.user, video_id, Role.EDITOR)
    services.delete_video(found)
    messages.success(request, f"{found.title} was deleted.")
    return redirect(found.library)


@member(Role.EDITOR)
@login_required
@require_POST
def retry(request: HttpRequest, video_id: UUID) -> HttpResponse:
    found = get_video(request.user, video_id, Role.EDITOR)
    services.retry(found)
    return redirect(found)
