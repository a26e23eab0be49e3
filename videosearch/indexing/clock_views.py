"""Match time of a video: for the player, and to be put right by hand."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from grounding.matchtime import clock_json
from videosearch.indexing.clock_form import ClockForm
from videosearch.indexing.matchtime import clock_of
from videosearch.indexing.models import MatchTime
from videosearch.lib.scopes import member
from videosearch.library.access import get_video
from videosearch.library.models import Role


@member()
@require_safe
def clock(request: HttpRequest, video_id: UUID) -> JsonResponse:
    """Pieces and scores, as `grounding.matchtime.clock_json` has them; {} where nothing is known."""
    known = clock_of(get_video(request.user, video_id))
    response = JsonResponse(clock_json(known) if known else {})
    response["Cache-Control"] = "private, no-cache"  # a clock that was put right is shown at once
    return response


@member(Role.EDITOR)
@login_required
@require_POST
def change(request: HttpRequest, video_id: UUID) -> HttpResponse:
    """What is set here wins over what was read; `forget` goes back to that."""
    video = get_video(request.user, video_id, Role.EDITOR)
    form = ClockForm(request.POST)
    if "forget" in request.POST:
        MatchTime.objects.filter(video=video).update(by_hand={}, changed_by=None, changed_at=None)
        messages.success(request, "The clock is as it was read again.")
    elif form.is_valid():
        MatchTime.objects.update_or_create(
            video=video,
            defaults={"by_hand": form.by_hand, "changed_by_id": request.user.pk, "changed_at": timezone.now()},
        )
        messages.success(request, "The match clock was set.")
    else:
        messages.error(request, form.sentence)
    return redirect("library:video", video_id)
