"""Libraries and their members."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from videosearch.lib.scopes import member, signed_in
from videosearch.library import services
from videosearch.library.access import get_library, get_membership
from videosearch.library.forms import LibraryForm, MemberForm, RoleForm
from videosearch.library.models import Library, Membership, Rendition, Role, Video
from videosearch.library.progress import work_on

PER_PAGE = 24
STOP_POLLING = 286


def _cards(library: Library, number: str | None) -> Page[Video]:
    """Videos of a library by page, with all that a card shows."""
    page = Paginator(library.videos.prefetch_related("renditions"), PER_PAGE).get_page(number)
    _describe(list(page.object_list))
    return page


def _describe(videos: list[Video]) -> None:
    """Put the state of the work on each video, as `work`."""
    work = work_on(videos)
    for video in videos:
        video.work = work.get(video)  # type: ignore[attr-defined]


@signed_in
@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return _index(request, LibraryForm())


def _index(request: HttpRequest, form: LibraryForm, status: int = 200) -> HttpResponse:
    count = Video.objects.filter(library=OuterRef("library")).order_by().values("library").annotate(n=Count("*"))
    newest = Rendition.objects.filter(video__library=OuterRef("library"), kind=Rendition.Kind.POSTER)
    memberships = (
        Membership.objects.filter(user_id=request.user.pk or 0)
        .select_related("library")
        .annotate(
            videos=Coalesce(Subquery(count.values("n")), 0),
            poster_id=Subquery(newest.order_by("-video__created_at").values("id")[:1]),
        )
        .order_by("library__name")
    )
    return render(request, "library/list.html", {"memberships": memberships, "form": form}, status=status)


@signed_in
@login_required
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    form = LibraryForm(request.POST)
    if not form.is_valid():
        return _index(request, form, status=422)
    return redirect(services.create_library(form.cleaned_data["name"], request.user))  # type: ignore[arg-type]


@member()
@login_required
@require_safe
def detail(request: HttpRequest, library_id: UUID) -> HttpResponse:
    """A library's videos. htmx asks for the cards alone when an upload has ended."""
    membership = get_membership(request.user, library_id)
    page = _cards(membership.library, request.GET.get("page"))
    may_edit = membership.allows(Role.EDITOR)
    context = {
        "library": membership.library,
        "may_edit": may_edit,
        "used": membership.library.used_bytes() if may_edit and membership.library.quota else None,
        "may_manage": membership.allows(Role.ADMIN),
        "page": page,
        "live": any(video.in_progress for video in page),
    }
    template = "library/detail.html#videos" if request.htmx else "library/detail.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@member()
@require_safe
def progress(request: HttpRequest, library_id: UUID) -> HttpResponse:
    """`?live=<id>&live=<id>`: the cards that were in progress, as they are now. 286 ends the polling."""
    library = get_library(request.user, library_id)
    ids = []
    for text in request.GET.getlist("live")[:PER_PAGE]:
        try:
            ids.append(UUID(text))
        except ValueError:
            raise Http404("No such video.") from None
    videos = list(library.videos.filter(id__in=ids).prefetch_related("renditions"))
    _describe(videos)
    status = 200 if any(video.in_progress for video in videos) else STOP_POLLING
    return render(request, "library/progress.html", {"videos": videos}, status=status)


@member(Role.ADMIN)
@login_required
@require_safe
def members(request: HttpRequest, library_id: UUID) -> HttpResponse:
    membership = get_membership(request.user, library_id, Role.ADMIN)
    return _members(request, membership.library, MemberForm())


def _members(request: HttpRequest, library: Library, form: MemberForm, status: int = 200) -> HttpResponse:
    people = library.membership_set.select_related("user").order_by("user__username")
    context = {"library": library, "people": people, "form": form, "roles": Role}
    return render(request, "library/members.html", context, status=status)


@member(Role.ADMIN)
@login_required
@require_POST
def add_member(request: HttpRequest, library_id: UUID) -> HttpResponse:
    library = get_library(request.user, library_id, Role.ADMIN)
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _members(request, library, form, status=422)
    user, role = form.cleaned_data["who"], form.cleaned_data["role"]
    _, made = Membership.objects.get_or_create(library=library, user=user, defaults={"role": role})
    if not made:
        form.add_error("who", "This person is already a member; change the role in the list.")
        return _members(request, library, form, status=422)
    messages.success(request, f"{user} is now a member of {library}.")
    return redirect("library:members", library.id)


@member(Role.ADMIN)
@login_required
@require_POST
def change_member(request: HttpRequest, library_id: UUID, user_id: int) -> HttpResponse:
    """`role`: the new one; `remove`: the person leaves the library."""
    library = get_library(request.user, library_id, Role.ADMIN)
    if not library.membership_set.filter(user_id=user_id).exists():
        raise Http404("No such member.")
    form = RoleForm(request.POST)
    try:
        if "remove" in request.POST:
            services.remove_member(library, user_id)
            messages.success(request, "The member was removed.")
        elif form.is_valid():
            services.set_role(library, user_id, Role(form.cleaned_data["role"]))
            messages.success(request, "The role was changed.")
        else:
            return _members(request, library, MemberForm(), status=422)
    except services.LastAdminError:
        messages.error(request, "A library needs at least one admin. Make somebody else admin first.")
    if user_id == request.user.pk:
        return redirect("library:list")
    return redirect("library:members", library.id)
