"""Libraries, members and videos for administrators."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action

from videosearch.library import services
from videosearch.library.models import Library, Membership, Rendition, Upload, Video
from videosearch.library.progress import clock


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    raw_id_fields = ("user",)
    extra = 0


@admin.register(Library)
class LibraryAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("name", "created_at")
    search_fields = ("name",)
    inlines = (MembershipInline,)


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("library", "user", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("library", "user")
    raw_id_fields = ("library", "user")
    search_fields = ("user__username", "library__name")


class RenditionInline(TabularInline):  # type: ignore[misc]
    model = Rendition
    fields = readonly_fields = ("kind", "path", "width", "height", "size_bytes", "created_at")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Video | None = None) -> bool:
        return False


@admin.register(Video)
class VideoAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("title", "library", "status", "length", "searchable", "error", "created_at")
    list_filter = ("status",)
    list_select_related = ("library",)
    search_fields = ("title", "original_name", "id")
    raw_id_fields = ("library", "uploaded_by")
    readonly_fields = (
        "original_name", "size_bytes", "sha256", "width", "height", "duration", "fps", "rotation", "has_audio", "codec",
        "decoded_seconds", "indexed_seconds", "indexed_at", "created_at",
    )  # fmt: skip
    inlines = (RenditionInline,)
    actions: tuple[Any, ...] = ("start_over", "retry_failed")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # a video is an uploaded file
        return False

    @admin.display(ordering="duration")
    def length(self, video: Video) -> str:
        return clock(video.duration)

    @admin.display(ordering="indexed_seconds")
    def searchable(self, video: Video) -> str:
        return clock(video.indexed_seconds)

    @action(description="Start over from the uploaded file")  # type: ignore[untyped-decorator]
    def start_over(self, request: HttpRequest, videos: QuerySet[Video]) -> None:
        for video in videos:
            services.retry(video)
        messages.success(request, f"{len(videos)} videos start over.")

    @action(description="Try the failed ones again")  # type: ignore[untyped-decorator]
    def retry_failed(self, request: HttpRequest, videos: QuerySet[Video]) -> None:
        failed = videos.filter(status=Video.Status.FAILED)
        self.start_over(request, failed)


@admin.register(Rendition)
class RenditionAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("video", "kind", "width", "height", "size_bytes", "created_at")
    list_filter = ("kind",)
    list_select_related = ("video",)
    raw_id_fields = ("video",)
    show_full_result_count = False


@admin.register(Upload)
class UploadAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("original_name", "library", "user", "offset", "length", "created_at", "expires_at")
    list_select_related = ("library", "user")
    raw_id_fields = ("library", "user", "video")
