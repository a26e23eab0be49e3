"""The JSON API: the same search as the page, for programs."""

from __future__ import annotations

import time
from typing import Any, Final
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from grounding.errors import BadQueryError
from grounding.types import Span
from videosearch.api import bodies, openapi, schemas
from videosearch.api.auth import LIMIT, ApiRequest, endpoint
from videosearch.api.errors import ApiError
from videosearch.indexing.tubes import boxes_between
from videosearch.lib.scopes import By, maker, member, public, token
from videosearch.library.access import get_video
from videosearch.library.models import Library, Membership
from videosearch.search import cards, checking, filters, service, why
from videosearch.search.access import get_query
from videosearch.search.models import Query

STEP: Final = 0.1


@token()
@endpoint("GET", "POST")
def search(request: ApiRequest) -> HttpResponse:
    """Ask and get the hits; verdicts that take longer than `wait` are asked for at the answer's `url`."""
    asked = _search_request(request)
    mine = {library.pk: library for library in Library.objects.for_user(request.user)}
    if any(library not in mine for library in asked.libraries):
        raise ApiError(404, "No such library.")
    chosen = [mine[library] for library in dict.fromkeys(asked.libraries)] or list(mine.values())
    try:
        ignoring = filters.read([f"ignore:{part}" for part in asked.ignore], chosen)
        row, _ = service.search(request.user, service.Asked(asked.query, ignoring), chosen)
    except BadQueryError as error:
        raise ApiError(422, str(error)) from error
    _wait(row, asked.wait)
    return bodies.answer(_answer(request, row, boxes=asked.boxes))


@maker(by=By.TOKEN)
@endpoint("GET")
def query(request: ApiRequest, query_id: UUID) -> HttpResponse:
    row = get_query(request.user, query_id)
    checking.close_overdue(row)
    return bodies.answer(_answer(request, row, boxes=request.GET.get("boxes", "true") != "false"))


@token()
@endpoint("GET")
def libraries(request: ApiRequest) -> HttpResponse:
    rows = (
        Membership.objects.filter(user=request.user)
        .select_related("library")
        .annotate(videos=Count("library__videos"))
        .order_by("library__name", "id")
    )
    return bodies.answer(
        schemas.LibraryList(
            libraries=[
                schemas.Library(
                    id=row.library_id,
                    name=row.library.name,
                    role=row.role,
                    videos=row.videos,
                    url=request.build_absolute_uri(row.library.get_absolute_url()),
                )
                for row in rows
            ]
        )
    )


@member(by=By.TOKEN)
@endpoint("GET")
def video(request: ApiRequest, video_id: UUID) -> HttpResponse:
    row = get_video(request.user, video_id)
    return bodies.answer(
        schemas.Video(
            id=row.pk,
            library_id=row.library_id,
            title=row.title,
            name=row.original_name,
            status=row.status,
            error=row.error,
            duration=row.duration,
            indexed_seconds=row.indexed_seconds,
            width=row.width,
            height=row.height,
            fps=row.fps,
            created_at=row.created_at,
            url=request.build_absolute_uri(row.get_absolute_url()),
        )
    )


@token()
@endpoint("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
def nothing(request: ApiRequest, **_: str) -> HttpResponse:
    raise ApiError(404, f"There is nothing at {request.path[:100]}; see {reverse('api:docs')}.")


@public
@require_GET
def document(request: HttpRequest) -> JsonResponse:
    """The OpenAPI description; it is no secret."""
    return JsonResponse(openapi.document(request.build_absolute_uri("/").rstrip("/")))


@public
@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    base = request.build_absolute_uri("/").rstrip("/")
    return render(request, "api/docs.html", {"routes": openapi.ROUTES, "base": base, "limit": LIMIT})


def _search_request(request: ApiRequest) -> schemas.SearchRequest:
    """The question out of a JSON body, or out of the address with GET. Raises ApiError 413 or 422."""
    if request.method == "GET":
        given: Any = {name: request.GET[name] for name in ("query", "wait", "boxes") if name in request.GET}
        given |= {"libraries": request.GET.getlist("library"), "ignore": request.GET.getlist("ignore")}
    else:
        given = bodies.read_json(request)
    return bodies.validated(schemas.SearchRequest, given)


def _wait(row: Query, seconds: float) -> None:
    end = time.monotonic() + seconds
    while row.state == Query.State.VERIFYING and time.monotonic() < end:
        row.refresh_from_db(fields=["state", "answer", "probability", "unseen"])
        if row.state == Query.State.VERIFYING:
            time.sleep(STEP)


def _answer(request: ApiRequest, row: Query, *, boxes: bool) -> schemas.SearchResponse:
    parsed = row.parsed
    return schemas.SearchResponse(
        id=row.pk,
        query=schemas.ParsedQuery(
            text=row.text,
            predicates=[
                schemas.Predicate(**{name: value for name, value in one.items() if name != "terms"})
                for one in parsed["predicates"]
            ],
            rest=parsed["rest"],
        ),
        state=row.state,
        answer=row.answer or None,
        probability=round(row.probability, 4),
        embedded=row.embedded,
        notes=[note["text"] for note in parsed.get("notes", ())],
        unseen=row.unseen,
        elapsed_ms=row.elapsed_ms,
        created_at=row.created_at,
        hits=[_hit(request, card, boxes=boxes) for card in cards.cards(row, evidence=True)],
        url=request.build_absolute_uri(reverse("api:query", args=[row.pk])),
    )


def _hit(request: ApiRequest, card: cards.Card, *, boxes: bool) -> schemas.Hit:
    absolute = request.build_absolute_uri
    return schemas.Hit(
        id=card.candidate.pk,
        rank=card.rank,
        video=card.video.original_name,
        video_id=card.video.pk,
        title=card.video.title,
        library_id=card.video.library_id,
        track_ids=card.candidate.track_ids,
        label=card.label,
        name=card.candidate.player_name,
        start=card.start,
        end=card.end,
        score=round(card.score, 4),
        verdict=card.verdict,
        reason=card.reason,
        verifier=card.verifier,
        held=[
            schemas.Held(
                kind=one.predicate.kind,
                value=one.predicate.value,
                negated=one.predicate.negated,
                words=one.words,
                seconds=list(one.seconds),
            )
            for one in why.held(card.candidate)
        ],
        feedback=card.said.judgement if card.said else None,
        match=bodies.match_moment(card.video, card.start),
        boxes=_boxes(card) if boxes else [],
        urls=schemas.HitUrls(
            page=absolute(card.url),
            video=absolute(card.video.get_absolute_url()),
            tracks=absolute(card.tracks_url),
            still=absolute(card.still_url),
        ),
    )


def _boxes(card: cards.Card) -> list[list[float]]:
    """The boxes inside the span; the player's one to either side is not part of the answer."""
    rows = boxes_between(card.candidate.tube, Span(card.start, card.end))
    return [row for row in rows if card.start - 1e-3 <= row[0] < card.end - 1e-3]
