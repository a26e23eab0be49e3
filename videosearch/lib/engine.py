"""The one door from the web application to the models.

Importing it loads nothing heavy: what needs a model or a decoder is imported when it is first called, which happens in
workers only. The models stay loaded in the process that used them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
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
    from grounding.retrieve.guessing import Guesser
    from grounding.verify.looking import Film, LookingVerifier, Memory, ServerModel
    from grounding.verify.looking.local import LocalModel

__all__ = [
    "BadVideoError", "embed_text", "guesses", "index_segment", "load_segment", "looking", "looks",
    "missing_weights", "parse", "plan_segments", "probe", "problem_of_looking", "problems_of_weights", "profile",
    "save_segment", "settings_json", "stitch", "version_key",
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


def missing_weights() -> list[str]:
    """Names of weights whose file is not there; milliseconds, as nothing is hashed."""
    from grounding import weights

    return [*weights.missing(), *(name for name in _open_models() if not _is_here(name))]


def problems_of_weights() -> list[str]:
    """Sentences about weights that are missing or damaged; every file is hashed."""
    from grounding import weights
    from grounding.weights.pulling import check_models

    return [*weights.check(), *check_models()]


def _open_models() -> list[str]:
    return [name for name in (_settings().detector_name, _settings().embedder_name) if name]


def _is_here(name: str) -> bool:
    from grounding.weights.open_models import FOLDER, find_model
    from grounding.weights.pulling import pinned, state

    if name.startswith(FOLDER):
        return Path(name.removeprefix(FOLDER)).is_dir()
    return state(find_model(name), pinned()) == "here"


def profile() -> str:
    from django.conf import settings

    return str(settings.VIDEOSEARCH_PROFILE)


def version_key() -> str:
    """Names the profile, weights and settings that vectors were made with; vectors of two keys are never compared."""
    return _settings().version_key()


def settings_json() -> dict[str, object]:
    """The indexing settings, to be kept beside the vectors, with the range of their cosines (`Query.cosines`)."""
    from dataclasses import asdict

    facts: dict[str, object] = json.loads(json.dumps(asdict(_settings()), default=str))
    return facts | {"cosines": list(_embedder().cosines)} if profile() == "full" else facts


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


def guesses(words: Sequence[str]) -> dict[str, str]:
    """For words that no lexicon has, that of the vocabulary they may stand for. The first time takes seconds."""
    return _guesser().guesses(words)


def looks() -> bool:
    """Whether a model looks at the pictures of what was found."""
    from django.conf import settings

    return bool(settings.VERIFIER != "predicates")


def looking(
    find: Callable[[str], Film | None], memory: Memory, seconds: float, wanted: Callable[[], bool]
) -> LookingVerifier:
    """The verifier that looks, with the model of this process. find: the film of a video; see `LookingVerifier`."""
    from grounding.verify.looking import FilmFiles, LookingVerifier

    return LookingVerifier(_chat_model(), FilmFiles(find), memory=memory, seconds=seconds, wanted=wanted)


def problem_of_looking() -> str:
    """What is wrong with the model that looks, as a sentence; empty where nothing is known to be."""
    return _chat_model().problem() if looks() else ""


@cache
def _settings() -> Settings:
    from django.conf import settings

    from grounding.pipeline import Settings

    return Settings(profile=profile(), detector=settings.VIDEOSEARCH_DETECTOR, embedder=settings.VIDEOSEARCH_EMBEDDER)


@cache
def _models() -> Models:
    from grounding.pipeline import Models

    return Models.load(profile=profile(), settings=_settings())


@cache
def _chat_model() -> ServerModel | LocalModel:
    from django.conf import settings

    if settings.VERIFIER == "local":
        from grounding.verify.looking.local import LocalModel

        return LocalModel(settings.VERIFIER_MODEL)
    from grounding.verify.looking import ServerModel

    return ServerModel(
        settings.VERIFIER_URL, settings.VERIFIER_MODEL, settings.VERIFIER_KEY, seconds=settings.VERIFIER_SECONDS
    )


@cache
def _guesser() -> Guesser:
    from grounding.retrieve.guessing import Guesser

    return Guesser(_sentences())


@cache
def _embedder() -> TextEmbedder:
    """What embeds queries, alone: a search worker needs no detector."""
    name = _settings().embedder_name
    if not name:
        return _sentences()
    from grounding.embed.openclip import OpenClipEmbedder
    from grounding.weights.pulling import model_folder

    return OpenClipEmbedder(model_folder(name, "embedder"))


@cache
def _sentences() -> TextEmbedder:
    from grounding.embed import MiniLmEmbedder

    return MiniLmEmbedder()
