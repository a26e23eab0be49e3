"""Reading video files: facts, frames by presentation time, shot cuts."""

from grounding.video.probe import probe
from grounding.video.read import read_frame, read_frames
from grounding.video.shots import CutDetector

__all__ = ["CutDetector", "probe", "read_frame", "read_frames"]
