"""What looking closer finds and costs: one detector over one match at several sizes, in tiles, and as each shot needs.

Every way of looking sees the same pictures. A true box counts as found when a detected person covers it with an IoU of
at least 0.5, pairs assigned once; of the truth those count of whom at least 30 % is uncovered. Tracks come from the
whole pipeline run on those same boxes, but for pose, appearance and numbers, which see nothing here. Cost is, for each
picture, the CPU seconds of all threads in the detector, which is what counts, and the millions of pixels that its
network sees, in which there is no noise.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from grounding.bench.blind import blind_models
from grounding.detect.careful import CarefulDetector
from grounding.detect.tiles import merge, network_pixels, row_of_tiles
from grounding.detect.zoom import ZoomDetector, ZoomSettings
from grounding.geometry import iou_matrix
from grounding.metrics import tracker_recall
from grounding.types import Detections, Floats, Image, Progress, Segment, SegmentResult, Span

if TYPE_CHECKING:
    from grounding.detect.base import Detector
    from grounding.pipeline.settings import Settings
    from grounding.synth.truth import Truth
    from grounding.types import Frame, VideoIndex

BINS: Final = (0.0, 20.0, 30.0, 40.0, 60.0, 100.0, float("inf"))
"""Edges of the bins of box heights, in pixels of the picture."""
_SCORE: Final = 0.2
_IOU: Final = 0.5
_SEEN: Final = 0.3
_BATCH: Final = 5
PERSON: Final = "person"

Look = Callable[[Sequence["Frame"]], list[Detections]]
TrueBoxes = Mapping[int, tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True)
class Row:
    """One way of looking at one match.

    by_height: (found, true) boxes for each of BINS; right: detected people that are true; tracks: mean best vIoU of the
    true tubes; cpu: CPU seconds a picture in the detector; pixels: what its network sees for a picture, in millions.
    """

    match: str
    way: str
    by_height: tuple[tuple[int, int], ...]
    right: int
    detected: int
    tracks: float
    cpu: float
    pixels: float

    @property
    def recall(self) -> float:
        return sum(found for found, _ in self.by_height) / max(1, sum(true for _, true in self.by_height))

    @property
    def precision(self) -> float:
        return self.right / max(1, self.detected)


class _Counted:
    """`detector`, which scales pictures to `side`, with the pixels counted that its network sees."""

    def __init__(self, detector: Detector, side: int) -> None:
        self._detector = detector
        self._side = side
        self.pixels = 0

    @property
    def labels(self) -> tuple[str, ...]:
        return self._detector.labels

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        self.pixels += sum(network_pixels((image.shape[1], image.shape[0]), self._side) for image in images)
        return self._detector.detect(images)


class Everywhere:
    """Two by two tiles over whole pictures, whatever they show."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    @property
    def labels(self) -> tuple[str, ...]:
        return self._detector.labels

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """See `Detector`."""
        found = []
        for image in images:
            height, width = image.shape[:2]
            size, bands = (width, height), ((0.0, 0.55 * height), (0.45 * height, float(height)))
            parts = tuple(tile for band in bands for tile in row_of_tiles(size, band, 2, 0.1 * width))
            seen = self._detector.detect([image[y1:y2, x1:x2] for x1, y1, x2, y2 in parts])
            found.append(merge(seen, parts, size))
        return found


def compare(
    video: Path, truth: Truth, name: str, settings: Settings, *, seconds: float
) -> Iterator[Progress | list[Row]]:
    """Looks at the first `seconds` of a rendered match in every way; yields Progress, and the rows last."""
    true = _true_boxes(truth)
    # A stay that goes on after the part looked at cannot be followed to its end.
    stays = [t.tube for t in truth.tubes if t.tube.span.end <= seconds + 1e-6]
    rows: list[Row] = []
    for way, look, counted in _ways(settings):
        labels = counted.labels
        pts, found, cpu = [], [], 0.0
        for batch in _batches(video, settings.rate, seconds):
            started = time.process_time()
            found += look(batch)
            cpu += time.process_time() - started
            pts += [frame.pts for frame in batch]
            yield Progress(f"{name}, {way}", pts[-1], seconds)
        by_height, right, detected = _scored(pts, found, labels.index(PERSON), true)
        index = _tracked(video, found, labels, settings, seconds)
        recall = tracker_recall([t.tube for t in index.tracks if t.label == PERSON], stays)
        tracks = sum(recall) / max(1, len(recall))
        count = max(1, len(pts))
        rows.append(Row(name, way, by_height, right, detected, tracks, cpu / count, counted.pixels / 1e6 / count))
    yield rows


def _ways(settings: Settings) -> Iterator[tuple[str, Look, _Counted]]:
    """Name, how it looks at pictures in order, and the detector it uses; one after the other, to hold one at a time."""
    from grounding.detect.centernet import CenterNetDetector

    def plain(detector: Detector) -> Look:
        careful = CarefulDetector(detector)
        return lambda frames: careful.detect([frame.image for frame in frames])

    for side in (640, 960, 1280):
        sized = _Counted(CenterNetDetector(max_side=side), side)
        yield str(side), plain(sized), sized
    usual = _Counted(CenterNetDetector(max_side=settings.max_side), settings.max_side)
    yield "tiles everywhere", plain(Everywhere(usual)), usual
    usual = _Counted(CenterNetDetector(max_side=settings.max_side), settings.max_side)
    zoom = ZoomDetector(usual, settings.max_side, ZoomSettings(max_cost=settings.max_detect_cost))
    yield "chosen by shot", zoom.look, usual


def _batches(video: Path, rate: float, seconds: float) -> Iterator[list[Frame]]:
    from grounding.video import read_frames

    frames = read_frames(video, rate=rate, span=Span(0, seconds))
    while batch := list(islice(frames, _BATCH)):
        yield batch


def _true_boxes(truth: Truth) -> TrueBoxes:
    """For each fifth of a second the true boxes (N, 4) and how much of each body is seen (N,)."""
    at: dict[int, list[tuple[Floats, float]]] = {}
    for tube in truth.tubes:
        for t, box, visible in zip(tube.tube.times, tube.tube.boxes, tube.visible, strict=True):
            at.setdefault(round(5 * float(t)), []).append((box, float(visible)))
    return {k: (np.asarray([b for b, _ in v]), np.asarray([s for _, s in v], np.float32)) for k, v in at.items()}


def _scored(
    pts: Sequence[float], found: Sequence[Detections], person: int, true: TrueBoxes
) -> tuple[tuple[tuple[int, int], ...], int, int]:
    """(found, true) by height, how many detected people are true, and how many were detected."""
    right = detected = 0
    table = np.zeros((len(BINS) - 1, 2), np.int64)
    nobody = np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
    for t, item in zip(pts, found, strict=True):
        boxes, seen = true.get(round(5 * t), nobody)
        people = item.boxes[(item.labels == person) & (item.scores >= _SCORE)]
        overlap = iou_matrix(people, boxes)
        rows, columns = linear_sum_assignment(-overlap)
        good = columns[overlap[rows, columns] >= _IOU]
        right += len(good)
        detected += len(people)
        got = np.isin(np.arange(len(boxes)), good)
        height = boxes[:, 3] - boxes[:, 1]
        for k, (low, high) in enumerate(pairwise(BINS)):
            here = (seen >= _SEEN) & (height >= low) & (height < high)
            table[k] += (int((got & here).sum()), int(here.sum()))
    return tuple((int(a), int(b)) for a, b in table), right, detected


class _Replay:
    """A detector that gives what was found before, picture by picture in order."""

    def __init__(self, found: Sequence[Detections], labels: tuple[str, ...]) -> None:
        self.labels = labels
        self._left = deque(found)

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        return [self._left.popleft() for _ in images]


def _tracked(
    video: Path, found: Sequence[Detections], labels: tuple[str, ...], settings: Settings, seconds: float
) -> VideoIndex:
    """The tracks that the pipeline makes of these boxes."""
    from dataclasses import replace

    from grounding.pipeline import index_segment, stitch
    from grounding.video import probe

    models = blind_models(_Replay(found, labels))
    span = Span(0, seconds)
    *_, result = index_segment(video, Segment(0, span, span), models, replace(settings, max_detect_cost=1.0))
    assert isinstance(result, SegmentResult)
    return stitch(probe(video), [result], models, settings)
