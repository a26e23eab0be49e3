"""When a track was seen, as runs on a time line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from videosearch.indexing.models import Track

WIDTH = 1000
"""The strips' own unit: the whole video is this wide, whatever its size on the screen."""

_GAP = 1.0
_NARROWEST = 2.0


@dataclass(frozen=True, slots=True)
class Run:
    """One unbroken stretch: where it is drawn, and when it was."""

    x: float
    width: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Row:
    track: Track
    runs: tuple[Run, ...]
    seconds: float


def rows_of(tracks: Iterable[Track], duration: float) -> list[Row]:
    """Rows by first appearance of those seen longest, so that the strips read from left to right."""
    return sorted((_row(track, max(duration, 0.1)) for track in tracks), key=lambda row: row.track.start)


def _row(track: Track, duration: float) -> Row:
    tube = track.get_tube()
    breaks = np.flatnonzero(np.diff(tube.times) > _GAP) + 1
    parts = [part for part in np.split(tube.times, breaks) if len(part)]
    spans = [(float(part[0]), float(part[-1]) + tube.step) for part in parts]
    runs = tuple(
        Run(
            x=round(WIDTH * start / duration, 1),
            width=round(max(_NARROWEST, WIDTH * (end - start) / duration), 1),
            start=round(start, 2),
            end=round(end, 2),
        )
        for start, end in spans
    )
    return Row(track, runs, sum(end - start for start, end in spans))
