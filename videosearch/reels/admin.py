from django.contrib import admin
from unfold.admin import ModelAdmin

from videosearch.reels.models import Bookmark


@admin.register(Bookmark)
class BookmarkAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    list_display = ("label", "video", "user", "start", "end", "created_at")
    list_filter = ("library",)
    list_select_related = ("video", "user")
    search_fields = ("note", "query_text", "video__title", "user__username")
    readonly_fields = (
        "id",
        "user",
        "library",
        "video",
        "track",
        "track_ids",
        "start",
        "end",
        "query_text",
        "created_at",
    )
    exclude = ("tube",)
