"""Libraries, members and videos for administrators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, FloatField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action

from videosearch.library import importing, services
from videosearch.library.models import ImportFolder, Library, Membership, Player, Rendition, Team, Upload, Video
from videosearch.library.progress import clock
from videosearch.library.sheets import MOST_PLAYERS


class ImportFolderForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_path(self) -> str:
        path = str(self.cleaned_data["path"]).strip("/")
        try:
            importing.resolve(path)
        except importing.ImportRefused as error:
            raise forms.ValidationError(str(error)) from error
        return path


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    raw_id_fields = ("user",)
    extra = 0


class ImportFolderInline(TabularInline):  # type: ignore[misc]
    model = ImportFolder
    form = ImportFolderForm
    fields = ("path", "watch", "scanned_at", "report")
    readonly_fields = ("scanned_at", "report")
    extra = 0


@admin.register(Library)
class LibraryAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("name", "people", "films", "used", "allowed", "coverage", "created_at")
    search_fields = ("name",)
    inlines = (MembershipInline, ImportFolderInline)
    actions: tuple[Any, ...] = ("import_now",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Library]:
        def of(model: Any, figure: Any) -> Coalesce:
            each = model.objects.filter(library=OuterRef("pk")).order_by().values("library").annotate(figure=figure)
            return Coalesce(Subquery(each.values("figure")), Value(0), output_field=FloatField())

        rows: QuerySet[Library] = super().get_queryset(request)
        return rows.annotate(
            n_people=of(Membership, Count("*")),
            n_films=of(Video, Count("*")),
            n_bytes=of(Video, Sum("size_bytes")),
            n_seconds=of(Video, Sum(Coalesce("decoded_seconds", "duration"))),
            n_indexed=of(Video, Sum("indexed_seconds")),
        )

    @admin.display(description="members", ordering="n_people")
    def people(self, library: Any) -> int:
        return int(library.n_people)

    @admin.display(description="videos", ordering="n_films")
    def films(self, library: Any) -> int:
        return int(library.n_films)

    @admin.display(description="stored", ordering="n_bytes")
    def used(self, library: Any) -> str:
        return filesizeformat(library.n_bytes)

    @admin.display(description="quota")
    def allowed(self, library: Library) -> str:
        return filesizeformat(library.quota) if library.quota else "no limit"

    @admin.display(description="searchable", ordering="n_indexed")
    def coverage(self, library: Any) -> str:
        return f"{clock(library.n_indexed)} of {clock(library.n_seconds)}"

    @action(description="Import its folders of the server now")  # type: ignore[untyped-decorator]
    def import_now(self, request: HttpRequest, libraries: QuerySet[Library]) -> None:
        folders = list(ImportFolder.objects.filter(library__in=list(libraries.values_list("pk", flat=True))))
        for folder in folders:
            importing.start(folder)
        messages.success(request, f"{len(folders)} folders are looked into; the jobs say how far it is.")

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A folder that was just named is imported at once."""
        super().save_formset(request, form, formset, change)
        for made in formset.new_objects:
            if isinstance(made, ImportFolder):
                importing.start(made)


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
        "original_name", "size_bytes", "sha256", "duplicate_of",
        "width", "height", "duration", "fps", "rotation", "has_audio", "codec",
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
        return f"{clock(video.indexed_seconds)} of {clock(video.playable_seconds)}"

    @action(description="Start over from the uploaded file")  # type: ignore[untyped-decorator]
    def start_over(self, request: HttpRequest, videos: QuerySet[Video]) -> None:
        for video in videos:
            services.retry(video)
        messages.success(request, f"{len(videos)} videos start over.")

    @action(description="Try the failed ones again")  # type: ignore[untyped-decorator]
    def retry_failed(self, request: HttpRequest, videos: QuerySet[Video]) -> None:
        failed = videos.filter(status=Video.Status.FAILED)
        self.start_over(request, failed)


class PlayerInline(TabularInline):  # type: ignore[misc]
    model = Player
    fields = ("number", "name", "nicknames")
    extra = 3
    max_num = MOST_PLAYERS


@admin.register(Team)
class TeamAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("__str__", "side", "video", "shirt", "shorts", "keeper", "attacks", "listed")
    list_filter = ("shirt",)
    list_select_related = ("video",)
    search_fields = ("name", "video__title", "players__name")
    raw_id_fields = ("video",)
    inlines = (PlayerInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        rows: QuerySet[Team] = super().get_queryset(request)
        return rows.annotate(n_players=Count("players", distinct=True))

    @admin.display(description="players", ordering="n_players")
    def listed(self, team: Any) -> int:
        return int(team.n_players)


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
