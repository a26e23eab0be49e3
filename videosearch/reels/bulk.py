"""What is done to many bookmarks at once: the ticked ones of the list."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from videosearch.lib.scopes import signed_in
from videosearch.library.access import get_library
from videosearch.library.models import Role
from videosearch.reels import films, reels
from videosearch.reels.access import get_bookmarks, get_reel
from videosearch.reels.forms import ReelForm, chosen_ids, first_error
from videosearch.reels.models import Bookmark, Reel, Tag
from videosearch.reels.plan import PlanError
from videosearch.search.http import SignedIn

MOST = 500

View = Callable[[SignedIn], HttpResponse]


def ticked(request: SignedIn) -> list[Bookmark]:
    """The bookmarks ticked in the list. Raises ValidationError with a sentence; 404 for one that is not theirs."""
    return get_bookmarks(request.user, chosen_ids(request.POST.getlist("chosen"), MOST))


def back(request: SignedIn) -> HttpResponse:
    """To the list as it was narrowed; `query` is only ever taken as the query of our own page."""
    query = request.POST.get("query", "")
    response = redirect("reels:bookmarks")
    if query and len(query) < 2000 and query.isascii() and query.isprintable():
        response["Location"] += f"?{query}"
    return response


def explained(view: View) -> View:
    """What cannot be done is said in a sentence above the list."""

    @wraps(view)
    def answer(request: SignedIn) -> HttpResponse:
        try:
            return view(request)
        except ValidationError as error:
            messages.error(request, error.messages[0])
        except PlanError as error:
            messages.error(request, str(error))
        return back(request)

    return answer


@signed_in
@require_POST
@login_required
@explained
def tag(request: SignedIn) -> HttpResponse:
    """`tags` are put on the ticked bookmarks or, with `remove`, taken from them."""
    rows = ticked(request)
    ids = [int(text) for text in request.POST.getlist("tags") if text.isascii() and text.isdigit()]
    tags = list(Tag.objects.filter(pk__in=ids, library__in={row.library_id for row in rows}))
    if not tags:
        raise ValidationError("Choose at least one tag of the library these moments are in.")
    through = Bookmark.tags.through
    pairs = [(row, tag) for tag in tags for row in rows if row.library_id == tag.library_id]
    with transaction.atomic():
        if "remove" in request.POST:
            through.objects.filter(bookmark__in=rows, tag__in=tags).delete()
        else:
            links = [through(bookmark=row, tag=tag) for row, tag in pairs]
            through.objects.bulk_create(links, ignore_conflicts=True)
    changed = len({row.pk for row, _ in pairs})
    names = ", ".join(tag.name for tag in tags)
    said = "taken from" if "remove" in request.POST else "put on"
    messages.success(request, f"{names} {said} {changed} of {len(rows)} bookmarks.")
    return back(request)


@signed_in
@require_POST
@login_required
@explained
def delete(request: SignedIn) -> HttpResponse:
    rows = ticked(request)
    Bookmark.objects.filter(pk__in=[row.pk for row in rows]).delete()
    messages.success(request, f"{len(rows)} bookmark{'s are' if len(rows) > 1 else ' is'} gone.")
    return back(request)


@signed_in
@require_POST
@login_required
@explained
def to_reel(request: SignedIn) -> HttpResponse:
    """The ticked bookmarks at the end of `reel`, or of a new one called `title`."""
    rows = ticked(request)
    reel = chosen_reel(request, {row.library_id for row in rows})
    count = reels.add_bookmarks(reel, rows)
    messages.success(request, f"{count} moment{'s' if count > 1 else ''} added to {reel.title}.")
    return redirect(reel)


def chosen_reel(request: SignedIn, libraries: Collection[UUID]) -> Reel:
    """The caller's `reel`, or a new one called `title` for moments of these libraries.

    Raises ValidationError, PlanError; 404 for a reel that is not theirs.
    """
    wanted = request.POST.get("reel", "")
    if wanted:
        [reel_id] = chosen_ids([wanted], 1)
        return get_reel(request.user, reel_id)
    form = ReelForm({"title": request.POST.get("title", "").strip() or "New reel"})
    if not form.is_valid():
        raise ValidationError(first_error(form))
    if len(libraries) > 1:
        raise PlanError("A reel holds the moments of one library; these are of several.")
    [library_id] = libraries
    library = get_library(request.user, library_id, Role.REVIEWER)
    return reels.create(request.user, library, form.cleaned_data["title"])


@signed_in
@require_POST
@login_required
@explained
def to_film(request: SignedIn) -> HttpResponse:
    """The ticked bookmarks as one MP4, each with its player followed; `then` goes on to share it."""
    rows = ticked(request)
    library = get_library(request.user, rows[0].library_id, Role.REVIEWER)
    if any(row.library_id != library.pk for row in rows):
        raise PlanError("A film holds the moments of one library; these are of several.")
    title = rows[0].note[:120] or rows[0].player or rows[0].shown
    title = title if len(rows) == 1 else f"{len(rows)} moments"
    film = films.order(request.user, library, title or "Moment", reels.plan_of_bookmarks(rows))
    return redirect("sharing:new" if request.POST.get("then") == "share" else "reels:film", film.pk)
