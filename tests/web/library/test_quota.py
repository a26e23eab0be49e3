"""What a library may hold, and files that come twice."""

from __future__ import annotations

import os
import shutil
import time
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from tests.web.library import clips
from tests.web.library.cast import World
from tests.web.library.test_tus import Tus
from videosearch import jobs
from videosearch.jobs.models import Job
from videosearch.library import housekeeping, services
from videosearch.library.models import Library, Upload, Video

pytestmark = pytest.mark.django_db
GIB = 1024**3
Usage = namedtuple("Usage", "total used free")


def allow(library: Library, size: int | None) -> None:
    Library.objects.filter(pk=library.pk).update(quota_bytes=size)


class TestQuota:
    def test_open_uploads_count_as_what_they_will_be(self, world: World) -> None:
        allow(world.library, 1000)
        world.video(size_bytes=300)
        eve = Tus(world)
        place = eve.begin(600)
        refused = eve.create(101)
        assert refused.status_code == 403
        assert "room for 100\xa0bytes more of its 1000\xa0bytes" in refused.content.decode()
        assert eve.client.delete(place, headers={"Tus-Resumable": "1.0.0"}).status_code == 204
        eve.begin(700)

    def test_editors_see_what_is_used(self, world: World) -> None:
        world.video(size_bytes=3 * 1024**2)
        page = world.library.get_absolute_url()
        assert "are used" not in world.client("eve").get(page).content.decode(), "there is no limit"
        allow(world.library, GIB)
        assert "3.0\xa0MB of 1.0\xa0GB are used." in world.client("eve").get(page).content.decode()
        assert "are used" not in world.client("victor").get(page).content.decode()

    def test_a_finished_upload_is_counted_once(self, world: World) -> None:
        allow(world.library, 10)
        eve = Tus(world)
        eve.patch(eve.begin(6), 0, b"123456")
        assert world.library.used_bytes() == 6
        assert eve.create(4).status_code == 201

    def test_the_servers_quota_is_for_those_without_one(self, world: World, settings: Settings) -> None:
        settings.LIBRARY_QUOTA_BYTES = 5
        assert Tus(world).create(6).status_code == 403
        allow(world.library, 0)
        assert Tus(world).create(6).status_code == 201, "nought is no limit"

    def test_the_form_and_files_of_the_server_are_held_to_it_too(self, world: World, tmp_path: Path) -> None:
        allow(world.library, 5)
        address = reverse("library:upload_form", args=[world.library.pk])
        page = world.client("eve").post(address, {"file": SimpleUploadedFile("a.mp4", b"123456")}, follow=True)
        assert "has room for" in page.content.decode()
        (tmp_path / "a.mp4").write_bytes(b"123456")
        with pytest.raises(services.QuotaError):
            services.add_video(world.library, tmp_path / "a.mp4", None)
        assert not Video.objects.exists()


def test_a_match_of_twenty_gigabytes_takes_no_room_before_it_comes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(100 * GIB, 0, 100 * GIB))
    eve = Tus(world)
    place = eve.begin(20 * GIB)
    assert eve.patch(place, 0, b"x" * 1000).status_code == 204
    upload = Upload.objects.get()
    assert (upload.length, upload.offset) == (20 * GIB, 1000)
    assert upload.file.stat().st_blocks * 512 < 64 * 1024


class TestTwice:
    @pytest.fixture(autouse=True)
    def no_proxy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("videosearch.library.signals.video_probed.send", lambda *_, **__: None)

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_the_later_one_is_linked_to_the_first(self, world: World, tmp_path: Path, order: tuple[int, int]) -> None:
        film = clips.plain(tmp_path / "match.mp4", seconds=1, sound=False)
        both = [services.add_video(world.library, film, None) for _ in range(2)]
        for one in order:
            self.probe(both[one])
        first, second = (Video.objects.get(pk=video.pk) for video in both)
        assert (first.duplicate_of, second.duplicate_of) == (None, first)
        page = world.client("victor").get(second.get_absolute_url()).content.decode()
        assert "The same file is already here" in page
        assert first.get_absolute_url() in page
        services.delete_video(first)
        second.refresh_from_db()
        assert second.duplicate_of is None
        assert second.original.exists()

    def test_another_team_with_the_same_file_is_no_hint(self, world: World, tmp_path: Path) -> None:
        film = clips.plain(tmp_path / "match.mp4", seconds=1, sound=False)
        both = [services.add_video(library, film, None) for library in (world.library, world.other)]
        for video in both:
            self.probe(video)
        assert Video.objects.filter(duplicate_of=None).count() == 2

    def probe(self, video: Video) -> None:
        Job.objects.exclude(subject=str(video.pk)).update(due_at=timezone.now() + timedelta(days=1))
        Job.objects.filter(subject=str(video.pk), kind="probe").update(due_at=timezone.now() - timedelta(seconds=1))
        jobs.run_due(limit=1)


class TestTidying:
    def test_what_nobody_asks_for_goes(self, world: World, media_root: Path) -> None:
        eve, video = Tus(world), world.video()
        eve.begin(10)
        fresh = Upload.objects.get()
        eve.begin(10)
        left = Upload.objects.exclude(pk=fresh.pk).get()
        Upload.objects.filter(pk=left.pk).update(expires_at=timezone.now())
        orphan = media_root / "videos" / "0a0b0c0d-0000-4000-8000-000000000001"
        young = media_root / "videos" / "0a0b0c0d-0000-4000-8000-000000000002"
        for folder in (orphan, young, video.folder):
            folder.mkdir(parents=True)
            (folder / "original").write_bytes(b"x")
        other = media_root / "videos" / "notes"
        other.mkdir()
        for old in (orphan, video.folder, other):
            os.utime(old, (time.time() - 2 * 86400,) * 2)
        assert housekeeping.tidy() == 2
        assert not orphan.exists()
        assert all(path.exists() for path in (young, video.folder, other, fresh.file))
        assert not Upload.objects.filter(pk=left.pk).exists()

    def test_the_scheduler_asks_for_it(self, settings: Settings) -> None:
        from videosearch.celery import app

        tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
        app.loader.import_default_modules()
        assert {"library.tidy", "library.watch"} <= tasks <= set(app.tasks)


def test_a_full_disk_is_waited_for(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs no attempt, the page says why, and the work goes on when there is room."""
    monkeypatch.setattr("videosearch.library.signals.video_probed.send", lambda *_, **__: None)
    film = clips.plain(tmp_path / "match.mp4", seconds=1, sound=False)
    video = services.add_video(world.library, film, None)
    usage = shutil.disk_usage
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10, 10, 0))
    jobs.run_due()
    job = Job.objects.get(kind="proxy")
    assert (job.state, job.attempt) == ("waiting", 0)
    page = world.client("victor").get(reverse("library:state", args=[video.pk])).content.decode()
    assert "Waiting for room on the server&#x27;s disk" in page
    monkeypatch.setattr("shutil.disk_usage", usage)
    Job.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    jobs.run_due()
    assert Job.objects.get(kind="proxy").state == "done"


def test_facts_no_footage_has_are_refused(world: World, tmp_path: Path) -> None:
    one = clips.make(
        tmp_path / "one.mov", "-f", "lavfi", "-i", "testsrc=size=8x8:rate=25:duration=1", "-c:v", "png", "-f", "mov"
    )
    picture = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10000:duration=0.2", "-c:v", "mjpeg")
    fast = clips.make(tmp_path / "fast.mkv", *picture, "-f", "matroska")
    for path, said in ((one, "8 × 8 pixels"), (fast, "pictures a second")):
        video = services.add_video(world.library, path, None)
        jobs.run_due()
        video.refresh_from_db()
        assert (video.status, said in video.error) == ("failed", True), video.error
