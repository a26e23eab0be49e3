"""The weights: registered, brought, converted once, and checked before use.

    path = ensure("centernet")      # an ONNX file that is the registered one
    fetch(print)                    # brings and converts everything, e.g. from a Makefile
    problems = check()              # what is missing or damaged, in sentences

Files live in the folder `$GROUNDING_HOME` (default `~/.cache/grounding`).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from grounding.errors import WeightsError
from grounding.files import write_bytes
from grounding.weights.registry import REGISTRY, NpmFile, Weight
from grounding.weights.sources import fetch_npm, locate, sha256_of

__all__ = ["REGISTRY", "Weight", "check", "ensure", "fetch", "find", "home", "missing"]

_checked: dict[Path, tuple[int, int]] = {}


def home() -> Path:
    """The folder of fetched and converted weights; may not exist yet."""
    chosen = os.environ.get("GROUNDING_HOME")
    return Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "grounding"


def find(weight_id: str) -> Weight:
    """The registry's row. Raises WeightsError if there is none of that name."""
    for weight in REGISTRY:
        if weight.id == weight_id:
            return weight
    raise WeightsError(f"There is no weight named {weight_id}; known are {', '.join(w.id for w in REGISTRY)}.")


def ensure(weight_id: str) -> Path:
    """Path of the file to load, converted now if it was not yet. Never uses the network.

    The file is hashed once per process. Two processes may ask at once: one converts, the other waits.
    Raises WeightsError, naming the weight, if a source is missing or a file is not the registered one.
    """
    weight = find(weight_id)
    path = _target(weight)
    if not weight.converter:
        return locate(weight.sources[0], home())
    if not path.is_file():
        with _lock():
            if not path.is_file():
                _convert(weight, path)
    _verify(weight, path)
    return path


def fetch(progress: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Brings and converts every registered weight that is missing; what is there and sound is left alone.

    progress: called with a short line for people before each step. Raises WeightsError at the first thing that fails.
    """
    files = [source for weight in REGISTRY for source in weight.sources if isinstance(source, NpmFile)]
    with _lock():
        for archive in {file.archive_sha256: file for file in files}.values():
            wanted = [file for file in files if file.archive_sha256 == archive.archive_sha256]
            if not all(_is_sound(file) for file in wanted):
                fetch_npm(archive, wanted, home(), progress)
    paths = []
    for weight in REGISTRY:
        if weight.converter and not _target(weight).is_file():
            progress(f"Converting {weight.id}")
        paths.append(ensure(weight.id))
    return paths


def check() -> list[str]:
    """Sentences about weights that are missing, damaged or not yet made; empty if all is well. Changes nothing."""
    problems = []
    for weight in REGISTRY:
        try:
            for source in weight.sources:
                locate(source, home())
            if weight.converter:
                _verify(weight, _target(weight))
        except WeightsError as error:
            problems.append(str(error))
    return problems


def missing() -> list[str]:
    """Ids of weights that have yet to be converted. Quick: nothing is hashed."""
    return [weight.id for weight in REGISTRY if weight.converter and not _target(weight).is_file()]


def _target(weight: Weight) -> Path:
    return home() / "converted" / f"{weight.id}-{weight.sha256[:8]}.onnx"


def _is_sound(source: NpmFile) -> bool:
    try:
        locate(source, home())
    except WeightsError:
        return False
    return True


def _convert(weight: Weight, path: Path) -> None:
    sources = [locate(source, home()) for source in weight.sources]
    module = importlib.import_module(f"grounding.weights.convert.{weight.converter}")
    data: bytes = module.convert(*sources)
    if hashlib.sha256(data).hexdigest() != weight.sha256:
        raise WeightsError(
            f"The weight {weight.id} converts to another file than the registered one: is a package of another version "
            "installed than the project's lock names?"
        )
    write_bytes(path, data)


def _verify(weight: Weight, path: Path) -> None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        raise WeightsError(
            f"The weight {weight.id} is not converted yet: run `python -m grounding weights fetch`."
        ) from None
    state = (stat.st_mtime_ns, stat.st_size)
    if _checked.get(path) == state:
        return
    if sha256_of(path) != weight.sha256:
        raise WeightsError(
            f"The weight {weight.id} is incomplete or not the registered one: remove {path} and run "
            "`python -m grounding weights fetch`."
        )
    _checked[path] = state


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    home().mkdir(parents=True, exist_ok=True)
    with (home() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
