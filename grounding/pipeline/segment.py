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
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from grounding.describe.sampler import CropSampler
from grounding.describe.scoreboard import BoardWatch
from grounding.detect.still import StillPictures
from grounding.detect.zoom import ZoomDetector, ZoomSettings
from grounding.embed.crops import PictureVectors
from grounding.memory import give_back
from grounding.pipeline.stages import StageTimes
from grounding.pitch.watch import PitchWatch
from grounding.track.associate import SecondLevelTracker
from grounding.track.ball import BallFinder
from grounding.track.camera import CameraMotion
from grounding.track.flow import BoxFlow
from grounding.track.signature import colour_signatures
from grounding.track.spots import spots_of
from grounding.types import Detections, Frame, Progress, Segment, SegmentResult, Span
from grounding.video.read import read_frames
from grounding.vocabulary import BALL_LABEL, PERSON_LABEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grounding.pipeline.models import Models
    from grounding.pipeline.settings import Settings

log = logging.getLogger(__name__)

_AHEAD = 6
_SURE_PERSON = 0.25
"""Score from which somebody counts as standing beside what may be a ball."""
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
    # The stages keep all cores busy by themselves; OpenCV's own threads would only wait for each other.
    cv2.setNumThreads(1)
    times = times or StageTimes()
    watch = _Watch(models, settings, times)
    reach = segment.reach
    with closing(_detected(Path(path), reach, models, settings, times)) as batches:
        for batch in batches:
            for seen in batch:
                watch.look(seen)
            yield Progress("watch", min(reach.length, batch[-1].frame.pts - reach.start), reach.length)
            del batch, seen  # the last pictures are not to live on
    result = watch.result(segment)
    give_back()
    yield result


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A picture with what was found on it; None where nothing was looked for, between the detections of a slow rate.

    repeats: it shows the same as the one before, and was not looked at again.
    """

    frame: Frame
    detections: Detections | None
    repeats: bool


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
        self._person = self._labels.index(PERSON_LABEL) if PERSON_LABEL in self._labels else -1
        self._ball = self._labels.index(BALL_LABEL) if BALL_LABEL in self._labels else -1
        self._tracker = SecondLevelTracker(self.settings.rate, self._labels)
        self._finder = BallFinder(self.settings.rate)
        self._pitch = PitchWatch() if self.settings.pitch else None
        self._upright = np.zeros((0, 4), np.float32)  # those who are surely people
        images = self.models.images
        self._sampler = CropSampler(
            self.models.pose, self.models.appearance, self.models.numbers, run=_pool(), images=images
        )
        self._pictures = PictureVectors(images) if images is not None else None
        self._board = BoardWatch(self.models.boards) if self.models.boards is not None else None
        self._looks = np.zeros((0, 0), np.float32)
        self._people = np.zeros((0, 4), np.float32)
        self._flow = BoxFlow() if self.settings.follows else None
        self._since = np.eye(3)  # how the camera has moved since the last detections

    def look(self, seen: _Seen) -> None:
        """Takes in the next picture."""
        frame, detections = seen.frame, seen.detections
        if self._board is not None:
            with self.times.stage("board"):
                self._board.look(frame.pts, frame.image)
        if self._pictures is not None:
            with self.times.stage("embed"):
                self._pictures.look(frame.pts, frame.image)
        if detections is not None:
            persons = detections.labels == self._person
            self._people = detections.boxes[persons]
            self._upright = detections.boxes[persons & (detections.scores >= _SURE_PERSON)]
        with self.times.stage("camera"):
            motion = np.eye(3) if seen.repeats else self._motion.update(frame.image, self._people)
        if frame.cut:
            self.cuts.append(frame.pts)
            self._tracker.cut(frame.pts)
            self._finder.cut()
            motion = np.eye(3)
        self.camera_times.append(frame.pts)
        self.camera.append(motion)
        self._since = np.eye(3) if frame.cut else motion @ self._since
        self._watch_pitch(seen, motion)
        with self.times.stage("track"):
            self._follow(frame)
            if detections is None:
                self._tracker.carry(frame.pts, self._flow, motion)
        if detections is not None:
            with self.times.stage("ball"):
                detections = self._without_balls(frame, detections)
            self._recognise(seen, detections, motion)

    def _watch_pitch(self, seen: _Seen, motion: NDArray[np.float64]) -> None:
        if self._pitch is None:
            return
        with self.times.stage("pitch"):
            if seen.frame.cut:
                self._pitch.cut()
            people = None if seen.detections is None else self._upright
            self._pitch.look(seen.frame.pts, seen.frame.image, people, motion, still=seen.repeats)

    def _follow(self, frame: Frame) -> None:
        if self._flow is not None:
            if frame.cut:
                self._flow.reset()
            self._flow.update(frame.image)

    def _recognise(self, seen: _Seen, detections: Detections, motion: NDArray[np.float64]) -> None:
        """Finds the targets again among what was detected, and samples them."""
        frame = seen.frame
        with self.times.stage("track"):
            if not seen.repeats:
                self._looks = colour_signatures(frame.image, detections.boxes)
            size = (frame.image.shape[1], frame.image.shape[0])
            found = self._tracker.update(
                frame.pts, detections, motion, appearance=self._looks, size=size, flow=self._flow
            )
        with self.times.stage("sample"):
            # The tracker hands boxes on as they were detected, so the label is found again by the box.
            persons = {box.tobytes() for box in self._people}
            known = [(i, box) for i, box, _ in found if np.asarray(box, np.float32).tobytes() in persons]
            self._sampler.add(frame.pts, frame.image, known, self._people, repeats=seen.repeats)

    def _without_balls(self, frame: Frame, detections: Detections) -> Detections:
        """Hands what may be a ball to its finder; the rest is left."""
        boxes, scores, labels = detections.boxes, detections.scores, detections.labels
        balls = labels == self._ball
        people = boxes[(labels == self._person) & (scores >= _SURE_PERSON)]
        self._finder.look(frame.pts, spots_of(frame.image, boxes[balls], scores[balls]), people, self._since)
        self._since = np.eye(3)
        return Detections(boxes[~balls], scores[~balls], labels[~balls])

    def result(self, segment: Segment) -> SegmentResult:
        """Ends all runs and gathers what is left behind."""
        tracklets = self._tracker.tracklets()
        with self.times.stage("ball"):
            tracklets += self._finder.tracklets(1 + max((t.tracklet_id for t in tracklets), default=-1))
        with self.times.stage("sample"):
            self._sampler.flush()
        with self.times.stage("numbers"):
            samples, numbers = self._sampler.finish([t.tracklet_id for t in tracklets if t.label == PERSON_LABEL])
        with self.times.stage("pitch"):
            pitch = self._pitch.registrations() if self._pitch is not None else ()
        with self.times.stage("embed"):
            pictures = self._pictures.finish() if self._pictures is not None else ()
        end = self.camera_times[-1] + 1 / self.settings.pictures if self.camera_times else segment.reach.start
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
            pitch=pitch,
            board=self._board.readings if self._board is not None else (),
            pictures=pictures,
        )


def _pool() -> ThreadPoolExecutor:
    from grounding.weights.runtime import pool

    return pool()


def _detected(
    path: Path, span: Span, models: Models, settings: Settings, times: StageTimes
) -> Generator[list[_Seen], None, None]:
    """Batches of pictures with what was found on them; the next batch is detected while the caller has this one."""
    look = _Look(models, settings, times)
    waiting: Future[list[_Seen]] | None = None
    with (
        ThreadPoolExecutor(1, thread_name_prefix="detect") as worker,
        closing(_decoded_ahead(path, span, settings, times)) as frames,
    ):
        while batch := list(islice(frames, settings.at_once)):
            following = worker.submit(look, batch)
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()
    log.info("%s from %.1f s: detection cost %.2f times that of whole pictures", path.name, span.start, look.cost)


class _Look:
    """Finds what is on the pictures of a segment, in order.

    Looked at is one picture in each step of the rate, and the first after a cut; not again what repeats the last one.
    """

    def __init__(self, models: Models, settings: Settings, times: StageTimes) -> None:
        self._zoom = ZoomDetector(models.detector, settings.max_side, ZoomSettings(max_cost=settings.max_detect_cost))
        self._rate, self._pictures = settings.rate, settings.pictures
        self._times = times
        self._still = StillPictures()
        self._last = Detections.empty()
        self._step: int | None = None
        self._changed = True

    @property
    def cost(self) -> float:
        return self._zoom.cost

    def __call__(self, frames: list[Frame]) -> list[_Seen]:
        with self._times.stage("detect"):
            repeats = [self._still.repeats(frame) for frame in frames]
            wanted = [self._wanted(frame) for frame in frames]
            new = [self._is_new(again, want) for again, want in zip(repeats, wanted, strict=True)]
            found = iter(self._zoom.look([frame for frame, look in zip(frames, new, strict=True) if look]))
            seen = []
            for frame, again, want, look in zip(frames, repeats, wanted, new, strict=True):
                if look:
                    self._last = next(found)
                seen.append(_Seen(frame, self._last if want else None, again if not want else not look))
            return seen

    def _wanted(self, frame: Frame) -> bool:
        # The picture for a mark may lie a little before it, but nearer to it than to the mark before.
        step = int((frame.pts + 0.5 / self._pictures) * self._rate)
        due = step != self._step or frame.cut
        self._step = step
        return due

    def _is_new(self, repeats: bool, wanted: bool) -> bool:
        """Whether to look: where it is wanted, and anything has changed since the last look."""
        self._changed |= not repeats
        look = wanted and self._changed
        if look:
            self._changed = False
        return look


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
            with closing(read_frames(path, rate=settings.pictures, span=span)) as frames:
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
