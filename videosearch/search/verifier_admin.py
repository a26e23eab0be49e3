"""Versions of the verifier for administrators: train one, compare it, let it judge, take it back."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin

from grounding.errors import BadInputError
from videosearch import jobs
from videosearch.jobs.models import Job
from videosearch.search import training, verifiers
from videosearch.search.models import VerifierVersion

MEASURES: Final = (
    ("r_at_1", "first hit right"),
    ("m_tiou", "m_tIoU"),
    ("m_viou", "m_vIoU"),
    ("reward", "reward"),
    ("recall", "true moments kept"),
)
SAID: Final = (
    ("right_kept", "called right and kept"),
    ("wrong_refused", "called wrong and refused"),
    ("m_tiou", "tIoU with the spans given"),
    ("moved_start", "seconds the start is moved"),
    ("moved_end", "seconds the end is moved"),
)


class TrainForm(forms.ModelForm):  # type: ignore[type-arg]
    packaged = forms.BooleanField(
        required=False, label="take the policy that comes with the package as it is", help_text="Nothing is trained."
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("packaged"):
            return found
        try:
            training.check(found.get("library"))
        except jobs.PermanentError as error:
            raise forms.ValidationError(str(error)) from error
        return found


@admin.register(VerifierVersion)
class VerifierVersionAdmin(ModelAdmin):  # type: ignore[misc]
    """ "Add" trains a version; its page shows it beside what judges now."""

    form = TrainForm
    fields = ("library", "packaged")
    list_display = ("version", "stands", "library", "judgements", "trained_at", "activated_at", "active")
    list_display_links = None
    list_select_related = ("library",)
    ordering = ("-pk",)

    def has_change_permission(self, request: HttpRequest, obj: VerifierVersion | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: VerifierVersion | None = None) -> bool:
        return (obj is None or not obj.active) and super().has_delete_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:version_id>/compare/", view(self.compare), name="search_verifierversion_compare"),
            path("<int:version_id>/cancel/", view(self.cancel), name="search_verifierversion_cancel"),
            path("roll-back/", view(self.roll_back), name="search_verifierversion_roll_back"),
            *super().get_urls(),
        ]

    @admin.display(description="version", ordering="pk")
    def version(self, row: VerifierVersion) -> str:
        return format_html('<a href="{}">{}</a>', _page(row), row.name)

    @admin.display(description="state")
    def stands(self, row: VerifierVersion) -> str:
        if row.policy is not None:
            return f"loses {100 * row.loses:.1f} % of the true moments" if row.loses else "trained"
        job = _job(row)
        return f"{job.state} {100 * job.progress:.0f} % {job.message}".strip() if job else "not asked for"

    @admin.display(description="learnt from")
    def judgements(self, row: VerifierVersion) -> str:
        return row.learnt

    def save_model(self, request: HttpRequest, obj: VerifierVersion, form: Any, change: bool) -> None:
        obj.asked_by_id = request.user.pk
        super().save_model(request, obj, form, change)
        if form.cleaned_data["packaged"]:
            training.take_packaged(obj)
        else:
            training.start(obj)

    def response_add(
        self,
        request: HttpRequest,
        obj: VerifierVersion,
        post_url_continue: str | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        if obj.policy is None:
            messages.success(request, f"{obj.name} is being trained; this page says how far it is.")
        return redirect(_page(obj))

    def compare(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Both tables side by side; posting activates."""
        row = get_object_or_404(VerifierVersion, pk=version_id)
        if request.method == "POST":
            self._must_be_allowed(request)
            return self._activate(request, row)
        return render(request, "admin/search/verifier.html", self._context(request, row))

    def cancel(self, request: HttpRequest, version_id: int) -> HttpResponse:
        row = get_object_or_404(VerifierVersion, pk=version_id)
        if request.method == "POST":
            self._must_be_allowed(request)
            jobs.cancel(training.KIND, row.pk)
            messages.success(request, f"The training of {row.name} is stopped.")
        return redirect(_page(row))

    def roll_back(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            self._must_be_allowed(request)
            before = verifiers.roll_back()
            messages.success(request, f"{before.name if before else 'The rule'} judges again.")
        return redirect(reverse("admin:search_verifierversion_changelist"))

    def _must_be_allowed(self, request: HttpRequest) -> None:
        if not request.user.has_perm("search.change_verifierversion"):
            raise PermissionDenied

    def _activate(self, request: HttpRequest, row: VerifierVersion) -> HttpResponse:
        try:
            verifiers.activate(row, knowing=request.POST.get("knowing") == "on")
        except (verifiers.CannotActivateError, BadInputError) as error:
            context = self._context(request, row) | {"problem": str(error)}
            return render(request, "admin/search/verifier.html", context, status=422)
        messages.success(request, f"{row.name} judges from now on.")
        return redirect(_page(row))

    def _context(self, request: HttpRequest, row: VerifierVersion) -> dict[str, Any]:
        report = row.report
        matches, said = report.get("matches", {}), report.get("feedback", {})
        return {
            **self.admin_site.each_context(request),
            "title": row.name,
            "version": row,
            "job": _job(row),
            "rival": report.get("rival", ""),
            "heads": [words for _, words in MEASURES],
            "matches": _beside(matches.get("active", ()), matches.get("candidate", ())),
            "kinds": _beside(*([one[side] for one in report.get("kinds", ())] for side in ("rule", "candidate"))),
            "said": [
                (words, _figure(said["active"][name]), _figure(said["candidate"][name])) for name, words in SAID
            ] if said else [],
            "held_out": row.learnt_from.get("held out", 0),
            "loses": 100 * row.loses,
        }  # fmt: skip


def _beside(before: Any, after: Any) -> list[dict[str, Any]]:
    """Rows of two tables of the same kinds, figures in pairs."""
    return [
        {
            "kind": one["kind"],
            "queries": one["queries"],
            "pairs": [(_figure(one[name]), _figure(other[name]), other[name] < one[name]) for name, _ in MEASURES],
        }
        for one, other in zip(before, after, strict=True)
    ]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _page(row: VerifierVersion) -> str:
    return reverse("admin:search_verifierversion_compare", args=[row.pk])


def _job(row: VerifierVersion) -> Job | None:
    return Job.objects.filter(kind=training.KIND, subject=str(row.pk)).first()
