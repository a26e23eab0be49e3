"""The highest speed of indexing with the full profile: what all but its networks takes of the CPU, stage by stage.

The video is indexed twice in one process. The first time the networks of the embedded profile look, and what they say
is kept by what they were shown; the second time that is given back at once, and the processor's time is counted. Image
vectors are constant. What reads shirt numbers and score boards looks both times, since it does so on the CPU beside a
GPU as well. What a GPU's driver takes to start its work, and boxes that are made of its answers, are not in it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grounding.bench.gpu.finds import Finds, Remembering, Reminded, key_of, one_thread
from grounding.pipeline.stages import StageTimes
from grounding.types import Detections, Floats, Image, Progress

if TYPE_CHECKING:
    from grounding.pipeline import Models, Settings
    from grounding.types import VideoIndex

POOL: Final = "crops"
"""What the threads beside do but for networks: cutting crops, reading poses off heat maps, colours."""
READERS: Final = "readers"
"""The networks that read shirt numbers."""
_DIMENSION: Final = 512


@dataclass(frozen=True, slots=True)
class Ceiling:
    """seconds: of video; cpu: stage → seconds of CPU, the largest first; tracks: that were found; unknown: pictures of
    which nothing was kept, as in `indexing.Cost`."""

    seconds: float
    cpu: Mapping[str, float]
    tracks: int
    unknown: int = 0

    @property
    def per_second(self) -> float:
        """Seconds of CPU for a second of video."""
        return sum(self.cpu.values()) / self.seconds

    def times_real_time(self, cores: int) -> float:
        """On so many cores, none of which ever waits."""
        return cores / self.per_second


def ceiling_apart(video: Path, settings: Settings) -> Ceiling:
    """`ceiling` in a process of its own, with one thread for what is spread. Raises BadVideoError."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=one_thread) as child:
        return child.submit(ceiling, video, settings).result()


def ceiling(video: Path, settings: Settings) -> Ceiling:
    """settings: of the full profile; of its models only the checksums are taken.

    Raises:
        BadVideoError: the file is not a video that can be read.
    """
    from grounding.pipeline import Models
    from grounding.store import save_index
    from grounding.weights.runtime import pool

    models = Models.load("embedded", replace(settings, profile="embedded", detector="", embedder=""))
    finder = Remembering(models.detector)
    models = replace(models, detector=finder, embedder=Constant(), images=Constant())
    asked: Any = models
    for whose in (asked.pose, asked.appearance):
        whose.network = Replayed(whose.network)
    _indexed(video, models, settings, StageTimes())
    asked.numbers.finder, asked.numbers.recogniser = Timed(asked.numbers.finder), Timed(asked.numbers.recogniser)
    reminded = Reminded(Blind(finder.labels), Finds(finder.labels, finder.finds))
    models = replace(models, detector=reminded)
    times = CpuTimes()
    pooled, began = pool().submit(time.thread_time).result(), time.process_time()
    index = _indexed(video, models, settings, times)
    with TemporaryDirectory() as folder, times.stage("write"):
        save_index(Path(folder), index)
    total = time.process_time() - began
    pooled = pool().submit(time.thread_time).result() - pooled
    cpu = times.seconds() | {READERS: asked.numbers.finder.seconds + asked.numbers.recogniser.seconds}
    cpu[POOL] = pooled - cpu[READERS]
    cpu["decode"] = cpu.get("decode", 0.0) + total - sum(cpu.values())  # the decoder has threads of its own
    ordered = dict(sorted(cpu.items(), key=lambda item: -item[1]))
    return Ceiling(index.decoded.end, ordered, len(index.tracks), reminded.unknown)


def _indexed(video: Path, models: Models, settings: Settings, times: StageTimes) -> VideoIndex:
    from grounding.pipeline import index_video

    for item in index_video(video, models, settings, times=times):
        if not isinstance(item, Progress):
            return item
    raise AssertionError("a pass ends with its result")


class CpuTimes(StageTimes):
    """Seconds of the processor in which the thread of a stage ran, and not of the clock."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.thread_time()
        try:
            yield
        finally:
            self.add(name, time.thread_time() - start)


class Blind:
    """A detector that finds nothing, at once."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.labels = labels

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """See `Detector`."""
        return [Detections.empty()] * len(images)


class Constant:
    """An image-text model that says the same of everything."""

    dimension = _DIMENSION
    cosines = (0.0, 1.0)

    def embed(self, texts: Sequence[str]) -> Floats:
        """See `TextEmbedder`."""
        return np.full((len(texts), _DIMENSION), _DIMENSION**-0.5, np.float32)

    def embed_images(self, images: Sequence[Image]) -> Floats:
        """See `ImageEmbedder`."""
        return np.full((len(images), _DIMENSION), _DIMENSION**-0.5, np.float32)


class Replayed:
    """`network`, asked once about everything it is shown."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self._said: dict[bytes, list[Any]] = {}

    def run_many(self, feeds: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        """See `Network`."""
        keys = [key_of(next(iter(feed.values()))[0]) for feed in feeds]
        new = {key: feed for key, feed in zip(keys, feeds, strict=True) if key not in self._said}
        if new:
            self._said |= dict(zip(new, self._network.run_many(list(new.values())), strict=True))
        return [self._said[key] for key in keys]


class Timed:
    """`network`, each run of which is timed. seconds: of CPU until now, of all threads."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self.seconds = 0.0

    def run(self, feed: Mapping[str, Any]) -> list[Any]:
        """See `Network`."""
        began = time.thread_time()
        said: list[Any] = self._network.run(feed)
        self.seconds += time.thread_time() - began
        return said
