"""Detections for a network that finds nothing: it looks at each picture as it would; what is on it is known already.

A detector with random weights finds nobody, and nothing that costs time would follow. So what the detector of the
embedded profile finds on the same pictures is written down before the clock starts, by the pictures' own bytes, and
given out once the network has looked.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grounding.files import write_bytes
from grounding.types import Detections, Image

if TYPE_CHECKING:
    from grounding.detect.base import Detector
    from grounding.pipeline.settings import Settings
    from grounding.types import Segment


@dataclass(frozen=True, slots=True, eq=False)
class Finds:
    """What was found: the labels that it is told in, and by what `key_of` makes of a picture what is on it."""

    labels: tuple[str, ...]
    found: Mapping[bytes, Detections]


_STEP = 7
"""Pixels compared: one in so many each way, which no two moments of a film have alike."""


def key_of(image: Image) -> bytes:
    """A picture's name by what it shows."""
    digest = blake2b(repr(image.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(image[::_STEP, ::_STEP]).tobytes())
    return digest.digest()


class Remembering:
    """`detector`, which writes down what it finds."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.finds: dict[bytes, Detections] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        return self._detector.labels

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """See `Detector`."""
        found = self._detector.detect(images)
        self.finds.update(zip(map(key_of, images), found, strict=True))
        return found


class Reminded:
    """`looking` looks; what is given back is what `finds` has of the picture.

    pictures: how many it was shown; unknown: how many of them nothing was written down of. Those count as empty.
    """

    def __init__(self, looking: Detector, finds: Finds) -> None:
        self._looking = looking
        self._finds = finds.found
        self.labels = finds.labels
        self.pictures = self.unknown = 0

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """See `Detector`."""
        self._looking.detect(images)
        known = [self._finds.get(key_of(image)) for image in images]
        self.pictures += len(known)
        self.unknown += known.count(None)
        return [Detections.empty() if found is None else found for found in known]


def written_down(video: Path, settings: Settings, at: Path, *, processes: int) -> Path:
    """The file of the finds on a video, at `at`; made now if it is not there, with so many processes.

    Raises:
        BadVideoError: the file is not a video that can be read.
    """
    from grounding.pipeline import plan_segments
    from grounding.video import probe

    if not at.is_file():
        parts = plan_segments(probe(video).duration, settings)
        finds: dict[bytes, Detections] = {}
        labels: tuple[str, ...] = ()
        with ProcessPoolExecutor(
            min(processes, len(parts)), mp_context=get_context("spawn"), initializer=one_thread
        ) as pool:
            for one in pool.map(_looked_at, [(video, part, settings) for part in parts]):
                finds |= one.found
                labels = one.labels
        write_bytes(at, pickle.dumps(Finds(labels, finds)))
    return at


def load_finds(path: Path) -> Finds:
    """What `written_down` wrote. Only for files of one's own: it is read as Python."""
    loaded: Finds = pickle.loads(path.read_bytes())  # noqa: S301 - written by this program a moment ago
    return loaded


def one_thread() -> None:
    """For a process beside as many others as there are cores."""
    os.environ["GROUNDING_THREADS"] = "1"


def _looked_at(job: tuple[Path, Segment, Settings]) -> Finds:
    """What a segment's pass over the pictures asks of the detector, and its answers."""
    from contextlib import closing

    from grounding.detect.still import StillPictures
    from grounding.detect.zoom import ZoomDetector, ZoomSettings
    from grounding.pipeline.models import detector_of
    from grounding.video import read_frames

    video, segment, settings = job
    remembering = Remembering(detector_of(replace(settings, profile="embedded")))
    zoom = ZoomDetector(remembering, settings.max_side, ZoomSettings(max_cost=settings.max_detect_cost))
    still = StillPictures()
    with closing(read_frames(video, rate=settings.pictures, span=segment.reach)) as frames:
        for frame in frames:
            if not still.repeats(frame):
                zoom.look([frame])
    return Finds(remembering.labels, remembering.finds)
