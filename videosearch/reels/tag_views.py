"""A team's own words: the page of its tags, where editors adopt, add, change, move and delete them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST, require_safe

from videosearch.lib.scopes import member
from videosearch.library.access import get_library, get_membership
from videosearch.library.models import Library, Role
from videosearch.reels import tag_sets
from videosearch.reels.access import get_tag
from videosearch.reels.forms import COLOURS, TagForm, first_error
from videosearch.reels.models import Tag
from videosearch.search.http import SignedIn


@member()
@require_safe
@login_required
def tags(request: SignedIn, library_id: UUID) -> HttpResponse:
    membership = get_membership(request.user, library_id)
    rows = list(membership.library.tags.annotate(used=Count("bookmarks")))
    context = {
        "library": membership.library,
        "tags": rows,
        "groups": list(dict.fromkeys(tag.group for tag in rows if tag.group)),
        "may_edit": membership.allows(Role.EDITOR),
        "sets": tag_sets.shipped(),
        "colours": COLOURS,
        "most": tag_sets.MOST_TAGS,
    }
    return render(request, "reels/tags.html", context)


@member(Role.EDITOR)
@require_POST
@login_required
def adopt(request: SignedIn, library_id: UUID) -> HttpResponse:
    """`set`: one that comes with the program; or `file`: one of the team's own."""
    library = get_library(request.user, library_id, Role.EDITOR)
    file = request.FILES.get("file")
    try:
        if file is not None:
            wanted = tag_sets.read(file.read(tag_sets.MAX_BYTES + 1))
        elif request.POST.get("set") in tag_sets.shipped():
            wanted = tag_sets.shipped()[request.POST["set"]]
        else:
            raise tag_sets.TagSetError("Choose a set, or a file of tags.")
        count = tag_sets.adopt(library, wanted)
    except tag_sets.TagSetError as error:
        messages.error(request, str(error))
    else:
        said = f"{count} tags were added." if count else "All of these tags are there already."
        messages.success(request, said)
    return redirect("reels:tags", library.pk)


@member(Role.EDITOR)
@require_POST
@login_required
def add_tag(request: SignedIn, library_id: UUID) -> HttpResponse:
    library = get_library(request.user, library_id, Role.EDITOR)
    form = TagForm(request.POST, library)
    count = library.tags.count()
    if count >= tag_sets.MOST_TAGS:
        messages.error(request, f"A library may have {tag_sets.MOST_TAGS} tags; delete one first.")
    elif form.is_valid():
        Tag.objects.create(library=library, position=count, **form.cleaned_data)
        messages.success(request, "The tag was added.")
    else:
        messages.error(request, first_error(form))
    return redirect("reels:tags", library.pk)


@member(Role.EDITOR)
@require_POST
@login_required
def change_tag(request: SignedIn, tag_id: int) -> HttpResponse:
    """`move`: up or down; else the new name, group and colour."""
    tag = get_tag(request.user, tag_id)
    if request.POST.get("move") in {"up", "down"}:
        _move(tag.library, tag, -1 if request.POST["move"] == "up" else 1)
        return redirect("reels:tags", tag.library_id)
    form = TagForm(request.POST, tag.library, tag)
    if form.is_valid():
        Tag.objects.filter(pk=tag.pk).update(**form.cleaned_data)
        messages.success(request, "The tag was changed.")
    else:
        messages.error(request, first_error(form))
    return redirect("reels:tags", tag.library_id)


@member(Role.EDITOR)
@require_POST
@login_required
def delete_tag(request: SignedIn, tag_id: int) -> HttpResponse:
    """The tag goes from all bookmarks that have it; they stay."""
    tag = get_tag(request.user, tag_id)
    tag.delete()
    messages.success(request, f"The tag {tag.name} is gone.")
    return redirect("reels:tags", tag.library_id)


@member()
@require_GET
@login_required
def download(request: SignedIn, library_id: UUID) -> HttpResponse:
    """The library's tags as a file that another library can adopt."""
    library = get_library(request.user, library_id)
    response = HttpResponse(tag_sets.of_library(library), content_type="application/json")
    name = content_disposition_header(as_attachment=True, filename=f"{library.name} tags.json")
    response["Content-Disposition"] = name or "attachment"
    return response


def _move(library: Library, tag: Tag, by: int) -> None:
    with transaction.atomic():
        rows = list(library.tags.select_for_update())
        at = next((place for place, row in enumerate(rows) if row.pk == tag.pk), 0)
        to = min(max(at + by, 0), len(rows) - 1)
        rows.insert(to, rows.pop(at))
        for place, row in enumerate(rows):
            row.position = place
        Tag.objects.bulk_update(rows, ["position"])
