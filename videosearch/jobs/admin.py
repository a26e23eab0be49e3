from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from videosearch.jobs import enqueue, queue
from videosearch.jobs.models import Job


@admin.register(Job)
class JobAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    list_display = ("kind", "subject", "ordinal", "state", "attempt", "progress", "error", "created_at", "finished_at")
    list_filter = ("state", "kind", "queue")
    search_fields = ("subject",)
    ordering = ("-created_at",)
    actions: ClassVar = ["start_again", "stop"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    @admin.action(description="Start the selected jobs again", permissions=["view"])
    def start_again(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        for job in jobs:
            enqueue(job.kind, job.subject, job.ordinal, again=True)
        self.message_user(request, "The jobs that had ended start again.")

    @admin.action(description="Stop the selected jobs", permissions=["view"])
    def stop(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        stopped = queue.cancel(jobs)
        self.message_user(request, f"{stopped} jobs were stopped.")
