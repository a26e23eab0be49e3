from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.library.cast import World
from videosearch.accounts.models import User
from videosearch.jobs.models import Job

pytestmark = pytest.mark.django_db

TABLES = [
    "library_library", "library_membership", "library_video", "library_rendition", "library_upload", "library_team",
    "indexing_indexversion", "indexing_shot", "indexing_track", "indexing_observation", "accounts_user",
    "accounts_apitoken",
]  # fmt: skip


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.mark.parametrize("table", TABLES)
def test_lists(admin: Client, world: World, table: str) -> None:
    world.video()
    assert admin.get(reverse(f"admin:{table}_changelist")).status_code == 200
    assert world.status("alice", reverse(f"admin:{table}_changelist")) == 404, "admin of a library, not of the site"


@pytest.mark.parametrize("table", ["indexing_track", "indexing_observation", "indexing_shot", "library_video"])
def test_what_machines_write_is_not_added_by_hand(admin: Client, table: str) -> None:
    assert admin.get(reverse(f"admin:{table}_add")).status_code == 403


def test_failed_videos_are_tried_again(admin: Client, world: World) -> None:
    failed, ready = world.video(status="failed", error="The disk was full."), world.video(status="ready")
    chosen: dict[str, Any] = {"action": "retry_failed", "_selected_action": [str(failed.id), str(ready.id)]}
    assert admin.post(reverse("admin:library_video_changelist"), chosen).status_code == 302
    failed.refresh_from_db()
    ready.refresh_from_db()
    assert (failed.status, failed.error, ready.status) == ("uploaded", "", "ready")
    assert [job.subject for job in Job.objects.all()] == [str(failed.id)]


def test_videos_are_indexed_again(admin: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[object] = []
    monkeypatch.setattr("videosearch.indexing.work.restart", again.append)
    video = world.video(status="ready")
    chosen = {"action": "index_again", "_selected_action": [str(video.id)]}
    admin.post(reverse("admin:library_video_changelist"), chosen)
    assert again == [video]
