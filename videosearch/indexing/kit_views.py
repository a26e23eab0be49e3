"""The kits that were seen in a video, offered as the beginning of its team sheet."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from grounding.sheets import Sheet, Team
from videosearch.indexing.kits import kits_in
from videosearch.lib.scopes import member
from videosearch.library import sheets
from videosearch.library.access import get_membership, get_video
from videosearch.library.models import Role


@member()
@login_required
@require_safe
def kits(request: HttpRequest, video_id: UUID) -> HttpResponse:
    """A part of the video's page, or a page of its own without JavaScript."""
    video = get_video(request.user, video_id)
    found = kits_in(video)
    context = {
        "video": video,
        "kits": found.teams if found else (),
        "may_edit": get_membership(request.user, video.library_id).allows(Role.EDITOR) and not video.teams.exists(),
    }
    template = "indexing/kits.html#found" if request.htmx else "indexing/kits.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@member(Role.EDITOR)
@login_required
@require_POST
def use_kits(request: HttpRequest, video_id: UUID) -> HttpResponse:
    """Begin the team sheet with the kits that were found; a sheet that is there already stays as it is."""
    video = get_video(request.user, video_id, Role.EDITOR)
    found = kits_in(video)
    if video.teams.exists():
        messages.error(request, "This video has a team sheet already.")
    elif found is None:
        messages.error(request, "The two kits cannot be told yet; fill them in by hand.")
    else:
        sheets.replace(video, Sheet(tuple(Team(shirt=kit.shirt, shorts=kit.shorts) for kit in found.teams)))
        messages.success(request, "The two kits are on the sheet. Now say who wears which number.")
    return redirect("library:sheet", video.pk)
