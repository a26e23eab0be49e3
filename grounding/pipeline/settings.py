"""What decides an index beside the pixels, and how a video is cut into units of work."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass

from grounding.types import Segment, Smoothing, Span
from grounding.weights import REGISTRY
from grounding.weights.open_models import DEFAULTS
from grounding.weights.pulling import fingerprint

_MEASURES = 4
"""Raised whenever a change to the measuring code makes old terms or sentences incomparable with new ones."""


_READ = 5.0
_SPARSE = 2.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of indexing.

    rate: pictures a second on which targets are detected, 1 to 10; between those of a slow rate `pictures` tell how
    the camera and the targets move. smoothing: how boxes are drawn between detections. max_side: pixels of a picture's
    longer side as the detector sees it; max_detect_cost: most times the cost of that which a picture of small people
    may cost, 1 for never more; tube_step: seconds between stored boxes; segment_seconds: length of a unit of work;
    overlap: seconds it reads into the next one; max_gap: longest absence that is drawn through; min_track_seconds,
    min_track_score: shorter or weaker tracks are dropped; batch: pictures detected at a time, 0 for as many as suit the
    profile; pitch: whether the lines of the field are looked for. detector, embedder: of the full profile, names of
    open models (see `grounding.weights.open_models`), "" for its defaults; "embedded" as the detector for that of the
    embedded profile.
    """

    profile: str = "embedded"
    rate: float = 5.0
    smoothing: Smoothing = "pchip"
    max_side: int = 640
    max_detect_cost: float = 3.0
    tube_step: float = 0.2
    segment_seconds: float = 60.0
    overlap: float = 4.0
    max_gap: float = 2.0
    min_track_seconds: float = 0.8
    min_track_score: float = 0.25
    batch: int = 0
    pitch: bool = True
    detector: str = ""
    embedder: str = ""

    def __post_init__(self) -> None:
        if not (0 < self.rate <= 60 and self.tube_step > 0 and self.batch >= 0):
            raise ValueError(f"rate (up to 60) and tube_step must be positive, batch not negative, got {self}")
        if not self.max_detect_cost >= 1:
            raise ValueError(f"max_detect_cost must be 1 or more, got {self.max_detect_cost}")
        if not self.segment_seconds > 2 * self.overlap >= 0:
            raise ValueError(f"a segment must be longer than twice its overlap, got {self}")

    @property
    def at_once(self) -> int:
        """Pictures detected at a time. A GPU has as much to do to begin a batch as to compute it."""
        return self.batch or (10 if self.profile == "full" else 5)

    @property
    def pictures(self) -> float:
        """Pictures a second that are read: the smallest multiple of `rate` from 5 on."""
        return self.rate * math.ceil(_READ / self.rate - 1e-6)

    @property
    def follows(self) -> bool:
        """Whether targets are followed by optical flow between detections; nearer ones are found again without."""
        return self.rate < _SPARSE

    @property
    def detector_name(self) -> str:
        """The open model that detects; "" for the detector of the embedded profile."""
        chosen = self.detector or DEFAULTS["detector"]
        return chosen if self.profile == "full" and chosen != "embedded" else ""

    @property
    def embedder_name(self) -> str:
        """The image-text model; "" where sentences are embedded."""
        return (self.embedder or DEFAULTS["embedder"]) if self.profile == "full" else ""

    def embedder_print(self) -> str:
        """The checksum of the image-text model, "" where there is none. Raises WeightsError if it is not here."""
        return fingerprint(self.embedder_name) if self.embedder_name else ""

    def version_key(self) -> str:
        """Short name of everything that decides the vectors: settings, weights, measuring code. Vectors of two keys
        must never be compared. Of open models their files count and not their names: a folder may be moved.

        Raises:
            WeightsError: an open model is not here, incomplete or changed.
        """
        facts: dict[str, object] = {
            "measures": _MEASURES,
            "settings": {k: v for k, v in asdict(self).items() if k not in ("batch", "detector", "embedder")},
            "weights": sorted((weight.id, weight.sha256) for weight in REGISTRY),
        }
        if self.profile == "full":
            detector = fingerprint(self.detector_name) if self.detector_name else "embedded"
            facts["models"] = [detector, self.embedder_print()]
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        return f"{self.profile}-{digest[:12]}"


def plan_segments(duration: float, settings: Settings) -> list[Segment]:
    """Segments that cover `[0, duration)`; each reads `overlap` seconds into the next. At least one, even for 0 s.

    A remainder not longer than the overlap is not worth a segment and joins the one before.
    """
    length = settings.segment_seconds
    duration = max(0.0, duration)
    count = max(1, math.ceil((duration - settings.overlap) / length))
    segments = []
    for index in range(count):
        last = index == count - 1
        core = Span(index * length, duration if last else (index + 1) * length)
        segments.append(Segment(index, core, Span(core.start, duration if last else core.end + settings.overlap)))
    return segments
