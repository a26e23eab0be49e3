"""The first page of the admin, and who changed what."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from auditlog.admin import LogEntryAdmin
from auditlog.models import LogEntry
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from videosearch.operations import facts
from videosearch.search.models import Verification

LATELY: Final = 1000

admin.site.unregister(LogEntry)


@admin.register(LogEntry)
class ChangeAdmin(LogEntryAdmin, ModelAdmin):  # type: ignore[misc]
    """Read only, as it was logged."""

    list_select_related = ("actor", "content_type")


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """How the parts stand and who judged of late, for templates/admin/index.html."""
    judged = Counter(Verification.objects.order_by("-pk").values_list("verifier", flat=True)[:LATELY])
    return context | {"facts": facts.quick(), "verifiers": judged.most_common()}
