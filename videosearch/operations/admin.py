"""The first page of the admin, and who changed what."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, Final, NamedTuple

from auditlog.admin import LogEntryAdmin
from auditlog.models import LogEntry
from django.contrib import admin
from django.db.models import Count, Model, Sum
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from videosearch.jobs.models import Job
from videosearch.library.models import Library, Video
from videosearch.operations import facts
from videosearch.search.models import Query, Verification

LATELY: Final = 1000

admin.site.unregister(LogEntry)


@admin.register(LogEntry)
class ChangeAdmin(LogEntryAdmin, ModelAdmin):  # type: ignore[misc]
    """Read only, as it was logged."""

    list_select_related = ("actor", "content_type")


class Tile(NamedTuple):
    """One number of the first page, and the list that shows what it counts. bad: somebody should look."""

    number: str
    words: str
    list: str
    bad: bool = False


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Numbers, how the parts stand and who judged of late, for templates/admin/index.html."""
    judged = Counter(Verification.objects.order_by("-pk").values_list("verifier", flat=True)[:LATELY])
    return context | {"tiles": _tiles(request), "facts": facts.quick(), "verifiers": judged.most_common()}


def _tiles(request: HttpRequest) -> list[Tile]:
    """Only what the caller may look at."""
    may = request.user.has_perm
    tiles = []
    if may("library.view_library"):
        stored = filesizeformat(Video.objects.aggregate(sum=Sum("size_bytes"))["sum"] or 0)
        many = Library.objects.count()
        words = f"stored in {many} librar{'y' if many == 1 else 'ies'}"
        tiles.append(Tile(stored, words, reverse("admin:library_library_changelist")))
    if may("library.view_video"):
        videos, status = (
            reverse("admin:library_video_changelist"),
            Counter(Video.objects.values_list("status", flat=True)),
        )
        ready = status[Video.Status.READY] + status[Video.Status.PARTIAL]
        tiles.append(Tile(f"{ready} of {status.total()}", "videos are ready", videos))
        failed = status[Video.Status.FAILED]
        tiles.append(Tile(str(failed), "videos failed", f"{videos}?status__exact=failed", failed > 0))
    if may("jobs.view_job"):
        jobs, state = reverse("admin:jobs_job_changelist"), _counted(Job, "state")
        tiles.append(Tile(str(state["waiting"] + state["running"]), "jobs wait or run", jobs))
        failed = state["failed"]
        tiles.append(Tile(str(failed), "jobs failed", f"{jobs}?state__exact=failed", failed > 0))
    if may("search.view_query"):
        week = Query.objects.filter(created_at__gt=timezone.now() - timedelta(days=7)).count()
        tiles.append(Tile(str(week), "searches in seven days", reverse("admin:search_query_changelist")))
    return tiles


def _counted(model: type[Model], field: str) -> Counter[str]:
    rows = model._default_manager.order_by().values(field).annotate(many=Count("*"))
    return Counter(dict(rows.values_list(field, "many")))
