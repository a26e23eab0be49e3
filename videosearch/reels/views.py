"""Keep a moment, find it again, say what it is, let it go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from videosearch.indexing.models import Track
from videosearch.lib.scopes import maker, member, signed_in
from videosearch.library.access import get_video
from videosearch.library.models import Library, Role, Video
from videosearch.library.shown import put_sheets
from videosearch.reels import exports, keeping
from videosearch.reels.access import bookmarks_of, get_bookmark
from videosearch.reels.forms import COLOURS, BookmarkForm, FilterForm, MomentForm, NoteForm, first_error
from videosearch.reels.models import Bookmark, Tag
from videosearch.reels.played import Played
from videosearch.search import cards, stills
from videosearch.search.access import get_candidate
from videosearch.search.http import SignedIn, wants_fragment
from videosearch.search.views import asked_span, chosen_libraries, still_response

PER_PAGE = 50
MOST_PLAYERS = 200
MOST_REELS = 50


@dataclass(frozen=True, slots=True)
class Kept(Played):
    """A bookmark as the templates show it."""

    row: Bookmark
    rank: int

    @property
    def video(self) -> Video:
        return self.row.video

    @property
    def _row(self) -> Bookmark:
        return self.row

    @property
    def _video(self) -> Video:
        return self.row.video

    @property
    def tracks_url(self) -> str:
        return reverse("reels:tracks", args=[self.row.pk])

    @property
    def cut(self) -> stills.View:
        _, box = stills.moment(self.row.get_tube(), self.start, self.end)
        return stills.view(self.video.width, self.video.height, box)


@signed_in
@require_GET
@login_required
def bookmarks(request: SignedIn) -> HttpResponse:
    """The caller's bookmarks, newest first; `library`, `tag`, `player`, `mark` and `text` narrow, `play` opens one."""
    libraries = list(Library.objects.for_user(request.user))
    chosen = chosen_libraries(request.GET.getlist("library"), libraries)
    tags = Tag.objects.filter(library__in=chosen or libraries).select_related("library")
    narrowed = FilterForm(request.GET, tags)
    rows = _narrow(bookmarks_of(request.user).filter(library__in=chosen or libraries), narrowed)
    page = Paginator(rows.select_related("library").prefetch_related("tags"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    shown = _shown(request, list(page.object_list))
    wanted = request.GET.get("play")
    context = {
        "libraries": libraries,
        "chosen": chosen,
        "narrowed": narrowed,
        "query": _address(narrowed, chosen),
        "page": page,
        "bookmarks": shown,
        "stage": next((item for item in shown if str(item.row.pk) == wanted), shown[0] if shown else None),
        "tags": list(tags),
        "players": _players(request, chosen or libraries),
        "colours": COLOURS[1:],
        "reels": list(request.user.reels.filter(library__in=chosen or libraries).only("title")[:MOST_REELS]),
        "formats": list(exports.FORMATS.values()),
    }
    return render(request, "reels/bookmarks.html", context)


def _narrow(rows: QuerySet[Bookmark], narrowed: FilterForm) -> QuerySet[Bookmark]:
    asked = narrowed.chosen
    if "tag" in asked:
        rows = rows.filter(tags=asked["tag"])
    if "player" in asked:
        rows = rows.filter(player=asked["player"])
    if "mark" in asked:
        rows = rows.filter(mark=asked["mark"])
    if "text" in asked:
        named = ("note", "label", "player", "query_text", "video__title")
        rows = rows.filter(Q.create([(f"{name}__icontains", asked["text"]) for name in named], connector=Q.OR))
    return rows.order_by("-created_at", "pk")


def _shown(request: SignedIn, rows: list[Bookmark]) -> list[Kept]:
    videos, _ = cards.visible_videos(request.user.pk, {row.video_id for row in rows})
    for row in rows:
        row.video = videos[row.video_id]
    put_sheets(rows)
    return [Kept(row, rank) for rank, row in enumerate(rows, 1)]


def _players(request: SignedIn, libraries: list[Library]) -> list[str]:
    named = bookmarks_of(request.user).filter(library__in=libraries).exclude(player="")
    return list(named.order_by("player").values_list("player", flat=True).distinct()[:MOST_PLAYERS])


def _address(narrowed: FilterForm, chosen: list[Library]) -> str:
    """The filters in use, as they stand in an address."""
    pairs = [("library", str(library.pk)) for library in chosen]
    pairs += [(name, str(value.pk if isinstance(value, Tag) else value)) for name, value in narrowed.chosen.items()]
    return urlencode(pairs)


@maker(Role.REVIEWER)
@require_POST
@login_required
def add(request: SignedIn, candidate_id: int) -> HttpResponse:
    """Keep a moment of a search. Pressing twice keeps it once and takes the later note."""
    row = get_candidate(request.user, candidate_id, Role.REVIEWER)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _bookmark_form(request, {"candidate": row, "form": form}, status=422)
    bookmark = keeping.keep_candidate(request.user, row, form.cleaned_data["note"])
    if not wants_fragment(request):
        messages.success(request, "Bookmarked.")
        return redirect("search:result", row.query_id)
    return _bookmark_form(request, {"candidate": row, "bookmark": bookmark})


@member(Role.REVIEWER)
@require_POST
@login_required
def keep(request: SignedIn, video_id: UUID) -> HttpResponse:
    """Keep a moment of a video: `start` and `end` in seconds, `track` for who is followed, `note`."""
    video = get_video(request.user, video_id, Role.REVIEWER)
    form = MomentForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": first_error(form)}, status=422)
    given = form.cleaned_data
    if given["start"] >= video.playable_seconds:
        return JsonResponse({"error": "The video ends before this moment."}, status=422)
    track = Track.objects.filter(video=video, version__active=True, track_id=given["track"]).first()
    if given["track"] is not None and track is None:
        return JsonResponse({"error": "This track is not there any more; load the page again."}, status=422)
    end = min(given["end"], video.playable_seconds)
    row = keeping.keep_moment(request.user, video, track, (given["start"], end), given["note"])
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"id": str(row.pk), "url": f"{reverse('reels:bookmarks')}?play={row.pk}"})
    messages.success(request, "Bookmarked.")
    return redirect(f"{video.get_absolute_url()}?t={given['start']:.1f}")


@maker(Role.VIEWER)
@require_http_methods(["GET", "POST"])
@login_required
def edit(request: SignedIn, bookmark_id: UUID) -> HttpResponse:
    """Note, player, colour and tags. GET: the form, as a part of the list or, without JavaScript, as a page."""
    row = get_bookmark(request.user, bookmark_id)
    form = BookmarkForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        if wants_fragment(request):
            return render(request, "reels/_bookmark_row.html", {"item": Kept(row, _rank(request)), "saved": True})
        messages.success(request, "The bookmark is saved.")
        return redirect("reels:bookmarks")
    status = 422 if request.method == "POST" else 200
    row.refresh_from_db()  # a form that did not hold has written into it
    chosen = request.POST.getlist("tags") if status == 422 else [str(tag.pk) for tag in row.tags.all()]
    context = {
        "item": Kept(row, _rank(request)),
        "form": form,
        "chosen_tags": chosen,
        "tags": list(row.library.tags.all()),
        "players": _players(request, [row.library]),
        "colours": COLOURS,
    }
    template = "reels/_edit.html" if wants_fragment(request) else "reels/edit.html"
    return render(request, template, context, status=status)


def _rank(request: SignedIn) -> int:
    text = request.POST.get("rank") or request.GET.get("rank") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


@maker(Role.VIEWER)
@require_POST
@login_required
def delete(request: SignedIn, bookmark_id: UUID) -> HttpResponse:
    get_bookmark(request.user, bookmark_id).delete()
    if wants_fragment(request):
        return HttpResponse("")
    messages.success(request, "The bookmark is gone.")
    return redirect("reels:bookmarks")


@maker(Role.VIEWER)
@require_GET
@login_required
def tracks(request: SignedIn, bookmark_id: UUID) -> JsonResponse:
    row = get_bookmark(request.user, bookmark_id)
    if not row.track_ids:  # a moment of the whole picture: nobody is followed
        return JsonResponse({"tracks": [], "width": row.video.width, "height": row.video.height})
    return JsonResponse(cards.tracks_json(row.video, row, asked_span(request)))


@maker(Role.VIEWER)
@require_GET
@login_required
def still(request: SignedIn, bookmark_id: UUID) -> FileResponse:
    row = get_bookmark(request.user, bookmark_id)
    return still_response(row.video, row.get_tube(), row.start, row.end)


def _bookmark_form(request: SignedIn, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "reels/_bookmark.html", context, status=status)
