"""What decides an index beside the pixels, and how a video is cut into units of work."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass

from grounding.types import Segment, Span
from grounding.weights import REGISTRY

_MEASURES = 1
"""Raised whenever a change to the measuring code makes old terms or sentences incomparable with new ones."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of indexing.

    rate: pictures a second that are looked at; max_side: pixels of their longer side as the detector sees them;
    tube_step: seconds between stored boxes; segment_seconds: length of a unit of work; overlap: seconds it reads into
    the next one; max_gap: longest absence that is drawn through; min_track_seconds, min_track_score: shorter or weaker
    tracks are dropped; batch: pictures detected at a time.
    """

    profile: str = "embedded"
    rate: float = 5.0
    max_side: int = 640
    tube_step: float = 0.2
    segment_seconds: float = 60.0
    overlap: float = 4.0
    max_gap: float = 2.0
    min_track_seconds: float = 0.8
    min_track_score: float = 0.25
    batch: int = 5

    def __post_init__(self) -> None:
        if not (0 < self.rate <= 60 and self.tube_step > 0 and self.batch > 0):
            raise ValueError(f"rate (up to 60), tube_step and batch must be positive, got {self}")
        if not self.segment_seconds > 2 * self.overlap >= 0:
            raise ValueError(f"a segment must be longer than twice its overlap, got {self}")

    def version_key(self) -> str:
        """Short name of everything that decides the vectors: settings, weights, measuring code. Vectors of two keys
        must never be compared."""
        facts = {
            "measures": _MEASURES,
            "settings": {k: v for k, v in asdict(self).items() if k != "batch"},
            "weights": sorted((weight.id, weight.sha256) for weight in REGISTRY),
        }
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
