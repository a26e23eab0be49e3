"""One segment's pass over the pixels.

Three things run beside each other: a thread decodes ahead, a thread detects the next batch, and the caller's thread
follows the targets of the batch before. At most a few pictures are held at any time.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grounding.describe.sampler import CropSampler
from grounding.pipeline.stages import StageTimes
from grounding.track.associate import SecondLevelTracker
from grounding.track.camera import CameraMotion
from grounding.track.signature import colour_signatures
from grounding.types import Detections, Frame, Progress, Segment, SegmentResult, Span
from grounding.video.read import read_frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grounding.pipeline.models import Models
    from grounding.pipeline.settings import Settings
    from grounding.types import Image

log = logging.getLogger(__name__)

PERSON = "person"
_AHEAD = 6
_END = object()


def index_segment(
    path: str | Path, segment: Segment, models: Models, settings: Settings, *, times: StageTimes | None = None
) -> Iterator[Progress | SegmentResult]:
    """Looks at every picture of `segment.reach`; yields Progress, and the SegmentResult last.

    A segment without a picture (the file ends before it) or without people is no error; its result is empty. A picture
    on which the detector fails counts as empty.

    Args:
        path: the video; segment: of `plan_segments`; times: filled with the seconds spent in each stage.

    Raises:
        BadVideoError: the file is not a video that can be read.
    """
    times = times or StageTimes()
    watch = _Watch(models, settings, times)
    reach = segment.reach
    with closing(_detected(Path(path), reach, models, settings, times)) as batches:
        for batch in batches:
            for frame, detections in batch:
                watch.look(frame, detections)
            yield Progress("watch", min(reach.length, batch[-1][0].pts - reach.start), reach.length)
    yield watch.result(segment)


@dataclass(eq=False)
class _Watch:
    """Everything that is followed from picture to picture in one segment."""

    models: Models
    settings: Settings
    times: StageTimes
    cuts: list[float] = field(default_factory=list)
    camera_times: list[float] = field(default_factory=list)
    camera: list[NDArray[np.float64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._motion = CameraMotion()
        self._labels = tuple(self.models.detector.labels)
        self._person = self._labels.index(PERSON) if PERSON in self._labels else -1
        self._tracker = SecondLevelTracker(self.settings.rate, self._labels)
        self._sampler = CropSampler(self.models.pose, self.models.appearance, self.models.numbers, run=_pool())

    def look(self, frame: Frame, detections: Detections) -> None:
        """Takes in the next picture."""
        people = detections.boxes[detections.labels == self._person]
        with self.times.stage("camera"):
            motion = self._motion.update(frame.image, people)
        if frame.cut:
            self.cuts.append(frame.pts)
            self._tracker.cut(frame.pts)
            motion = np.eye(3)
        self.camera_times.append(frame.pts)
        self.camera.append(motion)
        with self.times.stage("track"):
            looks = colour_signatures(frame.image, detections.boxes)
            size = (frame.image.shape[1], frame.image.shape[0])
            seen = self._tracker.update(frame.pts, detections, motion, appearance=looks, size=size)
        with self.times.stage("sample"):
            # The tracker hands boxes on as they were detected, so the label is found again by the box.
            persons = {box.tobytes() for box in people}
            known = [(i, box) for i, box, _ in seen if np.asarray(box, np.float32).tobytes() in persons]
            self._sampler.add(frame.pts, frame.image, known, people)

    def result(self, segment: Segment) -> SegmentResult:
        """Ends all runs and gathers what is left behind."""
        tracklets = self._tracker.tracklets()
        with self.times.stage("sample"):
            self._sampler.flush()
        with self.times.stage("numbers"):
            samples, numbers = self._sampler.finish([t.tracklet_id for t in tracklets if t.label == PERSON])
        end = self.camera_times[-1] + 1 / self.settings.rate if self.camera_times else segment.reach.start
        return SegmentResult(
            segment=segment,
            decoded=Span(segment.reach.start, max(segment.reach.start, min(segment.reach.end, end))),
            cuts=tuple(self.cuts),
            tracklets=tuple(
                replace(t, samples=samples.get(t.tracklet_id, ()), numbers=numbers.get(t.tracklet_id, ()))
                for t in tracklets
            ),
            camera_times=np.asarray(self.camera_times, np.float64),
            camera=np.asarray(self.camera, np.float64).reshape(-1, 3, 3),
        )


def _pool() -> ThreadPoolExecutor:
    from grounding.weights.runtime import pool

    return pool()


def _detected(
    path: Path, span: Span, models: Models, settings: Settings, times: StageTimes
) -> Generator[list[tuple[Frame, Detections]], None, None]:
    """Batches of pictures with what was found on them; the next batch is detected while the caller has this one."""
    detect = _Careful(models, times)
    waiting: tuple[list[Frame], Future[list[Detections]]] | None = None
    with (
        ThreadPoolExecutor(1, thread_name_prefix="detect") as worker,
        closing(_decoded_ahead(path, span, settings, times)) as frames,
    ):
        batch: list[Frame] = []
        for frame in frames:
            batch.append(frame)
            if len(batch) < settings.batch:
                continue
            following = (batch, worker.submit(detect, [f.image for f in batch]))
            batch = []
            if waiting is not None:
                yield list(zip(waiting[0], waiting[1].result(), strict=True))
            waiting = following
        if waiting is not None:
            yield list(zip(waiting[0], waiting[1].result(), strict=True))
        if batch:
            yield list(zip(batch, detect([f.image for f in batch]), strict=True))


class _Careful:
    """The detector, with pictures it fails on counted as empty: one bad picture must not cost a match."""

    def __init__(self, models: Models, times: StageTimes) -> None:
        self._detector = models.detector
        self._times = times
        self._logged = False

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        with self._times.stage("detect"):
            try:
                return self._detector.detect(images)
            except Exception:
                if len(images) == 1:
                    if not self._logged:
                        self._logged = True
                        log.warning("the detector failed on a picture; such pictures count as empty", exc_info=True)
                    return [Detections.empty()]
        return [found for image in images for found in self([image])]


def _decoded_ahead(path: Path, span: Span, settings: Settings, times: StageTimes) -> Generator[Frame, None, None]:
    """`read_frames` from a thread of its own, a few pictures ahead; its errors are raised here."""
    ahead: queue.Queue[object] = queue.Queue(maxsize=_AHEAD)
    stop = threading.Event()

    def put(item: object) -> bool:
        while not stop.is_set():
            try:
                ahead.put(item, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def decode() -> None:
        try:
            with closing(read_frames(path, rate=settings.rate, span=span)) as frames:
                while True:
                    with times.stage("decode"):
                        frame = next(frames, None)
                    if frame is None or not put(frame):
                        break
            put(_END)
        except BaseException as error:  # carried over to the reader, which raises it
            put(error)

    thread = threading.Thread(target=decode, name="decode", daemon=True)
    thread.start()
    try:
        while (item := ahead.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            assert isinstance(item, Frame)
            yield item
    finally:
        stop.set()
        thread.join(timeout=10)
