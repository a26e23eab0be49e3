"""What indexing costs, beside decoding alone: time on the clock and of processors, the share of each stage, memory.

Every measurement runs in a process of its own, so that the peak of one is not the floor of the next.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from grounding.files import write_atomically
from grounding.memory import peak_megabytes
from grounding.types import Progress
from grounding.video import probe, read_frames
from grounding.video.container import open_video

if TYPE_CHECKING:
    from grounding.pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Cost:
    """What indexing one video took. seconds: of video; decode_s, index_s: on the clock; index_cpu_s: of all threads;
    peak_rss_mb: of the process, models included; stages: busy seconds on the clock, the longest first. Stages run
    beside each other and wait for each other, so they add up to more than `index_s`."""

    video: str
    seconds: float
    decode_s: float
    index_s: float
    index_cpu_s: float
    tracks: int
    peak_rss_mb: int
    cores: int
    stages: Mapping[str, float]

    @property
    def times_real_time(self) -> float:
        return self.seconds / self.index_s

    @property
    def times_decoding(self) -> float:
        return self.index_s / self.decode_s

    def shares(self) -> dict[str, float]:
        """Stage → its share of the sum of all."""
        total = sum(self.stages.values()) or 1.0
        return {name: seconds / total for name, seconds in self.stages.items()}


def measure_apart(video: Path, settings: Settings) -> Cost:
    """`measure` in a new process.

    Raises:
        BadVideoError: the file is not a video that can be read.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
        return child.submit(measure, video, settings).result()


def measure(video: Path, settings: Settings) -> Cost:
    """Decodes the video, then indexes it; the models are loaded before the clock starts."""
    from grounding.pipeline import Models, StageTimes, index_video

    models, times = Models.load(settings.profile, settings), StageTimes()
    started = time.perf_counter()
    seconds = _last(_decoded(video, settings.rate))
    decoding = time.perf_counter() - started
    started, busy = time.perf_counter(), time.process_time()
    index = _last(index_video(video, models, settings, times=times))
    return Cost(
        video=video.name,
        seconds=seconds,
        decode_s=decoding,
        index_s=time.perf_counter() - started,
        index_cpu_s=time.process_time() - busy,
        tracks=len(index.tracks),
        peak_rss_mb=int(peak_megabytes()),
        cores=len(os.sched_getaffinity(0)),
        stages=times.seconds(),
    )


def _last(steps: Iterator[Any]) -> Any:
    result = None
    for step in steps:
        if not isinstance(step, Progress):
            result = step
    return result


def _decoded(video: Path, rate: float) -> Iterator[float]:
    """Reads the same pictures as indexing does and drops them; ends with the time read, in seconds."""
    last = 0.0
    for frame in read_frames(video, rate=rate):
        last = frame.pts
    yield last + 1 / rate


def looped(video: Path, minutes: float, folder: Path) -> Path:
    """The picture of `video` over and over, without coding it anew, in `folder`; made once.

    Raises:
        BadVideoError: the file is not a video that can be read. OSError: it cannot be written.
    """
    path = folder / f"{video.stem}-{minutes:g}min.mp4"
    if not path.is_file():
        length = probe(video).duration
        write_atomically(path, lambda file: _write_loop(video, length, minutes * 60, file))
    return path


def _write_loop(video: Path, length: float, seconds: float, file: Any) -> None:
    with av.open(file, "w", format="mp4") as target:
        written, stream = 0.0, None
        while written < seconds:
            with open_video(video) as (source, pictures):
                if stream is None:
                    stream = target.add_stream_from_template(pictures)
                shift = round(written / (pictures.time_base or Fraction(1, 1000)))
                for packet in source.demux(pictures):
                    if packet.dts is None or packet.pts is None:
                        continue
                    if written + packet.dts * float(packet.time_base or 1) >= seconds:
                        break
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    target.mux(packet)
            written += length


def curve(
    video: Path, minutes: list[float], folder: Path, settings: Settings, note: Callable[[str], None]
) -> Iterator[Cost]:
    """The cost of the same video looped to each length."""
    for length in minutes:
        path = looped(video, length, folder)
        note(f"{path.name}: indexing")
        yield measure_apart(path, settings)
