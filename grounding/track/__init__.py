"""From detections on sparse pictures to identities: associate, join, stitch, smooth, with the camera taken out.

`camera` needs OpenCV and is imported by its own name, so that the rest stays light.
"""

from grounding.track.associate import SecondLevelTracker, TrackerSettings
from grounding.track.join import JoinSettings, join_tracklets
from grounding.track.smooth import smooth
from grounding.track.stitch import Stitched, stitch_segments

__all__ = [
    "JoinSettings",
    "SecondLevelTracker",
    "Stitched",
    "TrackerSettings",
    "join_tracklets",
    "smooth",
    "stitch_segments",
]
