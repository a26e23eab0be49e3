"""Moments that look like an example: somebody in a hit, or somebody in a box drawn on a picture.

An example is a track: its appearance is compared with that of every other track in reach (`retrieval.alike`). What was
said in words beside it is looked for among those that look alike, and the two are weighed against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from grounding.errors import BadQueryError
from grounding.types import Candidate as Proposal
from grounding.types import Floats, Span, Tube
from grounding.vocabulary import PICTURE_LABEL
from videosearch.indexing import versions
from videosearch.library.models import Video

UNLIKE: Final = 0.5
SAME: Final = 0.98
"""Cosines that are said to be 0 % and 100 % alike. Measured on the sample of `make run`: players of other teams have a
median of 0.65, team-mates of 0.89, tracks of one player of 0.92."""
ALIKE: Final = 0.7
"""From this share on somebody is said to look like the example."""
LONGEST: Final = 15.0
"""Seconds of a moment where nothing but looks was asked for."""
_GAP: Final = 1.0
_REACH: Final = 0.6
"""Seconds around a time in which a track's nearest box counts."""
_OVERLAP: Final = 0.2


@dataclass(frozen=True, slots=True)
class Example:
    """Who the answers shall look like. `key`: of its row, which is not an answer itself."""

    key: int
    name: str
    video: Video
    seconds: float
    box: tuple[float, float, float, float]
    appearance: Floats

    @property
    def stored(self) -> dict[str, Any]:
        """As it is kept with the query; `ask` is how the page asks for it again."""
        box = ",".join(f"{side:.0f}" for side in self.box)
        return {"name": self.name, "title": self.video.title, "ask": f"{self.video.pk}@{self.seconds:.2f}:{box}"}


def example_at(video: Video, seconds: float, box: Sequence[float]) -> Example:
    """Who is in `box` (pixels of the video) at that time.

    Raises: BadQueryError where nobody was tracked there, or was indexed before looks were kept.
    """
    around = versions.tracks_of(video).filter(start__lte=seconds + _REACH, end__gte=seconds - _REACH)
    scored = [(_overlap(track.get_tube(), seconds, box), track) for track in around.exclude(label=PICTURE_LABEL)]
    best, found = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    if found is None or best < _OVERLAP:
        raise BadQueryError("Nobody was found in this box. Draw it closely around one player, or try another picture.")
    if found.appearance is None:
        raise BadQueryError("What players look like was not kept for this video; index it again to search by looks.")
    x1, y1, x2, y2 = box
    return Example(found.pk, found.shown, video, seconds, (x1, y1, x2, y2), np.asarray(found.appearance, np.float32))


def share(cosine: float) -> float:
    """How alike, from 0 to 1."""
    return float(np.clip((cosine - UNLIKE) / (SAME - UNLIKE), 0.0, 1.0))


def proposals(tracks: Mapping[int, tuple[str, int, Tube]], shares: Mapping[int, float], limit: int) -> list[Proposal]:
    """One moment of each track, best first: the longest time it was in sight without a break, or the best part of it.

    tracks: video, track id and tube by the row's key.
    """
    ordered = sorted(shares, key=lambda key: -shares[key])
    found = [(tracks[key], shares[key]) for key in ordered if key in tracks][:limit]
    return [Proposal(video, (track_id,), _in_sight(tube), tube, [], score) for (video, track_id, tube), score in found]


def reason(value: float) -> str:
    return f"Looks {round(100 * value)} % alike."


def _in_sight(tube: Tube) -> Span:
    breaks = np.flatnonzero(np.diff(tube.times) > _GAP) + 1
    longest = max(np.split(tube.times, breaks), key=len)
    start, end = float(longest[0]), float(longest[-1]) + tube.step
    middle = (start + end) / 2
    return Span(max(start, middle - LONGEST / 2), min(end, middle + LONGEST / 2))


def _overlap(tube: Tube, seconds: float, box: Sequence[float]) -> float:
    """Intersection over union of the box with the track's nearest one, 0 where that is too far in time."""
    nearest = int(np.abs(tube.times - seconds).argmin())
    if abs(float(tube.times[nearest]) - seconds) > _REACH:
        return 0.0
    x1, y1, x2, y2 = (float(side) for side in tube.boxes[nearest])
    width, height = min(x2, box[2]) - max(x1, box[0]), min(y2, box[3]) - max(y1, box[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((x2 - x1) * (y2 - y1) + (box[2] - box[0]) * (box[3] - box[1]) - both)
