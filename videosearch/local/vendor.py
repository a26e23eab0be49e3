"""Brings the front-end libraries into static/vendor, each file checked against static/vendor/manifest.json.

The manifest is the whole truth: package, version, licence, the archive's integrity as npm states it, and for each file
its place in the archive, its name here and its SHA-256. What is there and right is left alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

FOLDER = Path(__file__).resolve().parent.parent.parent / "static" / "vendor"
_SECONDS = 300


class VendorError(Exception):
    """A library could not be brought, or is not the one that was pinned."""


class Entry(TypedDict):
    package: str
    version: str
    licence: str
    integrity: str
    files: dict[str, list[str]]
    """name here → [path in the archive, sha256]"""


def problems(folder: Path = FOLDER) -> list[str]:
    """Sentences about files that are missing or changed; empty if all is well."""
    return [
        f"static/vendor/{name} of {entry['package']} {entry['version']} is missing or changed; run `make vendor`."
        for entry in _manifest(folder)
        for name in _wrong(folder, entry)
    ]


def fetch(folder: Path = FOLDER, report: Callable[[str], None] = lambda _: None) -> None:
    """Bring what is missing or changed.

    Raises: VendorError.
    """
    for entry in _manifest(folder):
        if _wrong(folder, entry):
            report(f"Bringing {entry['package']} {entry['version']}")
            _bring(folder, entry)


def _manifest(folder: Path) -> list[Entry]:
    entries: list[Entry] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return entries


def _wrong(folder: Path, entry: Entry) -> list[str]:
    return [name for name, (_, sha256) in entry["files"].items() if _sha256(folder / name) != sha256]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _bring(folder: Path, entry: Entry) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        archive = _pack(f"{entry['package']}@{entry['version']}", Path(scratch))
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != entry["integrity"]:
            raise VendorError(f"The archive of {entry['package']} {entry['version']} is not the one that was pinned.")
        with tarfile.open(archive) as tar:
            for name, (inside, sha256) in entry["files"].items():
                member = tar.extractfile(f"package/{inside}")
                content = member.read() if member else b""
                if hashlib.sha256(content).hexdigest() != sha256:
                    raise VendorError(f"{inside} of {entry['package']} is not the file that was pinned.")
                part = folder / f".{name}.part"
                part.write_bytes(content)
                part.replace(folder / name)


def _pack(spec: str, scratch: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise VendorError("npm is needed once to bring the front-end libraries, and is not installed.")
    command = [npm, "pack", spec, "--silent", "--pack-destination", str(scratch)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_SECONDS, cwd=scratch)
    except subprocess.TimeoutExpired:
        raise VendorError(f"npm did not bring {spec} within {_SECONDS} s.") from None
    archives = list(scratch.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise VendorError(f"npm could not bring {spec}: {reason}")
    return archives[0]


def main() -> int:
    def report(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    try:
        fetch(report=report)
    except VendorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
