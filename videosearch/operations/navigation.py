"""The admin's rooms by what an operator comes for, instead of by application."""

from __future__ import annotations

from typing import Any, Final

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

ROOMS: Final = (
    ("Footage", (
        ("library.library", "folder_open"), ("library.video", "movie"), ("library.upload", "upload"),
        ("library.team", "sports"), ("library.rendition", "video_file"),
    )),
    ("Work", (
        ("jobs.job", "pending_actions"), ("indexing.indexversion", "database"), ("search.verifierversion", "balance"),
    )),
    ("People", (
        ("accounts.user", "person"), ("library.membership", "group"), ("accounts.apitoken", "key"),
        ("mfa.authenticator", "phonelink_lock"), ("account.emailaddress", "mail"),
    )),
    ("What people do", (
        ("search.query", "search"), ("search.feedback", "thumbs_up_down"), ("search.savedsearch", "saved_search"),
        ("reels.bookmark", "bookmark"), ("sharing.share", "link"), ("auditlog.logentry", "history"),
    )),
    ("What was seen", (
        ("indexing.shot", "content_cut"), ("indexing.track", "route"), ("indexing.observation", "visibility"),
        ("search.candidate", "checklist"),
    )),
)  # fmt: skip


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """What the caller may look at, as Unfold wants its sidebar."""
    overview = {"title": "Overview", "icon": "monitor_heart", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"items": [overview]}]
    for title, rooms in ROOMS:
        items = [_item(label, icon) for label, icon in rooms if _may_view(request, label)]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


def _item(label: str, icon: str) -> dict[str, str]:
    model = apps.get_model(label)
    return {
        "title": str(capfirst(model._meta.verbose_name_plural)),
        "icon": icon,
        "link": reverse(f"admin:{label.replace('.', '_')}_changelist"),
    }


def _may_view(request: HttpRequest, label: str) -> bool:
    app, name = label.split(".")
    return any(request.user.has_perm(f"{app}.{deed}_{name}") for deed in ("view", "change"))
