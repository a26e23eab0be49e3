"""A reviewer says what a moment is worth, puts it right, and takes back what was said."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget

from videosearch.lib.scopes import maker
from videosearch.library.models import Role
from videosearch.search import cards, feedback
from videosearch.search.access import get_candidate
from videosearch.search.forms import FeedbackForm
from videosearch.search.http import SignedIn, wants_fragment
from videosearch.search.models import Candidate, Feedback, Judgement


@maker(Role.REVIEWER)
@require_POST
@login_required
def say(request: SignedIn, candidate_id: int) -> HttpResponse:
    row = get_candidate(request.user, candidate_id, Role.REVIEWER)
    form = FeedbackForm(request.POST)
    corrects = request.POST.get("judgement") == Judgement.CORRECTED
    if not form.is_valid():
        return _refused(request, row, "Say right, wrong or corrected; seconds and pixels are numbers.", corrects)
    try:
        said = feedback.say(request.user, row, form.cleaned_data["judgement"], form.correction())
    except feedback.BadFeedbackError as error:
        return _refused(request, row, str(error), corrects)
    return _done(request, row, said)


@maker(Role.REVIEWER)
@require_POST
@login_required
def undo(request: SignedIn, candidate_id: int) -> HttpResponse:
    row = get_candidate(request.user, candidate_id, Role.REVIEWER)
    feedback.withdraw(request.user, row)
    return _done(request, row, None)


@maker(Role.REVIEWER)
@require_GET
@login_required
def correct(request: SignedIn, candidate_id: int) -> HttpResponse:
    """The form for a correction: a part under the player, or a page with a player of its own."""
    row = get_candidate(request.user, candidate_id, Role.REVIEWER)
    said = cards.standing(request.user.pk, [row]).get(row.pk)
    return _form(request, row, cards.fix_values(*cards.shown_span(row), said))


def _done(request: SignedIn, row: Candidate, said: Feedback | None) -> HttpResponse:
    if wants_fragment(request):
        return render(request, "search/_feedback.html", {"candidate": row, "said": said})
    messages.success(request, "Noted, thank you." if said else "Taken back.")
    return redirect(f"{reverse('search:result', args=[row.query_id])}?play={row.pk}")


def _refused(request: SignedIn, row: Candidate, error: str, corrects: bool) -> HttpResponse:
    if corrects:
        response = _form(request, row, request.POST, error)
        return retarget(reswap(response, "outerHTML"), "#correct") if wants_fragment(request) else response
    said = cards.standing(request.user.pk, [row]).get(row.pk)
    return render(request, "search/_feedback.html", {"candidate": row, "said": said, "error": error}, status=422)


def _form(request: SignedIn, row: Candidate, fix: Mapping[str, str], error: str = "") -> HttpResponse:
    context = {"candidate": row, "fix": fix, "error": error}
    template = "search/correct.html#form"
    if not wants_fragment(request):
        template = "search/correct.html"
        context["card"] = cards.cards(row.query, [row])[0]
    return render(request, template, context, status=422 if error else 200)
