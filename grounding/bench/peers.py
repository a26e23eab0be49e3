"""The public trackers of the package `trackers` (Apache-2.0) behind one face, to be compared with ours.

They are given what helps them: thresholds for this detector, chosen for the best tubes on building seeds; patience of
two seconds; a fresh start at every cut that ours is told of; the picture itself where they estimate the camera from it;
and straight lines over the gaps of what they report, as is usual with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grounding.errors import GroundingError
from grounding.track.smooth import smooth
from grounding.types import Floats, Tube

if TYPE_CHECKING:
    from grounding.types import Image

_CONFIDENT: Final = 0.3
_LOST_FRAMES: Final = 60
"""Of the 30 a second in which these trackers count patience, whatever their rate."""
_GAP: Final = 2.0
_SEEING: Final = ("BoT-SORT",)
"""Those that look at the pictures themselves, for the camera."""


def peers(rate: float) -> list[Peer]:
    """Every public tracker, new, for `rate` pictures a second.

    Raises:
        GroundingError: the package `trackers` is not installed.
    """
    return [Peer(name, make, rate) for name, make in _makers(rate).items()]


class Peer:
    """One public tracker over one video; people only."""

    def __init__(self, name: str, make: Callable[[], Any], rate: float) -> None:
        self.name = name
        self._make = make
        self._rate = rate
        self._tracker = make()
        self._taken = 0
        self._runs: dict[int, list[tuple[float, Floats]]] = {}

    def cut(self) -> None:
        """Forget everybody: another shot begins."""
        self._taken = max(self._runs, default=-1) + 1
        self._tracker = self._make()

    def update(self, t: float, boxes: Floats, scores: Floats, image: Image | None = None) -> None:
        """Take in the people detected at `t`: boxes (N, 4), scores (N,); image: RGB, where there is one."""
        import supervision

        seen = supervision.Detections(
            xyxy=boxes.astype(np.float32), confidence=scores, class_id=np.zeros(len(boxes), np.int64)
        )
        picture = np.ascontiguousarray(image[..., ::-1]) if image is not None and self.name in _SEEING else None
        found = self._tracker.update(seen, picture)
        for box, identity in zip(found.xyxy, found.tracker_id, strict=True):
            if identity >= 0:
                self._runs.setdefault(self._taken + int(identity), []).append((t, box))

    def tubes(self, step: float) -> list[Tube]:
        """What was followed for more than one picture, on the grid of `step` seconds."""
        gap = max(_GAP, 2.5 / self._rate)
        return [
            smooth([t for t, _ in run], np.array([box for _, box in run]), step=step, method="linear", max_gap=gap)
            for run in self._runs.values()
            if len(run) > 1
        ]


def _makers(rate: float) -> Mapping[str, Callable[[], Any]]:
    try:
        from trackers import BoTSORTTracker, ByteTrackTracker, CBIoUTracker, OCSORTTracker
    except ImportError as missing:
        raise GroundingError(
            f"the comparison needs the package trackers ({missing}); `make bench-env` brings it"
        ) from missing
    common: dict[str, Any] = {
        "frame_rate": rate, "lost_track_buffer": _LOST_FRAMES, "high_conf_det_threshold": _CONFIDENT,
        "minimum_consecutive_frames": 1,
    }  # fmt: skip
    starts: dict[str, Any] = {**common, "track_activation_threshold": _CONFIDENT}
    return {
        "ByteTrack": lambda: ByteTrackTracker(**starts, minimum_iou_threshold=0.05),
        "OC-SORT": lambda: OCSORTTracker(**common, minimum_iou_threshold=0.1),
        "BoT-SORT": lambda: BoTSORTTracker(**starts, minimum_iou_threshold_first_assoc=0.1),
        "C-BIoU": lambda: CBIoUTracker(**starts),
    }
