"""Reels: the list, and the page on which one is cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST, require_safe

from grounding.types import Span
from videosearch.indexing.tubes import boxes_between, step_of
from videosearch.lib.scopes import maker, signed_in
from videosearch.library.access import get_library
from videosearch.library.models import Library, Membership, Role, Video
from videosearch.library.shown import put_sheets
from videosearch.reels import cutting, exports, films, plan, reels
from videosearch.reels.access import get_item, get_reel
from videosearch.reels.export_views import format_of, send, source_of
from videosearch.reels.exports import Card, Document, Moment
from videosearch.reels.forms import ClipForm, ReelForm, TitleCardForm, chosen_ids, first_error
from videosearch.reels.models import Reel, ReelItem
from videosearch.reels.plan import PlanError
from videosearch.reels.played import Played
from videosearch.search import cards, stills
from videosearch.search.http import SignedIn, wants_fragment
from videosearch.search.views import asked_span, still_response


@dataclass(frozen=True, slots=True)
class Shown(Played):
    """A part of a reel as the templates show it."""

    row: ReelItem
    rank: int
    video: Video | None

    @property
    def _row(self) -> ReelItem:
        return self.row

    @property
    def _video(self) -> Video | None:
        return self.video

    @property
    def label(self) -> str:
        return self.row.called or self.row.shown or "Moment"

    @property
    def tracks_url(self) -> str:
        return reverse("reels:item_tracks", args=[self.row.pk])

    @property
    def still_url(self) -> str:
        """Names the span, so that the picture of another one is not taken from the browser's memory."""
        return f"{reverse('reels:item_still', args=[self.row.pk])}?v={self.start:.1f}-{self.end:.1f}"

    @property
    def cut(self) -> stills.View | None:
        if self.video is None:
            return None
        tube = self.row.get_tube()
        if tube is None:
            return stills.View(0, 0, max(2, self.video.width), max(2, self.video.height), None)
        _, box = stills.moment(tube, self.start, self.end)
        return stills.view(self.video.width, self.video.height, box)


@signed_in
@require_GET
@login_required
def index(request: SignedIn) -> HttpResponse:
    """The caller's reels and those made for their teams."""
    mine = Library.objects.for_user(request.user)
    rows = (
        Reel.objects.filter(Q(user=request.user) | Q(for_team=True), library__in=mine)
        .select_related("library", "user", "film")
        .annotate(parts=Count("items"))[: reels.MOST_REELS]
    )
    may = Membership.objects.filter(user=request.user).select_related("library").order_by("library__name")
    context = {
        "reels": list(rows),
        "libraries": [one.library for one in may if one.allows(Role.REVIEWER)],
    }
    return render(request, "reels/reels.html", context)


@signed_in
@require_POST
@login_required
def create(request: SignedIn) -> HttpResponse:
    form = ReelForm(request.POST)
    try:
        [library_id] = chosen_ids([request.POST.get("library", "")], 1)
    except ValidationError:
        messages.error(request, "Choose the library whose moments the reel will hold.")
        return redirect("reels:reels")
    library = get_library(request.user, library_id, Role.REVIEWER)
    if not form.is_valid():
        messages.error(request, first_error(form))
        return redirect("reels:reels")
    try:
        return redirect(reels.create(request.user, library, form.cleaned_data["title"]))
    except PlanError as error:
        messages.error(request, str(error))
        return redirect("reels:reels")


@maker(Role.VIEWER)
@require_GET
@login_required
def reel(request: SignedIn, reel_id: UUID) -> HttpResponse:
    row = get_reel(request.user, reel_id, to_watch=True)
    return render(request, "reels/reel.html", _context(request, row))


def _context(request: SignedIn, row: Reel) -> dict[str, Any]:
    items = list(row.items.all())
    put_sheets(items)
    videos, _ = cards.visible_videos(request.user.pk, {item.video_id for item in items if item.video_id})
    shown = [
        Shown(item, rank, videos.get(item.video_id) if item.video_id else None) for rank, item in enumerate(items, 1)
    ]
    wanted = reels.plan_of(items)
    stands = films.standings([row.film])[0] if row.film else None
    playable = [item for item in shown if item.src]
    play = request.GET.get("play", "")
    return {
        "reel": row,
        "items": shown,
        "is_mine": row.user_id == request.user.pk,
        "gone": sum(item.is_gone for item in items),
        "seconds": wanted.seconds,
        "stands": stands,
        "is_current": bool(stands and row.film and row.film.digest == wanted.digest),
        "stage": next((item for item in playable if str(item.row.pk) == play), playable[0] if playable else None),
        "formats": list(exports.FORMATS.values()),
        "speeds": plan.SPEEDS,
        "limits": {"parts": plan.MOST_PARTS, "minutes": int(plan.LONGEST_FILM // 60)},
    }


def _answer(request: SignedIn, row: Reel, problem: str = "") -> HttpResponse:
    """After a change: the parts anew for htmx, else back to the page."""
    if wants_fragment(request):
        row = get_reel(request.user, row.pk)
        status = 422 if problem else 200
        return render(request, "reels/_parts.html", _context(request, row) | {"problem": problem}, status=status)
    if problem:
        messages.error(request, problem)
    return redirect(row)


@maker(Role.REVIEWER)
@require_POST
@login_required
def change(request: SignedIn, reel_id: UUID) -> HttpResponse:
    """Title, and whether the team may watch it."""
    row = get_reel(request.user, reel_id)
    form = ReelForm(request.POST)
    if form.is_valid():
        row.title, row.for_team = form.cleaned_data["title"], form.cleaned_data["for_team"]
        row.save(update_fields=["title", "for_team", "changed_at"])
        messages.success(request, "The reel is saved.")
    else:
        messages.error(request, first_error(form))
    return redirect(row)


@maker(Role.REVIEWER)
@require_POST
@login_required
def delete(request: SignedIn, reel_id: UUID) -> HttpResponse:
    """The reel goes; its film stays on the page of films until it is deleted there."""
    row = get_reel(request.user, reel_id)
    row.delete()
    messages.success(request, f"{row.title} is gone.")
    return redirect("reels:reels")


@maker(Role.REVIEWER)
@require_POST
@login_required
def add_title(request: SignedIn, reel_id: UUID) -> HttpResponse:
    row = get_reel(request.user, reel_id)
    form = TitleCardForm(request.POST)
    if not form.is_valid():
        return _answer(request, row, first_error(form))
    try:
        reels.add_title(row, **form.cleaned_data)
    except PlanError as error:
        return _answer(request, row, str(error))
    return _answer(request, row)


@maker(Role.REVIEWER)
@require_POST
@login_required
def arrange(request: SignedIn, reel_id: UUID) -> HttpResponse:
    """`item`, repeated: the ids in their new order."""
    row = get_reel(request.user, reel_id)
    ids = [text for text in request.POST.getlist("item")[: 2 * plan.MOST_PARTS] if text.isascii() and text.isdigit()]
    reels.arrange(row, [int(text) for text in ids if len(text) < 19])
    return _answer(request, row)


@maker(Role.REVIEWER)
@require_POST
@login_required
def change_item(request: SignedIn, item_id: int) -> HttpResponse:
    """`move`: up or down; else what the part's form holds."""
    item = get_item(request.user, item_id)
    if request.POST.get("move") in {"up", "down"}:
        reels.move(item.reel, item, -1 if request.POST["move"] == "up" else 1)
        return _answer(request, item.reel)
    if item.is_gone:
        return _answer(request, item.reel, "The video of this moment was deleted; it can only be taken out.")
    form: TitleCardForm | ClipForm
    if item.kind == ReelItem.Kind.TITLE:
        form = TitleCardForm(request.POST)
    else:
        form = ClipForm(request.POST, item.video.playable_seconds if item.video else 0)
    if not form.is_valid():
        return _answer(request, item.reel, f"Part {_place(item)}: {first_error(form)}")
    given = form.cleaned_data
    if given.get("name") == item.shown:  # left as the sheet says it: it goes on with the sheet
        given["name"] = item.label
    ReelItem.objects.filter(pk=item.pk).update(**given)
    item.reel.save(update_fields=["changed_at"])
    return _answer(request, item.reel)


def _place(item: ReelItem) -> int:
    return 1 + ReelItem.objects.filter(reel=item.reel_id, position__lt=item.position).count()


@maker(Role.REVIEWER)
@require_POST
@login_required
def delete_item(request: SignedIn, item_id: int) -> HttpResponse:
    item = get_item(request.user, item_id)
    item.delete()
    item.reel.save(update_fields=["changed_at"])
    return _answer(request, item.reel)


@maker(Role.VIEWER)
@require_GET
@login_required
def item_tracks(request: SignedIn, item_id: int) -> JsonResponse:
    item = get_item(request.user, item_id, to_watch=True)
    video = item.video
    if video is None or not item.tube or not item.track_ids:
        return JsonResponse(
            {"tracks": [], "width": video.width if video else 0, "height": video.height if video else 0}
        )
    return JsonResponse(cards.tracks_json(video, item, asked_span(request)))  # type: ignore[arg-type]  # it has a tube


@maker(Role.VIEWER)
@require_GET
@login_required
def item_still(request: SignedIn, item_id: int) -> FileResponse:
    item = get_item(request.user, item_id, to_watch=True)
    shown = Shown(item, 0, item.video)
    tube = item.get_tube()
    if item.video is None or shown.cut is None:
        raise Http404("The video of this moment was deleted.")
    if tube is not None:
        return still_response(item.video, tube, item.start, item.end)
    path = stills.still(item.video, (item.start + item.end) / 2, shown.cut)
    if path is None:
        raise Http404("There is no picture of this moment yet.")
    return FileResponse(path.open("rb"), content_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


@maker(Role.REVIEWER)
@require_POST
@login_required
def render_reel(request: SignedIn, reel_id: UUID) -> HttpResponse:
    """Let the film be made; one of the very same parts that is there is taken."""
    row = get_reel(request.user, reel_id)
    try:
        film = films.order(request.user, row.library, row.title, reels.plan_of(row.items.all()))
    except PlanError as error:
        messages.error(request, str(error))
        return redirect(row)
    Reel.objects.filter(pk=row.pk).update(film=film)
    return redirect(f"{row.get_absolute_url()}#film")


@maker(Role.VIEWER)
@require_safe
@login_required
def export(request: SignedIn, reel_id: UUID) -> HttpResponse:
    """The reel as `format`: an edit list, subtitles of its film, or a table of its moments."""
    row = get_reel(request.user, reel_id, to_watch=True)
    return send(format_of(request.GET.get("format", "edl")), document_of(request, row))


def document_of(request: HttpRequest, row: Reel) -> Document:
    """The reel for the exporters, without the moments whose video is gone."""
    items = [item for item in row.items.select_related("video__match_time") if not item.is_gone]
    put_sheets(items)
    clips = [item for item in items if item.video is not None]
    rate = cutting.rate_of([item.video.fps for item in clips if item.video])
    url = request.build_absolute_uri(row.get_absolute_url())
    return Document(row.title, tuple(_entry(item, url) for item in items), sequence=True, fps=rate)


def _entry(item: ReelItem, url: str) -> Card | Moment:
    if item.kind == ReelItem.Kind.TITLE or item.video is None:
        return Card(item.text, item.seconds)
    return Moment(
        source=source_of(item.video),
        start=item.start,
        end=item.end,
        id=str(item.pk),
        label=item.shown,
        player=item.name if item.name not in (item.label, item.shown) else item.player_name,
        colour=item.colour,
        note=item.note,
        url=f"{url}?play={item.pk}",
        track_id=item.track_ids[0] if item.track_ids else None,
        step=step_of(item.tube) if item.tube else 0.2,
        boxes=boxes_between(item.tube, Span(item.start, item.end)) if item.tube else [],
        speed=item.speed,
    )
