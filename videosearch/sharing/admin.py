from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from videosearch.sharing.models import Share


@admin.register(Share)
class ShareAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    list_display = ("film", "library", "user", "expires_at", "revoked_at", "opened", "opened_at", "created_at")
    list_filter = ("library",)
    list_select_related = ("film", "library", "user")
    exclude = ("password",)
    readonly_fields = ("film", "library", "user", "may_download", "opened", "opened_at", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
