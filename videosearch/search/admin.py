"""What was asked and answered, to look at; nothing here is edited by hand. Versions of the verifier are in
`verifier_admin`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from videosearch.search import verifier_admin  # noqa: F401  # registers its model
from videosearch.search.models import Candidate, Feedback, Hit, Query, SavedSearch


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


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = (
        "judgement",
        "label",
        "video",
        "shown",
        "corrected",
        "verdict",
        "query_text",
        "user",
        "created_at",
        "stands",
    )
    list_filter = (
        "judgement",
        "verdict",
        "library",
        "version",
        "verifier",
        ("withdrawn_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("video", "user")
    search_fields = ("query_text", "label", "video__title", "user__username")
    date_hierarchy = "created_at"
    exclude = ("tube", "proposed")

    @admin.display(description="shown")
    def shown(self, row: Feedback) -> str:
        return f"{row.start:.1f}–{row.end:.1f} s"

    @admin.display(description="corrected to")
    def corrected(self, row: Feedback) -> str:
        if row.corrected_start is None or row.corrected_end is None:
            return ""
        box = ", another box" if row.corrected_boxes else ""
        return f"{row.corrected_start:.1f}–{row.corrected_end:.1f} s{box}"

    @admin.display(boolean=True)
    def stands(self, row: Feedback) -> bool:
        return row.withdrawn_at is None


@admin.register(SavedSearch)
class SavedSearchAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("name", "text", "user", "lead", "lag", "created_at")
    list_select_related = ("user",)
    search_fields = ("name", "text", "user__username")
