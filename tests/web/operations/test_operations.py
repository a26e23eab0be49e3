"""Health, figures, the doctor, and a fire drill: everything is lost but the backup."""

from __future__ import annotations

import io
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from grounding.sheets import Player, Sheet
from grounding.sheets import Team as TeamSheet
from tests.web.library import clips
from tests.web.scopes.objects import Team, make_team
from videosearch.indexing.models import Observation, Track
from videosearch.jobs.models import Job
from videosearch.library import sheets
from videosearch.library.models import Rendition, Video
from videosearch.operations import facts, keeping


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    settings.CELERY_BROKER_URL = ""
    return Path(settings.MEDIA_ROOT)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.plain(tmp_path_factory.mktemp("film") / "film.mp4", seconds=1, sound=False)


def waiting(queue: str, minutes: float) -> Job:
    due = timezone.now() - timedelta(minutes=minutes)
    return Job.objects.create(kind="probe", subject=f"{queue}{minutes}", queue=queue, max_attempts=3, due_at=due)


@pytest.mark.django_db
class TestReady:
    def test_facts_for_who_asks_from_here(self) -> None:
        answer = Client().get("/readyz")
        assert answer.status_code == 200, "a broker that is down does not take the pages away"
        told = answer.json()
        assert {name: told[name]["ok"] for name in ("database", "disk", "broker", "queues", "weights")} == {
            "database": True, "disk": True, "broker": False, "queues": True, "weights": True,
        }  # fmt: skip

    def test_work_nobody_takes(self) -> None:
        waiting("gpu", 20)
        waiting("media", 1)
        told = Client().get("/readyz").json()["queues"]
        assert told == {"ok": False, "says": "Work waits in gpu for 20 minutes."}

    def test_a_full_disk(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(facts, "LEAST_FREE_BYTES", 2**62)
        assert Client().get("/readyz").status_code == 503

    @pytest.mark.parametrize("header", [{"REMOTE_ADDR": "203.0.113.9"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}])
    def test_strangers_learn_whether_and_no_more(self, header: dict[str, str]) -> None:
        client = Client(**header)  # type: ignore[arg-type]
        assert client.get("/readyz").content == b"ok"
        assert client.get("/metrics").status_code == 404
        assert client.get("/healthz").content == b"ok"


@pytest.mark.django_db
class TestMetrics:
    def test_figures(self, film: Path) -> None:
        team = make_team("ours", film)
        waiting("gpu", 2)
        began = timezone.now() - timedelta(seconds=30)
        Job.objects.create(
            kind="proxy", subject="x", queue="media", max_attempts=3, state="done", started_at=began,
            finished_at=began + timedelta(seconds=12),
        )  # fmt: skip
        team.members["viewer"].queries.create(text="red", state="done", elapsed_ms=250)
        page = Client().get("/metrics").content.decode()
        found = dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
        assert float(found['videosearch_queue_age_seconds{queue="gpu"}']) == pytest.approx(120, abs=20)
        assert float(found['videosearch_queue_age_seconds{queue="media"}']) == 0
        assert float(found['videosearch_stage_seconds{kind="proxy",quantile="0.95"}']) == pytest.approx(12)
        assert float(found['videosearch_search_seconds{quantile="0.5"}']) == pytest.approx(0.25)
        assert float(found['videosearch_jobs{kind="probe",queue="gpu",state="waiting"}']) == 1
        assert float(found['videosearch_videos{status="ready"}']) == 1
        assert float(found["videosearch_media_free_bytes"]) > 0
        assert float(found['videosearch_part_ok{part="broker"}']) == 0

    def test_a_token_where_one_is_set(self, settings: Settings) -> None:
        settings.METRICS_TOKEN = "let me in"
        assert Client().get("/metrics").status_code == 404, "being near is not enough any more"
        assert Client().get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
        far = Client(REMOTE_ADDR="203.0.113.9")
        assert far.get("/metrics", headers={"Authorization": "Bearer let me in"}).status_code == 200


@pytest.mark.django_db
class TestDoctor:
    def say(self) -> str:
        out = io.StringIO()
        with pytest.raises(CommandError, match="attention"):
            call_command("doctor", stdout=out)
        return out.getvalue()

    def test_it_says_what_is_wrong_and_what_to_do(self, film: Path) -> None:
        team = make_team("ours", film)
        team.video.original.unlink()
        waiting("gpu", 30)
        said = self.say()
        for words in (
            "BAD  broker", "Start Valkey or Redis", "BAD  queues", "Work waits in gpu for 30 minutes",
            "BAD  scheduler", "The sweep has never run", "BAD  originals", "1 originals are missing: Match of ours",
            "ok   database", "ok   pgvector", "ok   migrations", "ok   weights", "ok   ffmpeg", "BAD  workers",
        ):  # fmt: skip
            assert words in said, said

    def test_the_sweep_leaves_its_mark(self) -> None:
        from videosearch.jobs import tasks

        tasks.sweep()
        assert "ok   scheduler" in self.say()
        cache.set(tasks.SWEPT, timezone.now() - timedelta(minutes=5))
        assert "BAD  scheduler" in self.say()

    def test_a_check_that_breaks_does_not_stop_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken() -> Any:
            raise RuntimeError("no such thing")

        monkeypatch.setattr(facts, "_originals", broken)
        said = self.say()
        assert "no such thing" in said
        assert "jobs" in said.splitlines()[-1]


@pytest.mark.django_db(transaction=True)
class TestDrill:
    """With the real pg_dump and pg_restore, and into the same database, as after a disaster."""

    @pytest.fixture
    def team(self, film: Path) -> Team:
        team = make_team("ours", film)
        Video.objects.update(size_bytes=team.video.original.stat().st_size, status="ready")
        return team

    def test_everything_is_lost_and_comes_back(self, team: Team, tmp_path: Path, media: Path) -> None:
        store = tmp_path / "backup"
        told = Sheet((TeamSheet("=Bears 🦁", "red", players=(Player(10, 'O\'Neill "K" <b>', ("Ø",)),)), TeamSheet()))
        sheets.replace(team.video, told)
        counts = keeping.backup(store, say=print)
        assert counts == {"copied": 1, "kept": 0, "missing": 0, "removed": 0}
        assert keeping.backup(store, say=print)["kept"] == 1, "the second time copies only what is new"
        original = team.video.original.read_bytes()
        seen = Observation.objects.count()

        shutil.rmtree(media)
        media.mkdir()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE library_library, accounts_user CASCADE")
        assert not Video.objects.exists()

        assert keeping.restore(store, say=print) == {"restored": 1, "missing": 0, "made again": 1}
        video = Video.objects.get()
        assert video.original.read_bytes() == original
        assert Track.objects.get().get_tube() is not None
        assert Observation.objects.count() == seen > 0, "what can be searched was in the database"
        assert sheets.sheet_of(video) == told
        assert {member.role for member in video.library.membership_set.all()} == set(team.members)
        assert Client().login(username="ours-editor", password="secret")
        assert not Rendition.objects.filter(kind="proxy").exists()
        assert Job.objects.get(kind="proxy").state == "waiting", "what plays is made again"

    def test_half_a_backup_changes_nothing(self, team: Team, tmp_path: Path) -> None:
        keeping.backup(tmp_path / "backup", say=print)
        (tmp_path / "backup" / keeping.NOTE).unlink()
        with pytest.raises(keeping.BackupError, match="no whole backup"):
            keeping.restore(tmp_path / "backup", say=print)
        assert Video.objects.exists()

    def test_it_asks_first(self, team: Team, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="--yes"):
            call_command("restore", str(tmp_path))

    def test_what_was_deleted_leaves_the_backup_and_what_is_missing_is_told(self, team: Team, tmp_path: Path) -> None:
        store = tmp_path / "backup"
        keeping.backup(store, say=print)
        Video.objects.all().delete()
        assert keeping.backup(store, say=print)["removed"] == 1
        assert not list((store / keeping.ORIGINALS).iterdir())
