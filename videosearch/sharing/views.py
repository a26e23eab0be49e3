"""Making and revoking links, for members."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from videosearch.lib.scopes import maker, member, signed_in
from videosearch.library.access import get_library
from videosearch.library.models import Role
from videosearch.reels.access import get_film
from videosearch.reels.forms import first_error
from videosearch.search.http import SignedIn
from videosearch.sharing.access import get_managed_share, get_share, shares_of
from videosearch.sharing.forms import LIFETIMES, ShareForm
from videosearch.sharing.models import Share

MOST_LISTED = 200
MOST_OPEN = 100


@signed_in
@require_GET
@login_required
@never_cache
def index(request: SignedIn) -> HttpResponse:
    """Who shared what, and when it was last opened."""
    rows = list(shares_of(request.user).select_related("film", "library", "user")[:MOST_LISTED])
    listed = [(row, row.link(request) if row.is_open and row.user_id == request.user.pk else "") for row in rows]
    return render(request, "sharing/list.html", {"listed": listed, "most": MOST_LISTED})


@maker(Role.REVIEWER)
@require_GET
@login_required
def new(request: SignedIn, film_id: UUID) -> HttpResponse:
    film = get_film(request.user, film_id)
    get_library(request.user, film.library_id, Role.REVIEWER)
    links = [
        (row, row.link(request))
        for row in Share.objects.open().filter(user=request.user, film=film).select_related("film")
    ]
    return render(request, "sharing/new.html", {"film": film, "links": links, "lifetimes": LIFETIMES})


@maker(Role.REVIEWER)
@require_POST
@login_required
def create(request: SignedIn, film_id: UUID) -> HttpResponse:
    film = get_film(request.user, film_id)
    get_library(request.user, film.library_id, Role.REVIEWER)
    form = ShareForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_error(form))
    elif Share.objects.open().filter(user=request.user).count() >= MOST_OPEN:
        messages.error(request, f"You have {MOST_OPEN} open links; revoke one first.")
    else:
        row = Share(user=request.user, library_id=film.library_id, film=film, expires_at=form.expires_at)
        row.may_download = form.cleaned_data["may_download"]
        row.set_password(form.cleaned_data["password"])
        row.save()
        messages.success(request, "The link is made. Copy it and send it to whom you like.")
    return redirect("sharing:new", film.pk)


@maker(Role.VIEWER)
@require_POST
@login_required
def revoke(request: SignedIn, share_id: UUID) -> HttpResponse:
    return _end(request, get_share(request.user, share_id))


@member(Role.ADMIN)
@require_POST
@login_required
def end(request: SignedIn, share_id: UUID) -> HttpResponse:
    """An admin of the library takes back what somebody else shared."""
    return _end(request, get_managed_share(request.user, share_id))


def _end(request: SignedIn, row: Share) -> HttpResponse:
    """From this moment on the link leads nowhere, also for those who are watching."""
    Share.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now())
    messages.success(request, "The link is revoked. Whoever opens it now finds nothing.")
    return redirect("sharing:list")
