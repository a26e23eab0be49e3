"""The team sheet of a video, as its editors fill it in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from grounding.sheets import Sheet
from videosearch.lib.scopes import member
from videosearch.library import sheets
from videosearch.library.access import get_video
from videosearch.library.models import Role, Team, Video
from videosearch.library.sheet_form import SheetForm, teams_elsewhere


@member(Role.EDITOR)
@login_required
@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, video_id: UUID) -> HttpResponse:
    """Save the whole form, or with `do` change it first: read what was pasted, copy a team. Only saving is kept."""
    video = get_video(request.user, video_id, Role.EDITOR)
    if request.method != "POST":
        return _form(request, video, SheetForm(sheets.sheet_of(video)))
    verb, _, side = request.POST.get("do", "save").partition("-")
    if verb == "delete":
        sheets.replace(video, Sheet())
        messages.success(request, "The team sheet was deleted.")
        return redirect(video)
    form = SheetForm.posted(request.POST)
    if "home-name" not in request.POST:  # half a form would empty the sheet
        form.problems = ["The form did not arrive whole; please try again."]
        return _form(request, video, form, status=422)
    if verb == "save":
        return _save(request, video, form)
    part = form.part(side)
    if part is not None and verb == "read":
        form.read_lines(part)
    elif part is not None and verb == "copy":
        chosen = request.POST.get(f"{side}-from", "")
        team = next((one for one in teams_elsewhere(video) if str(one.pk) == chosen), None)
        if team is None:
            part.done = "Choose a team of another video first."
        else:
            form.copy(part, team, sheets.value_of(team))
    return _form(request, video, form)


def _save(request: HttpRequest, video: Video, form: SheetForm) -> HttpResponse:
    value = form.sheet()
    if form.is_wrong:
        return _form(request, video, form, status=422)
    sheets.replace(video, value)
    messages.success(request, "The team sheet was saved. Names can be searched from now on.")
    return redirect(f"{video.get_absolute_url()}#teams")


def _form(request: HttpRequest, video: Video, form: SheetForm, status: int = 200) -> HttpResponse:
    context = {
        "video": video,
        "library": video.library,
        "form": form,
        "colours": Team.COLOURS,
        "sides": Team.ATTACKS,
        "elsewhere": teams_elsewhere(video),
        "exists": video.teams.exists(),
    }
    return render(request, "library/sheet.html", context, status=status)
