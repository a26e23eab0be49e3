"""What runs, what waits and what failed, for operators."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from videosearch.jobs import enqueue, queue
from videosearch.jobs.models import Job, JobLine


@admin.register(Job)
class JobAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    list_display = ("kind", "piece", "state", "attempts", "share", "took", "says", "created_at")
    list_filter = ("state", "kind", "queue")
    search_fields = ("subject", "error")
    ordering = ("-created_at",)
    readonly_fields = ("lines",)
    actions: ClassVar = ["start_again", "stop"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False

    @admin.display(description="of", ordering="subject")
    def piece(self, job: Job) -> str:
        """Enough of the subject's key to tell two apart; all of it is on the job's page."""
        return f"{job.subject[:8]} · {job.ordinal}"

    @admin.display(description="attempts", ordering="attempt")
    def attempts(self, job: Job) -> str:
        return f"{job.attempt} of {job.max_attempts}"

    @admin.display(description="progress", ordering="progress")
    def share(self, job: Job) -> str:
        return f"{100 * job.progress:.0f} %"

    @admin.display(description="says")
    def says(self, job: Job) -> str:
        return job.error or job.message

    @admin.display(description="took")
    def took(self, job: Job) -> str:
        if job.started_at is None or job.finished_at is None:
            return ""
        return f"{(job.finished_at - job.started_at).total_seconds():.1f} s"

    @admin.display(description="log")
    def lines(self, job: Job) -> SafeString | str:
        rows: Any = JobLine.objects.filter(job=job).values_list("at", "attempt", "level", "text")
        shown = [(at.strftime("%d %b %H:%M:%S"), attempt, level, text) for at, attempt, level, text in rows]
        return format_html_join("", "<div>{} attempt {} {}: {}</div>", shown) or "Nothing was written."

    @admin.action(description="Start the selected jobs again", permissions=["view"])
    def start_again(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        for job in jobs:
            enqueue(job.kind, job.subject, job.ordinal, again=True)
        self.message_user(request, "The jobs that had ended start again.")

    @admin.action(description="Stop the selected jobs", permissions=["view"])
    def stop(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        stopped = queue.cancel(jobs)
        self.message_user(request, f"{stopped} jobs were stopped.")
