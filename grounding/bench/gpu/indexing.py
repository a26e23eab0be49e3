"""Indexing with the full profile, by several processes that share one GPU, each taking the next segment of the video.

So does the product: a worker of the queue `gpu` takes one segment at a time, and several of them may run on one GPU.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from threading import BrokenBarrierError
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.bench.gpu.finds import Reminded, load_finds
from grounding.bench.gpu.watching import GpuWatch
from grounding.memory import peak_megabytes
from grounding.types import SegmentResult

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from grounding.pipeline import Models, Settings
    from grounding.types import Segment, VideoIndex, VideoInfo


_LOADING: Final = 300.0
"""Seconds that processes wait for each other."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is indexed. finds: a file of `finds.written_down`, or None to believe the detector itself."""

    video: Path
    settings: Settings
    finds: Path | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What indexing took. seconds: of video; wall_s: from the first segment's start to the index; stitch_s: of that, at
    the end, in one process; cpu_s: of all processes; stages: busy seconds on the clock, summed over processes, the
    longest first; looked: pictures and parts of them the detector was shown, and
    unknown: those of them that nothing was written down of; busy: share of time (0..1) in which the GPU was; memory_mb:
    most that was taken of its memory, of all processes; rss_mb: most memory of one process."""

    workers: int
    seconds: float
    wall_s: float
    stitch_s: float
    cpu_s: float
    stages: Mapping[str, float]
    tracks: int
    looked: int
    unknown: int
    busy: float | None
    memory_mb: float | None
    rss_mb: int
    cores: int

    @property
    def times_real_time(self) -> float:
        return self.seconds / self.wall_s

    @property
    def cpu_per_second(self) -> float:
        """Seconds of processors for a second of video."""
        return self.cpu_s / self.seconds


@dataclass(frozen=True, slots=True)
class _Part:
    """A segment done in a process of the pool."""

    result: SegmentResult
    stages: Mapping[str, float]
    looked: int
    unknown: int
    started: float
    cpu_s: float
    rss_mb: int


def index_shared(job: Job, workers: int) -> tuple[Cost, VideoIndex]:
    """Indexes the video with so many processes; all have loaded their models before the clock starts.

    Raises:
        BadVideoError: the file is not a video that can be read. WeightsError: a model is not there.
    """
    from grounding.pipeline import plan_segments
    from grounding.video import probe

    info = probe(job.video)
    parts = plan_segments(info.duration, job.settings)
    cores = _cores()
    context = get_context("spawn")
    ready = context.Barrier(workers + 1)
    arguments = (job, max(1, cores // workers), ready)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_enter, initargs=arguments) as pool:
        # A process is started for each thing to do, and takes no segment before all of them are there.
        futures: list[Future[_Part]] = [pool.submit(_index, part) for part in parts]
        for _ in range(len(parts), workers):
            pool.submit(time.monotonic)
        with contextlib.suppress(BrokenBarrierError):  # then the first result says why
            ready.wait(_LOADING)
        with GpuWatch() as watch:
            done = [future.result() for future in futures]
            over = time.monotonic()
            index, stitching = pool.submit(_stitch, info, [one.result for one in done]).result()
            ended = time.monotonic()
    cost = Cost(
        workers=workers,
        seconds=index.decoded.end,
        wall_s=ended - min(one.started for one in done),
        stitch_s=ended - over,
        cpu_s=sum(one.cpu_s for one in done) + ended - over,
        stages=_summed([*(one.stages for one in done), stitching]),
        tracks=len(index.tracks),
        looked=sum(one.looked for one in done),
        unknown=sum(one.unknown for one in done),
        busy=watch.busy,
        memory_mb=watch.memory_mb,
        rss_mb=max(one.rss_mb for one in done),
        cores=cores,
    )
    return cost, index


_mine: list[tuple[Job, Models]] = []
"""Of a process of the pool: what it indexes, and its models."""


def _enter(job: Job, threads: int, ready: Barrier) -> None:
    """Loads the models, has them work once, and waits for the others."""
    os.environ["GROUNDING_THREADS"] = str(threads)
    try:
        from grounding.pipeline import Models
        from grounding.weights.torch_runtime import device

        if device().type == "cpu":
            import torch

            torch.set_num_threads(threads)
        models = Models.load(job.settings.profile, job.settings)
        if job.finds is not None:
            models = replace(models, detector=Reminded(models.detector, load_finds(job.finds)))
        picture = np.zeros((720, 1280, 3), np.uint8)
        for count in {1, job.settings.at_once}:
            models.detector.detect([picture] * count)
        if models.images is not None:
            models.images.embed_images([picture] * 64)
        job.settings.version_key()  # the files of a folder of one's own are hashed once a process
        _mine[:] = [(job, models)]
    except BaseException:
        ready.abort()
        raise
    ready.wait(_LOADING)


def _index(segment: Segment) -> _Part:
    from grounding.pipeline import StageTimes, index_segment

    ((job, models),) = _mine
    times, detector = StageTimes(), models.detector
    before = (detector.pictures, detector.unknown) if isinstance(detector, Reminded) else (0, 0)
    started, busy = time.monotonic(), time.process_time()
    for item in index_segment(job.video, segment, models, job.settings, times=times):
        if isinstance(item, SegmentResult):
            result = item
    after = (detector.pictures, detector.unknown) if isinstance(detector, Reminded) else (0, 0)
    return _Part(
        result=result,
        stages=times.seconds(),
        looked=after[0] - before[0],
        unknown=after[1] - before[1],
        started=started,
        cpu_s=time.process_time() - busy,
        rss_mb=int(peak_megabytes()),
    )


def _stitch(info: VideoInfo, results: Sequence[SegmentResult]) -> tuple[VideoIndex, Mapping[str, float]]:
    from grounding.pipeline import StageTimes, stitch

    ((job, models),) = _mine
    times = StageTimes()
    return stitch(info, results, models, job.settings, times=times), times.seconds()


def _summed(every: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for one in every:
        for stage, seconds in one.items():
            total[stage] += seconds
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def _cores() -> int:
    return len(os.sched_getaffinity(0))
