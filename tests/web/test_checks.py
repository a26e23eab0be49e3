"""Each check finds its fault, says what to do, and is silent when all is well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks

from videosearch import checks
from videosearch.lib import ffmpeg
from videosearch.local import vendor


def test_all_is_well_here() -> None:
    assert run_checks() == []


@pytest.mark.django_db
def test_the_database_has_vectors() -> None:
    assert checks.database_has_vectors(None, ["default"]) == []


def test_a_database_that_does_not_answer(settings: Any) -> None:
    class Silent:
        def cursor(self) -> None:
            from django.db import OperationalError

            raise OperationalError("connection refused")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "connections", {"default": Silent()})
        found = checks.database_has_vectors(None, ["default"])
    _expect(found, "videosearch.E005")


def test_no_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "binary", lambda: "/nowhere/ffmpeg")
    _expect(checks.ffmpeg_is_here(None), "videosearch.E001")


def test_media_that_cannot_be_written(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    settings.MEDIA_ROOT = file / "media"
    _expect(checks.media_is_writable(None), "videosearch.E002")


def test_vendored_files_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "problems", lambda: ["htmx.min.js is missing"])
    _expect(checks.vendored_files_are_here(None), "videosearch.E003")


def test_an_unknown_profile(settings: Any) -> None:
    settings.VIDEOSEARCH_PROFILE = "hasty"
    _expect(checks.profile_is_known(None), "videosearch.E004")


def test_missing_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GROUNDING_HOME", str(tmp_path))
    found = checks.weights_are_here(None)
    assert {message.id for message in found} == {"videosearch.E007"}


def test_any_host_is_answered(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    _expect(checks.hosts_are_named(None), "videosearch.W001")
    settings.ALLOWED_HOSTS = ["video.example.org"]
    assert checks.hosts_are_named(None) == []


def _expect(found: list[CheckMessage], id_: str) -> None:
    assert [message.id for message in found] == [id_]
    assert found[0].hint
