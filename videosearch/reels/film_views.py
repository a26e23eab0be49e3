"""Films: what was ordered, how far it is, and the MP4 itself."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling

from videosearch.lib.files import ranged_file_response
from videosearch.lib.scopes import maker, signed_in
from videosearch.library.models import Library, Role
from videosearch.reels import films, plan, reels
from videosearch.reels.access import get_film
from videosearch.reels.exports.document import file_name
from videosearch.reels.models import Film
from videosearch.reels.plan import PlanError
from videosearch.search import cards
from videosearch.search.access import get_candidate, get_query
from videosearch.search.http import SignedIn

MOST = 100


@signed_in
@require_GET
@login_required
def index(request: SignedIn) -> HttpResponse:
    mine = Film.objects.filter(user=request.user, library__in=Library.objects.for_user(request.user))
    listed = films.standings(mine.select_related("library")[:MOST])
    return render(request, "reels/films.html", {"listed": listed, "most": MOST})


@maker(Role.VIEWER)
@require_GET
@login_required
def film(request: SignedIn, film_id: UUID) -> HttpResponse:
    row = get_film(request.user, film_id, to_watch=True)
    context = {"stands": films.standings([row])[0], "film": row, "is_mine": row.user_id == request.user.pk}
    return render(request, "reels/film.html", context)


@maker(Role.VIEWER)
@require_GET
@login_required
def state(request: SignedIn, film_id: UUID) -> HttpResponse:
    """How far the film is, for polling; the last answer tells htmx to stop."""
    row = get_film(request.user, film_id, to_watch=True)
    stands = films.standings([row])[0]
    context = {"stands": stands, "is_mine": row.user_id == request.user.pk}
    response = render(request, "reels/_film.html", context)
    return response if stands.is_moving else HttpResponseStopPolling(response.content)


@maker(Role.VIEWER)
@require_POST
@login_required
def cancel(request: SignedIn, film_id: UUID) -> HttpResponse:
    row = get_film(request.user, film_id)
    if films.cancel(row):
        messages.success(request, "The film is cancelled.")
    else:
        messages.info(request, "There was nothing left to cancel.")
    return _back(request, row)


@maker(Role.VIEWER)
@require_POST
@login_required
def again(request: SignedIn, film_id: UUID) -> HttpResponse:
    row = get_film(request.user, film_id)
    if not row.is_made:
        films.again(row)
    return _back(request, row)


@maker(Role.VIEWER)
@require_POST
@login_required
def delete(request: SignedIn, film_id: UUID) -> HttpResponse:
    row = get_film(request.user, film_id)
    row.delete()
    messages.success(request, f"The film {row.title} is gone.")
    return redirect("reels:films")


def _back(request: SignedIn, row: Film) -> HttpResponse:
    """To the reel one came from, else to the film."""
    reel = row.reels.filter(user=request.user).first()
    return (
        redirect(f"{reel.get_absolute_url()}#film")
        if reel and "reel" in request.POST
        else redirect("reels:film", row.pk)
    )


@maker(Role.VIEWER)
@require_safe
@login_required
def file(request: SignedIn, film_id: UUID) -> HttpResponseBase:
    """The MP4, in parts where the player asks for parts; with `download`, to be saved."""
    row = get_film(request.user, film_id, to_watch=True)
    if not row.is_made:
        raise Http404("This film is not made yet.")
    name = f"{file_name(row.title)}.mp4"
    return ranged_file_response(request, row.file, "video/mp4", filename=name, download="download" in request.GET)


@maker(Role.REVIEWER)
@require_POST
@login_required
def of_moment(request: SignedIn, candidate_id: int) -> HttpResponse:
    """A hit as a clip of its own; `then` goes on to share it."""
    row = get_candidate(request.user, candidate_id, Role.REVIEWER)
    [card] = cards.cards(row.query, [row])
    return _ordered(request, [card], card.label or "Clip")


@maker()
@require_POST
@login_required
def of_query(request: SignedIn, query_id: UUID) -> HttpResponse:
    """The hits of one's own search as one film."""
    query = get_query(request.user, query_id)
    return _ordered(request, cards.cards(query), query.text[:120])


def _ordered(request: SignedIn, shown: list[cards.Card], title: str) -> HttpResponse:
    libraries = {card.video.library_id: card.may_review for card in shown}
    try:
        if len(libraries) > 1:
            raise PlanError("A film holds the moments of one library; these are of several. Search one of them.")
        if not all(libraries.values()):
            raise PlanError("Reviewers make films; your role in this library is viewer. Ask an admin of it.")
        wanted = reels.plan_of_hits(shown)
        plan.check(wanted)
        film = films.order(request.user, shown[0].video.library, title, wanted)
    except PlanError as error:
        messages.error(request, str(error))
        return redirect("search:page")
    return redirect("sharing:new" if request.POST.get("then") == "share" else "reels:film", film.pk)
