"""What was asked and answered, to look at; nothing here is edited by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from videosearch.search.models import Candidate, Hit, Query


class ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class HitInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold is untyped
    model = Hit
    fields = ("rank", "verdict", "score", "start", "end", "reason")
    ordering = ("rank",)
    extra = 0


@admin.register(Query)
class QueryAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("text", "user", "state", "answer", "embedded", "elapsed_ms", "created_at")
    list_filter = ("state", "answer", "embedded")
    list_select_related = ("user",)
    search_fields = ("text", "user__username")
    inlines = (HitInline,)


@admin.register(Candidate)
class CandidateAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("query", "rank", "video", "label", "start", "end", "score", "verdict")
    list_select_related = ("query", "video", "verification")
    exclude = ("tube",)

    @admin.display(description="verdict")
    def verdict(self, row: Candidate) -> str:
        judged = getattr(row, "verification", None)
        return f"{judged.verdict}: {judged.reason}" if judged else "unchecked"
