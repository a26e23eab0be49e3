"""Weights are the registered ones or are refused by name, and are made once."""

from __future__ import annotations

import io
import multiprocessing
import re
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from grounding import weights
from grounding.errors import WeightsError
from grounding.files import write_bytes
from grounding.weights import REGISTRY, sources
from grounding.weights.registry import NpmFile


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, with the fetched package in it but nothing converted."""
    fetched = weights.home() / "npm"
    assert fetched.is_dir(), "run `python -m grounding weights fetch` first"
    shutil.copytree(fetched, tmp_path / "npm")
    monkeypatch.setenv("GROUNDING_HOME", str(tmp_path))
    return tmp_path


def test_every_weight_is_registered_in_full() -> None:
    assert len({weight.id for weight in REGISTRY}) == len(REGISTRY)
    for weight in REGISTRY:
        assert weight.licence
        assert weight.size > 0
        for digest in (weight.sha256, *(source.sha256 for source in weight.sources)):
            assert re.fullmatch("[0-9a-f]{64}", digest), weight.id


def test_all_weights_are_present_and_sound() -> None:
    assert weights.check() == []
    for weight in REGISTRY:
        assert weights.ensure(weight.id).stat().st_size == weight.size


def test_an_unknown_weight_is_refused() -> None:
    with pytest.raises(WeightsError, match="no weight named yolo"):
        weights.ensure("yolo")


def test_a_missing_source_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDING_HOME", str(tmp_path))
    with pytest.raises(WeightsError, match=r"centernet\.json of npm @vladmandic/human 3\.3\.6 is not here: run"):
        weights.ensure("centernet")
    assert any("centernet" in problem for problem in weights.check())
    assert not list(tmp_path.glob("converted/*"))


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_source_is_refused_by_name(own_home: Path, damage: str) -> None:
    (path,) = own_home.rglob("movenet-lightning.bin")
    data = bytearray(path.read_bytes())
    path.write_bytes(data[:-7] if damage == "cut" else bytes([data[0] ^ 1]) + data[1:])
    with pytest.raises(WeightsError, match=r"movenet-lightning\.bin .* incomplete or changed"):
        weights.ensure("movenet-lightning")
    assert not list(own_home.glob("converted/*"))


def test_a_damaged_conversion_is_refused_by_name(own_home: Path) -> None:
    path = weights.ensure("movenet-lightning")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(WeightsError, match=r"movenet-lightning is incomplete .* remove"):
        weights.ensure("movenet-lightning")
    assert any("movenet-lightning" in problem for problem in weights.check())


def test_a_conversion_to_other_bytes_is_not_kept(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tuple(replace(weight, sha256="0" * 64) for weight in REGISTRY if weight.id == "movenet-lightning")
    monkeypatch.setattr(weights, "REGISTRY", other)
    with pytest.raises(WeightsError, match="movenet-lightning converts to another file"):
        weights.ensure("movenet-lightning")
    assert not list(own_home.glob("converted/*"))


def _ensure(_: int) -> int:
    return weights.ensure("movenet-lightning").stat().st_size


def test_two_processes_may_convert_at_once(own_home: Path) -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as processes:
        assert processes.map(_ensure, range(2)) == [weights.find("movenet-lightning").size] * 2
    assert [path.suffix for path in own_home.glob("converted/*")] == [".onnx"]


def _archive(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def test_only_the_registered_archive_is_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "a.tgz"
    _archive(archive, {"package/models/x.bin": b"weights", "package/../../escape": b"no"})
    wanted = NpmFile("@a/b", "1.0", sources.sha256_of(archive), "models/x.bin", "")
    sources.unpack(archive, wanted, [wanted], tmp_path / "home")
    assert (tmp_path / "home/npm/a-b-1.0/models/x.bin").read_bytes() == b"weights"
    assert [path.name for path in (tmp_path / "home").rglob("*") if path.is_file()] == ["x.bin"]
    archive.write_bytes(archive.read_bytes()[:-1])
    with pytest.raises(WeightsError, match=r"archive of npm @a/b 1\.0 is incomplete or changed"):
        sources.unpack(archive, wanted, [wanted], tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_writing_leaves_nothing_behind_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, mode: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "chmod", fail)
    with pytest.raises(OSError, match="disk full"):
        write_bytes(tmp_path / "weights.onnx", b"data")
    assert list(tmp_path.iterdir()) == []
