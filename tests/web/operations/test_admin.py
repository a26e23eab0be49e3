"""The admin as the operator's place."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.web.library.cast import World, make_world
from videosearch import jobs
from videosearch.accounts.models import User
from videosearch.indexing.models import IndexVersion
from videosearch.jobs import registry
from videosearch.jobs.models import Job, JobLine
from videosearch.jobs.run import JobRun
from videosearch.lib import engine
from videosearch.library.models import ImportFolder

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def root(settings: Settings, tmp_path: Path) -> Client:
    settings.MEDIA_ROOT = tmp_path
    settings.CELERY_BROKER_URL = ""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_the_first_page_says_how_the_parts_stand(root: Client) -> None:
    page = root.get("/admin/").content.decode()
    assert "✓ Database" in page
    assert "✗ Broker" in page
    assert "Start Valkey or Redis" in page
    assert "All weights are there." in page


def test_libraries_with_what_they_hold(root: Client, world: World) -> None:
    world.video(size_bytes=5 * 1024**2, indexed_seconds=10.0)
    world.video(size_bytes=1024**2, duration=60.0)
    type(world.library).objects.filter(pk=world.library.pk).update(quota_bytes=1024**3)
    page = root.get(reverse("admin:library_library_changelist")).content.decode()
    for words in ("6.0\xa0MB", "1.0\xa0GB", "0:10 of 1:20", "no limit"):
        assert words in page


def test_a_folder_is_named_and_imported(root: Client, world: World, settings: Settings, tmp_path: Path) -> None:
    settings.IMPORT_ROOT = tmp_path / "footage"
    (settings.IMPORT_ROOT / "2025").mkdir(parents=True)

    def save(path: str) -> str:
        management = {
            f"{prefix}-{name}": value
            for prefix, total in (("membership_set", "0"), ("importfolder_set", "1"))
            for name, value in (("TOTAL_FORMS", total), ("INITIAL_FORMS", "0"))
        }
        row = {"importfolder_set-0-path": path, "importfolder_set-0-watch": "on", "name": "U17", "quota_bytes": ""}
        address = reverse("admin:library_library_change", args=[world.library.pk])
        return root.post(address, {**management, **row}, follow=True).content.decode()

    assert "There is no folder" in save("nowhere")
    assert "Only folders below" in save("../..")
    assert not ImportFolder.objects.exists()
    save("2025/")
    folder = ImportFolder.objects.get()
    assert (folder.path, folder.watch) == ("2025", True)
    job = Job.objects.get(kind="import_folder", subject=str(folder.pk))
    assert job.state == "waiting"


def test_a_job_with_its_lines(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(run: JobRun) -> None:
        raise RuntimeError("the lens <b>is</b> dirty")

    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    jobs.register("polish", break_down)
    job = jobs.enqueue("polish", "lens")
    jobs.run_due()
    line = JobLine.objects.get(job=job)
    assert (line.level, line.attempt) == ("error", 1)
    assert "RuntimeError: the lens" in line.text
    page = root.get(reverse("admin:jobs_job_change", args=[job.pk])).content.decode()
    assert "the lens &lt;b&gt;is&lt;/b&gt; dirty" in page
    listed = root.get(reverse("admin:jobs_job_changelist")).content.decode()
    assert "1 of 3" in listed

    chosen = {"_selected_action": [str(job.pk)]}
    root.post(reverse("admin:jobs_job_changelist"), {"action": "stop", **chosen})
    job.refresh_from_db()
    assert job.state == "cancelled"
    root.post(reverse("admin:jobs_job_changelist"), {"action": "start_again", **chosen})
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("waiting", 0)


def test_videos_of_another_version_are_indexed_with_the_installed_one(root: Client, world: World) -> None:
    world.video(status="ready")
    ours = IndexVersion.objects.create(key=engine.version_key(), profile="embedded", active=True)
    old = IndexVersion.objects.create(key="old", profile="embedded")
    address = reverse("admin:indexing_indexversion_changelist")
    assert root.get(address).status_code == 200
    for version, count in ((old, 0), (ours, 1)):
        root.post(address, {"action": "index_the_others", "_selected_action": [str(version.pk)]})
        assert Job.objects.filter(kind="index_segment").count() == count


def test_who_changed_what(root: Client, world: World) -> None:
    alice = world.client("alice")
    victor = world.users["victor"]
    alice.post(reverse("library:change_member", args=[world.library.pk, victor.pk]), {"role": "editor"})
    page = root.get(reverse("admin:auditlog_logentry_changelist")).content.decode()
    assert "alice" in page
    assert "viewer" in page
    assert root.get(reverse("admin:auditlog_logentry_add")).status_code == 403
