"""Folders of the server: everything below the import root and nothing else, each file once."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.web.library.cast import World
from videosearch import jobs
from videosearch.jobs.models import Job
from videosearch.library import importing, services
from videosearch.library.models import ImportFolder, Library, Video

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(tmp_path: Path, settings: Settings) -> Path:
    settings.IMPORT_ROOT = tmp_path / "footage"
    for name in ("2025/a.mp4", "2025/away/b.MKV", "2025/notes.txt", "2025/.trash/c.mp4", "other/d.mp4"):
        lay(settings.IMPORT_ROOT / name)
    secret = lay(tmp_path / "secret" / "theirs.mp4")
    (settings.IMPORT_ROOT / "2025" / "link.mp4").symlink_to(secret)
    (settings.IMPORT_ROOT / "out").symlink_to(secret.parent)
    return Path(settings.IMPORT_ROOT)


def lay(path: Path, data: bytes = b"film", age: float = 3600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (time.time() - age,) * 2)
    return path


def names() -> list[str]:
    return sorted(Video.objects.values_list("original_name", flat=True))


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import_folder", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def test_a_folder_with_all_in_it(world: World, root: Path) -> None:
    assert command("U17", "2025") == "2 new videos."
    assert names() == ["a.mp4", "b.MKV"]
    assert (root / "2025" / "a.mp4").exists(), "the file stays where it was"
    assert Job.objects.filter(kind="probe").count() == 2
    assert command("U17", "2025/") == "0 new videos."
    services.delete_video(Video.objects.get(original_name="a.mp4"))
    assert command("U17", "2025") == "0 new videos.", "what was deleted stays deleted"
    lay(root / "2025" / "a.mp4", b"another film")
    assert command("U17", "2025") == "1 new video."


@pytest.mark.parametrize("path", ["../secret", "/etc", "out", "2025/../../secret", "a\0b", "nowhere"])
def test_nothing_beside_the_root(world: World, root: Path, path: str) -> None:
    with pytest.raises(CommandError):
        command("U17", path)
    assert not Video.objects.exists()


def test_without_a_root_nothing_is_imported(world: World, settings: Settings) -> None:
    settings.IMPORT_ROOT = None
    with pytest.raises(CommandError, match="VIDEOSEARCH_IMPORT_ROOT is not set"):
        command("U17", ".")


def test_an_unknown_library(root: Path, world: World) -> None:
    with pytest.raises(CommandError, match="no library 'U99'"):
        command("U99", "2025")


def test_a_watched_folder(world: World, root: Path) -> None:
    """As the scheduler does it each minute: a file that is still being copied is left for the next time."""
    command("U17", "other", "--watch")
    lay(root / "other" / "new.mp4", age=60)
    lay(root / "other" / "copying.mp4", age=0)
    assert importing.start_watched() == 1
    Job.objects.filter(kind="probe").delete()  # one thing at a time
    jobs.run_due(limit=1)
    folder = ImportFolder.objects.get()
    assert names() == ["d.mp4", "new.mp4"]
    assert folder.report == "1 new video, 1 still being written."


def test_a_quota_ends_it_with_a_sentence(world: World, root: Path) -> None:
    Library.objects.update(quota_bytes=5)
    said = command("U17", "2025")
    assert said.startswith("1 new video.")
    assert "has room for" in said
