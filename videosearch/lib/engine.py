"""The one door from the web application to the models.

Importing it loads nothing heavy: what needs a model or a decoder is imported when it is first called, which happens in
workers only. The models stay loaded in the process that used them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from grounding.errors import BadVideoError
from grounding.retrieve.parse import parse
from grounding.types import Progress, Segment, SegmentResult, VideoIndex, VideoInfo
from videosearch.lib.limits import Limits

if TYPE_CHECKING:
    from grounding.embed import TextEmbedder
    from grounding.pipeline import Models, Settings

__all__ = [
    "BadVideoError", "dimension", "embed_text", "index_segment", "load_segment", "parse", "plan_segments", "probe",
    "profile", "save_segment", "settings_json", "stitch", "version_key",
]  # fmt: skip

_PROBE_SECONDS = 60.0
_PROBE_LIMITS = Limits(memory_bytes=2 * 1024**3, cpu_seconds=60, file_bytes=0)
_PROBE = """
import dataclasses, json, sys
from grounding.errors import BadVideoError
from grounding.video.probe import probe
try:
    print(json.dumps({"info": dataclasses.asdict(probe(sys.argv[1]))}))
except BadVideoError as error:
    print(json.dumps({"problem": str(error)}))
"""
_UNREADABLE = (
    "This file could not be read as a video: it is damaged, or asks for more memory or time than a video needs."
)


def probe(path: Path) -> VideoInfo:
    """The facts of a video, read in a process of its own with limited memory and time.

    Raises: BadVideoError with one sentence for people, whatever the file did to that process.
    """
    command = _PROBE_LIMITS.wrap([sys.executable, "-c", _PROBE, str(path)])
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    root = str(Path(__file__).resolve().parent.parent.parent)
    try:
        child = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=_PROBE_SECONDS, env=env, cwd=root
        )
        answer = json.loads(child.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise BadVideoError(_UNREADABLE) from None
    if "problem" in answer:
        raise BadVideoError(answer["problem"])
    return VideoInfo(**answer["info"])


def profile() -> str:
    from django.conf import settings

    return str(settings.VIDEOSEARCH_PROFILE)


def version_key() -> str:
    """Names the profile, weights and settings that vectors were made with; vectors of two keys are never compared."""
    return _settings().version_key()


def settings_json() -> dict[str, object]:
    """The indexing settings, to be kept beside the vectors."""
    from dataclasses import asdict

    return json.loads(json.dumps(asdict(_settings()), default=str))  # type: ignore[no-any-return]


def dimension() -> int:
    """The length of the vectors."""
    return 384


def plan_segments(duration: float) -> list[Segment]:
    from grounding.pipeline import plan_segments as plan

    return list(plan(duration, _settings()))


def index_segment(path: Path, segment: Segment) -> Iterator[Progress | SegmentResult]:
    """Look at every picture of one segment; the last item is the result."""
    from grounding.pipeline import index_segment as index

    return index(path, segment, _models(), _settings())


def stitch(info: VideoInfo, results: Sequence[SegmentResult]) -> VideoIndex:
    from grounding.pipeline import stitch as join

    return join(info, results, _models(), _settings())


def save_segment(path: Path, result: SegmentResult) -> None:
    from grounding.pipeline import save_segment as save

    save(path, result)


def load_segment(path: Path) -> SegmentResult:
    from grounding.pipeline import load_segment as load

    return load(path)


def embed_text(text: str) -> list[float]:
    """The unit vector of a text. Milliseconds once the model is loaded in this process."""
    vector: list[float] = _embedder().embed([text])[0].tolist()
    return vector


@cache
def _settings() -> Settings:
    from grounding.pipeline import Settings

    return Settings()


@cache
def _models() -> Models:
    from grounding.pipeline import Models

    return Models.load(profile=profile())


@cache
def _embedder() -> TextEmbedder:
    """The text model alone: a search worker needs no detector."""
    from grounding.embed import MiniLmEmbedder

    return MiniLmEmbedder()
