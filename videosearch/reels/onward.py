"""One moment to the end of a reel, from its card in a list: a hit of a search, or a bookmark."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from videosearch.lib.scopes import maker
from videosearch.library.access import get_library
from videosearch.library.models import Role
from videosearch.reels import reels
from videosearch.reels.access import get_bookmark
from videosearch.reels.bulk import chosen_reel
from videosearch.reels.models import ReelItem
from videosearch.reels.plan import PlanError
from videosearch.reels.views import MOST_REELS, Kept
from videosearch.search import cards
from videosearch.search.access import get_candidate
from videosearch.search.http import SignedIn, wants_fragment


@maker(Role.REVIEWER)
@require_http_methods(["GET", "POST"])
@login_required
def moment(request: SignedIn, candidate_id: int) -> HttpResponse:
    """A hit at the end of `reel`, or of a new one called `title`. GET: the form, or a page without JavaScript."""
    row = get_candidate(request.user, candidate_id, Role.REVIEWER)
    [card] = cards.cards(row.query, [row])
    context = {
        "moment": card,
        "library": row.video.library,
        "film_url": reverse("reels:moment_film", args=[row.pk]),
        "back": card.url,
    }
    return _answer(request, context, [reels.item_of_hit(card)])


@maker(Role.REVIEWER)
@require_http_methods(["GET", "POST"])
@login_required
def bookmark(request: SignedIn, bookmark_id: UUID) -> HttpResponse:
    """A bookmark, in the same way."""
    row = get_bookmark(request.user, bookmark_id)
    context = {
        "moment": Kept(row, 0),
        "library": get_library(request.user, row.library_id, Role.REVIEWER),
        "film_url": reverse("reels:bulk_film"),
        "chosen": row.pk,
        "back": f"{reverse('reels:bookmarks')}?play={row.pk}",
    }
    return _answer(request, context, [reels.item_of_bookmark(row)])


def _answer(request: SignedIn, context: dict[str, Any], items: list[ReelItem]) -> HttpResponse:
    library = context["library"]
    context["reels"] = list(request.user.reels.filter(library=library).only("title")[:MOST_REELS])
    if request.method == "GET":
        return _form(request, context)
    try:
        with transaction.atomic():  # no new reel without what it was made for
            reel = chosen_reel(request, {library.pk})
            reels.append(reel, items)
    except ValidationError as error:
        return _form(request, context | {"error": error.messages[0]}, status=422)
    except PlanError as error:
        return _form(request, context | {"error": str(error)}, status=422)
    if wants_fragment(request):
        return _form(request, context | {"added": reel})
    messages.success(request, f"Added to {reel.title}.")
    return redirect(context["back"])


def _form(request: SignedIn, context: dict[str, Any], status: int = 200) -> HttpResponse:
    template = "reels/_onward.html" if wants_fragment(request) else "reels/onward.html"
    return render(request, template, context, status=status)
