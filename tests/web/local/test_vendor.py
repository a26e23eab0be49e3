"""The front-end libraries: the right files, and nothing else gets in."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from videosearch.local import vendor
from videosearch.local.vendor import VendorError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose manifest pins one file of a package that our own "npm" hands out."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "lib.js").write_text("let x = 1;")
    target = tmp_path / "vendor"
    target.mkdir()
    return target


def _pin(folder: Path, *, integrity: str = "", sha256: str = "") -> None:
    import base64
    import hashlib

    archive = folder.parent / "lib.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder.parent / "package", "package")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    entry = {
        "package": "lib",
        "version": "1.0.0",
        "licence": "MIT",
        "integrity": integrity or f"sha512-{digest}",
        "files": {"lib.js": ["lib.js", sha256 or hashlib.sha256(b"let x = 1;").hexdigest()]},
    }
    (folder / "manifest.json").write_text(json.dumps([entry]))


@pytest.fixture
def npm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []

    def pack(spec: str, scratch: Path) -> Path:
        asked.append(spec)
        return Path(shutil.copy(folder.parent / "lib.tgz", scratch))

    monkeypatch.setattr(vendor, "_pack", pack)
    return asked


def test_it_works(folder: Path, npm: list[str]) -> None:
    _pin(folder)
    assert "lib.js" in vendor.problems(folder)[0]
    vendor.fetch(folder)
    assert (folder / "lib.js").read_text() == "let x = 1;"
    assert vendor.problems(folder) == []
    vendor.fetch(folder)
    assert npm == ["lib@1.0.0"], "what is there is not brought again"


def test_a_changed_file_is_brought_again(folder: Path, npm: list[str]) -> None:
    _pin(folder)
    (folder / "lib.js").write_text("let x = evil;")
    vendor.fetch(folder)
    assert (folder / "lib.js").read_text() == "let x = 1;"


@pytest.mark.parametrize("pin", [{"integrity": "sha512-AAAA"}, {"sha256": "0" * 64}])
def test_what_is_not_pinned_does_not_get_in(folder: Path, npm: list[str], pin: dict[str, str]) -> None:
    _pin(folder, **pin)
    with pytest.raises(VendorError, match="not the"):
        vendor.fetch(folder)
    assert not (folder / "lib.js").exists()


def test_the_projects_own_files_are_the_pinned_ones() -> None:
    assert vendor.problems() == []
