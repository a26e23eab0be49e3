"""The search page and what it loads: verdicts as they arrive, the clip of a moment, its picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseStopPolling, push_url

from grounding.errors import BadQueryError
from grounding.types import Span, Tube
from videosearch.accounts.models import User
from videosearch.lib import engine
from videosearch.lib.scopes import maker, signed_in
from videosearch.library.models import Library, Role, Video
from videosearch.search import asking, cards, checking, looking, service, stills
from videosearch.search.access import get_candidate, get_query
from videosearch.search.display import Display, display_of, divided, wanted
from videosearch.search.http import SignedIn, wants_fragment
from videosearch.search.models import Query

EXAMPLES = (
    "number 10 in red",
    "player in blue sprinting to the left",
    "goalkeeper with arms raised",
    "two players near the ball",
    "somebody standing alone",
)
RECENT = 6

AT_ONCE = 6
"""Moments in the first answer; the others come with the first verdicts, a moment later and below the fold."""


@signed_in
@require_GET
@login_required
def page(request: SignedIn) -> HttpResponse:
    """Ask with `q`, filters `f` and an example `like` of all the caller's libraries, or of those in `library`.

    Without any of them the empty page. `sort` and `view` say how the moments are shown.
    """
    libraries = list(Library.objects.for_user(request.user))
    chosen = chosen_libraries(request.GET.getlist("library"), libraries)
    context: dict[str, Any] = {"libraries": libraries, "chosen": chosen, "text": request.GET.get("q", "")}
    if not asking.asks(request.GET):
        return render(request, "search/page.html", context | _start(request.user))
    try:
        asked, where = asking.read(request.user, request.GET, chosen or libraries)
        query, rows = service.search(request.user, asked, where, replaces=_uuid(request.GET.get("replaces", "")))
    except BadQueryError as error:
        return _render(request, context | _start(request.user) | {"error": str(error)}, status=422)
    found = cards.cards(query, rows if query.state == Query.State.VERIFYING else None)
    shown = results_context(query, found, where, display=display_of(request.GET))
    if query.state == Query.State.VERIFYING:
        shown |= {"strong": shown["strong"][:AT_ONCE], "weak": []}
    pairs = asking.pairs_of(query, chosen)
    told = {"text": asked.text, "chips": asking.chips(query, pairs), "parts": asking.parts(query, pairs)}
    response = _render(request, context | shown | told)
    return push_url(response, asking.address(pairs)) if request.htmx else response


@maker()
@require_GET
@login_required
def result(request: SignedIn, query_id: UUID) -> HttpResponse:
    """A query asked before, as it was answered; `play` names the moment to open."""
    query = get_query(request.user, query_id)
    checking.close_overdue(query)
    service.resume(query)
    libraries = list(Library.objects.for_user(request.user))
    asked = set(query.libraries.values_list("pk", flat=True))
    where = [library for library in libraries if library.pk in asked]
    chosen = where if len(where) < len(libraries) else []
    pairs = asking.pairs_of(query, chosen)
    context = {
        "libraries": libraries,
        "chosen": chosen,
        "text": query.text,
        "chips": asking.chips(query, pairs),
        "parts": asking.parts(query, pairs),
    }
    display, play = display_of(request.GET), request.GET.get("play", "")
    return _render(request, context | results_context(query, cards.cards(query), where, play=play, display=display))


@maker()
@require_GET
@login_required
def results(request: SignedIn, query_id: UUID) -> HttpResponse:
    """The list alone, polled until every verdict is there; the last answer tells htmx to stop."""
    query = get_query(request.user, query_id)
    checking.close_overdue(query)
    shown = results_context(query, cards.cards(query), (), display=display_of(request.GET))
    response = render(request, "search/page.html#polled", shown | {"polled": True})
    if query.state == Query.State.VERIFYING:
        return response
    return HttpResponseStopPolling(response.content)


@maker(Role.VIEWER)
@require_GET
@login_required
def tracks(request: SignedIn, candidate_id: int) -> JsonResponse:
    row = get_candidate(request.user, candidate_id)
    return JsonResponse(cards.tracks_json(row.video, row, asked_span(request)))


@maker(Role.VIEWER)
@require_GET
@login_required
def still(request: SignedIn, candidate_id: int) -> FileResponse:
    row = get_candidate(request.user, candidate_id)
    return still_response(row.video, row.get_tube(), *cards.shown_span(row))


def still_response(video: Video, tube: Tube, start: float, end: float) -> FileResponse:
    """The picture in the middle of a span. Private: only this browser may keep it."""
    seconds, box = stills.moment(tube, start, end)
    path = stills.still(video, seconds, stills.view(video.width, video.height, box))
    if path is None:
        raise Http404("There is no picture of this moment yet.")
    return FileResponse(path.open("rb"), content_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


def asked_span(request: SignedIn) -> Span | None:
    """`start` and `end` of the address, or None where they are missing or no span."""
    try:
        return Span(float(request.GET["start"]), float(request.GET["end"]))
    except (KeyError, ValueError):
        return None


def results_context(
    query: Query,
    found: list[cards.Card],
    libraries: Sequence[Library],
    *,
    play: str = "",
    display: Display | None = None,
) -> dict[str, Any]:
    """What the results show; without libraries (the polled part) only what the list and the strips need."""
    display = display or Display()
    shown = wanted(query, found)
    strong, weak = divided(query, shown, display)
    # Verdicts and scores are still to come: what is hidden now may be shown in a moment, so that there is a player.
    first = next(iter([*strong, *weak, *found]), None)
    context = {
        "query": query,
        "display": display,
        "cards": shown,
        "hidden": len(found) - len(shown),
        "strong": strong,
        "weak": weak,
        "strips": cards.strips(query, shown),
        **_progress(query, found),
        "asked": len(found),
        "stage": next((one for one in shown if str(one.candidate.pk) == play), first),
    }
    if libraries:
        states = Video.objects.filter(library__in=libraries).only("title", "status", "indexed_seconds")
        context |= {
            "indexing": [video for video in states if video.in_progress],
            "indexed": any(video.indexed_seconds for video in states),
        }
    return context


def _progress(query: Query, found: Sequence[cards.Card]) -> dict[str, Any]:
    """How many have their verdict; once all are measured and a model looks at them, how many it has seen."""
    checked = sum(card.verdict != "unchecked" for card in found)
    seen = sum(looking.was_looked_at(card.candidate) for card in found)
    at_pictures = query.state == Query.State.VERIFYING and engine.looks() and (seen or checked == len(found))
    return {"checked": checked, "done": seen if at_pictures else checked, "at_pictures": at_pictures}


def chosen_libraries(wanted: Sequence[str], libraries: Sequence[Library]) -> list[Library]:
    """The libraries named by id, none if none is named. 404 for one that is not the caller's."""
    by_id = {str(library.pk): library for library in libraries}
    try:
        return [by_id[name] for name in dict.fromkeys(wanted) if name]
    except KeyError:
        raise Http404("No such library.") from None


def _start(user: User) -> dict[str, Any]:
    """What the page offers before anything is asked."""
    texts = Query.objects.filter(user=user).exclude(text="").order_by("-created_at").values_list("text", flat=True)
    recent = list(dict.fromkeys(texts[: 4 * RECENT]))[:RECENT]
    return {"examples": EXAMPLES, "recent": recent, "saved": user.saved_searches.order_by("name")}


def _render(request: SignedIn, context: dict[str, Any], status: int = 200) -> HttpResponse:
    template = "search/page.html#results" if wants_fragment(request) else "search/page.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
