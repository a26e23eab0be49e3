"""Keep a moment with a note, find it again, change the note, let it go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from videosearch.indexing.models import Track
from videosearch.library.models import Library, Role, Video
from videosearch.reels.access import bookmarks_of, get_bookmark
from videosearch.reels.forms import NoteForm
from videosearch.reels.models import Bookmark
from videosearch.search import cards, stills
from videosearch.search.access import get_candidate
from videosearch.search.http import SignedIn, wants_fragment
from videosearch.search.models import Candidate
from videosearch.search.views import asked_span, chosen_libraries, still_response

LIMIT = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """A bookmark as the templates show it: with what the player's stage asks of a moment."""

    row: Bookmark
    rank: int

    @property
    def video(self) -> Video:
        return self.row.video

    @property
    def start(self) -> float:
        return self.row.start

    @property
    def end(self) -> float:
        return self.row.end

    @property
    def label(self) -> str:
        return self.row.label

    @property
    def colour(self) -> str:
        return self.row.colour

    @property
    def span(self) -> str:
        return cards.clock_span(self.start, self.end)

    @property
    def src(self) -> str:
        return self.video.proxy.url if self.video.proxy else ""

    @property
    def clip(self) -> str:
        return cards.clip_json(self, self.row.track_ids)

    @property
    def track_ids(self) -> str:
        return ",".join(map(str, self.row.track_ids))

    @property
    def tracks_url(self) -> str:
        return reverse("reels:tracks", args=[self.row.pk])

    @property
    def video_url(self) -> str:
        return f"{self.video.get_absolute_url()}?t={self.start:.1f}"

    @property
    def cut(self) -> stills.View:
        _, box = stills.moment(self.row.get_tube(), self.start, self.end)
        return stills.view(self.video.width, self.video.height, box)


@require_GET
@login_required
def bookmarks(request: SignedIn) -> HttpResponse:
    """The caller's bookmarks, newest first; `library` filters, `play` names the one to open."""
    libraries = list(Library.objects.for_user(request.user))
    chosen = chosen_libraries(request.GET.getlist("library"), libraries)
    rows = bookmarks_of(request.user).select_related("library").order_by("-created_at")
    if chosen:
        rows = rows.filter(library__in=chosen)
    listed = list(rows[:LIMIT])
    videos, _ = cards.visible_videos(request.user.pk, {row.video_id for row in listed})
    for row in listed:
        row.video = videos[row.video_id]
    shown = [Kept(row, rank) for rank, row in enumerate(listed, 1)]
    wanted = request.GET.get("play")
    stage = next((item for item in shown if str(item.row.pk) == wanted), shown[0] if shown else None)
    context = {"libraries": libraries, "chosen": chosen, "bookmarks": shown, "stage": stage, "limit": LIMIT}
    return render(request, "reels/bookmarks.html", context)


@require_POST
@login_required
def add(request: SignedIn, candidate_id: int) -> HttpResponse:
    """Keep a moment of a search. Pressing twice keeps it once and takes the later note."""
    row = get_candidate(request.user, candidate_id, Role.REVIEWER)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _bookmark_form(request, {"candidate": row, "form": form}, status=422)
    bookmark = _keep(request.user.pk, row, form.cleaned_data["note"])
    if not wants_fragment(request):
        messages.success(request, "Bookmarked.")
        return redirect("search:result", row.query_id)
    return _bookmark_form(request, {"candidate": row, "bookmark": bookmark})


@require_POST
@login_required
def edit(request: SignedIn, bookmark_id: UUID) -> HttpResponse:
    row = get_bookmark(request.user, bookmark_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        row.note = form.cleaned_data["note"]
        row.save(update_fields=["note"])
    if wants_fragment(request):
        context = {"item": Kept(row, 0), "form": form, "saved": form.is_valid()}
        return render(request, "reels/bookmarks.html#row", context, status=200 if form.is_valid() else 422)
    if form.is_valid():
        messages.success(request, "The note is saved.")
    else:
        messages.error(request, str(form.errors["note"][0]))
    return redirect("reels:bookmarks")


@require_POST
@login_required
def delete(request: SignedIn, bookmark_id: UUID) -> HttpResponse:
    get_bookmark(request.user, bookmark_id).delete()
    if wants_fragment(request):
        return HttpResponse("")
    messages.success(request, "The bookmark is gone.")
    return redirect("reels:bookmarks")


@require_GET
@login_required
def tracks(request: SignedIn, bookmark_id: UUID) -> JsonResponse:
    row = get_bookmark(request.user, bookmark_id)
    return JsonResponse(cards.tracks_json(row.video, row, asked_span(request)))


@require_GET
@login_required
def still(request: SignedIn, bookmark_id: UUID) -> FileResponse:
    row = get_bookmark(request.user, bookmark_id)
    return still_response(row.video, row.get_tube(), row.start, row.end)


def _keep(user_id: int, row: Candidate, note: str) -> Bookmark:
    start, end = cards.shown_span(row)
    track = Track.objects.filter(video=row.video, version__active=True, track_id__in=row.track_ids).first()
    bookmark, _ = Bookmark.objects.update_or_create(
        user_id=user_id,
        video=row.video,
        track_ids=row.track_ids,
        start=start,
        end=end,
        defaults={"note": note},
        create_defaults={
            "library_id": row.video.library_id,
            "track": track,
            "label": row.label,
            "colour": row.colour,
            "tube": bytes(row.tube),
            "note": note,
            "query_text": row.query.text,
        },
    )
    return bookmark


def _bookmark_form(request: SignedIn, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "reels/_bookmark.html", context, status=status)
