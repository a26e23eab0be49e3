"""What indexing found, to be looked at; it is changed by indexing again, not by hand."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin
from unfold.decorators import action

from videosearch.indexing import versions as stored_versions
from videosearch.indexing import work
from videosearch.indexing.models import IndexVersion, Observation, Shot, Track
from videosearch.lib import engine
from videosearch.library.admin import VideoAdmin
from videosearch.library.models import Video

_COUNTED = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # not generic at run time
    """Counts no further than anybody turns pages: counting millions of rows takes longer than showing them."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[:_COUNTED].count()


class FoundAdmin(ModelAdmin):  # type: ignore[misc]
    """Read only, and quick on large tables."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(IndexVersion)
class IndexVersionAdmin(FoundAdmin):
    list_display = ("key", "profile", "dimension", "active", "videos", "is_ours", "created_at")
    actions = ("activate", "index_the_others")

    def get_queryset(self, request: HttpRequest) -> QuerySet[IndexVersion]:
        rows: QuerySet[IndexVersion] = super().get_queryset(request)
        return rows.annotate(n_videos=Count("track__video", distinct=True))

    @admin.display(description="videos", ordering="n_videos")
    def videos(self, version: Any) -> int:
        return int(version.n_videos)

    @admin.display(description="what is installed", boolean=True)
    def is_ours(self, version: IndexVersion) -> bool:
        return version.key == engine.version_key()

    @action(description="Index the videos of other versions with what is installed")  # type: ignore[untyped-decorator]
    def index_the_others(self, request: HttpRequest, versions: QuerySet[IndexVersion]) -> None:
        """Beside the active version, which is searched until the new one has every video."""
        chosen = list(versions[:2])
        if len(chosen) != 1 or chosen[0].key != engine.version_key():
            messages.error(request, "Choose the version that is installed; only with it can be indexed here.")
            return
        there = Shot.objects.filter(version=chosen[0]).values("video")
        stale = list(Video.objects.exclude(status=Video.Status.FAILED).filter(duration__gt=0).exclude(id__in=there))
        for video in stale:
            work.restart(video)
        messages.success(request, f"{len(stale)} videos are indexed again.")

    @action(description="Search with this version")  # type: ignore[untyped-decorator]
    def activate(self, request: HttpRequest, versions: QuerySet[IndexVersion]) -> None:
        chosen = list(versions[:2])
        if len(chosen) != 1:
            messages.error(request, "Choose exactly one version.")
            return
        stored_versions.activate(chosen[0])
        covered = stored_versions.coverage(chosen[0])
        rest = "" if covered.complete else f" {covered.videos - covered.done} videos are not in it; index them again."
        messages.success(request, f"{chosen[0]} is searched now.{rest}")


@admin.register(Shot)
class ShotAdmin(FoundAdmin):
    list_display = ("video", "index", "start", "end", "version")
    list_select_related = ("video", "version")
    search_fields = ("=video__id",)


@admin.register(Track)
class TrackAdmin(FoundAdmin):
    list_display = ("video", "track_id", "name", "label", "start", "end", "score")
    list_select_related = ("video",)
    search_fields = ("=video__id",)
    exclude = ("tube",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Track]:
        rows: QuerySet[Track] = super().get_queryset(request).defer("tube")
        return rows


@admin.register(Observation)
class ObservationAdmin(FoundAdmin):
    list_display = ("video", "track", "second", "description")
    list_select_related = ("video", "track")
    search_fields = ("=video__id",)
    exclude = ("embedding",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Observation]:
        rows: QuerySet[Observation] = super().get_queryset(request).defer("embedding", "track__tube")
        return rows


@action(description="Index again")  # type: ignore[untyped-decorator]
def index_again(model_admin: VideoAdmin, request: HttpRequest, videos: QuerySet[Video]) -> None:  # noqa: ARG001
    for video in videos:
        work.restart(video)
    messages.success(request, f"{len(videos)} videos are indexed again.")


# The library's admin cannot know of indexing, which comes after it.
VideoAdmin.actions += (index_again,)
