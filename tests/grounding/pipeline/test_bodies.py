"""Weak tracks in whose crops no pose finds a body are dropped; nobody else is."""

from __future__ import annotations

import numpy as np
import pytest

from grounding.pipeline.settings import Settings
from grounding.pipeline.stitching import identities_of
from grounding.track.stage import Stage
from grounding.track.stitch import stitch_segments
from grounding.types import CropSample, Segment, SegmentResult, Span, Tracklet, VideoInfo

INFO = VideoInfo("a.mp4", 1280, 720, 4.0, 25.0, 0, False, "h264")


def followed(score: float, points: float | None, height: float = 100.0) -> int:
    """How many identities a tracklet of four seconds makes. points: score of all points of the poses, None for none."""
    times = np.arange(20) / 5
    boxes = np.tile(np.array([300, 300, 340, 300 + height], np.float32), (20, 1))
    poses = None if points is None else np.full((17, 3), points, np.float32)
    samples = tuple(CropSample(s, s + 0.4, boxes[0], 1.0, keypoints=poses) for s in range(4))
    tracklet = Tracklet(0, "person", times, boxes, np.full(20, score, np.float32), samples)
    whole = Span(0.0, 4.0)
    camera = np.repeat(np.eye(3)[None], 20, axis=0)
    stitched = stitch_segments([SegmentResult(Segment(0, whole, whole), whole, (), (tracklet,), times, camera)])
    stage = Stage(stitched.camera_times, stitched.camera, stitched.cuts)
    return len(identities_of(stitched, stage, INFO, Settings()))


@pytest.mark.parametrize(
    ("score", "points", "height", "kept"),
    [
        (0.3, 0.08, 100.0, 0),  # spectators, boards, nets
        (0.3, 0.6, 100.0, 1),  # somebody badly seen
        (0.6, 0.08, 100.0, 1),  # surely detected: the pose may be odd
        (0.3, 0.08, 40.0, 1),  # too small for a pose to tell
        (0.3, None, 100.0, 1),
    ],
)
def test_a_track_is_of_a_body(score: float, points: float | None, height: float, kept: int) -> None:
    assert followed(score, points, height) == kept
