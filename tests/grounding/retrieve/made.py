"""Small hand-made tracks: who, when, and what is true of each second."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from grounding.retrieve import SecondRow
from grounding.types import Floats, Observation, Shot, Span, Track, Tube, VideoIndex, VideoInfo

RED_10: Mapping[str, float] = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.8}
BLUE_4: Mapping[str, float] = {"object:person": 0.9, "shirt_colour:blue": 0.9, "number:4": 0.8}


def tube(start: float, end: float, x: float = 100.0, step: float = 0.2) -> Tube:
    times = np.round(np.arange(start, end - 1e-9, step), 3)
    boxes = np.tile(np.array([x, 100.0, x + 40.0, 200.0], np.float32), (len(times), 1))
    return Tube(times, boxes, step)


def rows(
    track_id: int,
    seconds: range,
    terms: Callable[[int], Mapping[str, float]],
    *,
    video: str = "a.mp4",
    like: float = 0.0,
) -> list[SecondRow]:
    return [SecondRow(video, track_id, second, dict(terms(second)), like) for second in seconds]


def during(base: Mapping[str, float], spans: Mapping[str, tuple[int, int]]) -> Callable[[int], Mapping[str, float]]:
    """Terms of a second: `base`, and each term of `spans` while its seconds last."""
    return lambda second: {**base, **{name: 0.9 for name, (a, b) in spans.items() if a <= second < b}}


def track(
    track_id: int, shape: Tube, terms: Callable[[int], Mapping[str, float]], embeddings: Floats | None = None
) -> Track:
    seconds = sorted({int(t) for t in shape.times})
    observations = tuple(Observation(s, (0.0, 0.0, 1.0, 1.0), dict(terms(s)), "") for s in seconds)
    vectors = np.zeros((len(seconds), 3), np.float32) if embeddings is None else embeddings
    return Track(track_id, "person", 0.9, shape, observations, {}, vectors)


def index(*tracks: Track, name: str = "a.mp4", seconds: float = 60.0) -> VideoIndex:
    info = VideoInfo(name, 1280, 720, seconds, 25.0, 0, False, "h264")
    span = Span(0.0, seconds)
    return VideoIndex(info, span, (Shot(0, span),), tracks, "v1")
