"""A stand-in for the models: in every segment it sees one player of its own and one who runs through all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from grounding.errors import BadVideoError
from grounding.types import (
    Observation,
    Progress,
    Segment,
    SegmentResult,
    Shot,
    Span,
    Track,
    Tracklet,
    Tube,
    VideoIndex,
    VideoInfo,
)

SECONDS = 10.0


class Looker:
    def __init__(self) -> None:
        self.version = "v1"
        self.unreadable: set[int] = set()
        self.looked: list[int] = []
        self.stitched: list[list[int]] = []

    def version_key(self) -> str:
        return self.version

    def settings_json(self) -> dict[str, object]:
        return {"rate": 5.0}

    def plan_segments(self, duration: float) -> list[Segment]:
        count = max(1, int(np.ceil(duration / SECONDS)))
        spans = [Span(i * SECONDS, min((i + 1) * SECONDS, duration)) for i in range(count)]
        return [Segment(i, span, Span(span.start, min(span.end + 2, duration))) for i, span in enumerate(spans)]

    def index_segment(self, path: Path, segment: Segment) -> Iterator[Progress | SegmentResult]:
        if segment.index in self.unreadable:
            raise BadVideoError("original cannot be read.")
        self.looked.append(segment.index)
        yield Progress("Finding players", 1.0, 2.0)
        times = np.arange(segment.core.start, segment.core.end, 0.2)
        boxes = np.tile(np.array([[10, 20, 30, 60]], np.float32), (len(times), 1))
        tracklet = Tracklet(0, "person", times, boxes, np.ones(len(times), np.float32))
        yield SegmentResult(segment, segment.reach, (), (tracklet,), np.zeros(0), np.zeros((0, 3, 3)))

    def save_segment(self, path: Path, result: SegmentResult) -> None:
        with path.open("wb") as file:
            core, reach = result.segment.core, result.segment.reach
            spans = np.array([core.start, core.end, reach.start, reach.end])
            np.savez(file, index=result.segment.index, spans=spans, times=result.tracklets[0].times)

    def load_segment(self, path: Path) -> SegmentResult:
        with np.load(path) as data:
            spans = [float(side) for side in data["spans"]]
            segment = Segment(int(data["index"]), Span(*spans[:2]), Span(*spans[2:]))
            times = data["times"]
        boxes = np.tile(np.array([[10, 20, 30, 60]], np.float32), (len(times), 1))
        tracklet = Tracklet(0, "person", times, boxes, np.ones(len(times), np.float32))
        return SegmentResult(segment, segment.core, (), (tracklet,), np.zeros(0), np.zeros((0, 3, 3)))

    def stitch(self, info: VideoInfo, results: Sequence[SegmentResult]) -> VideoIndex:
        self.stitched.append([result.segment.index for result in results])
        through = np.concatenate([result.tracklets[0].times for result in results])
        tracks = [_track(0, through, {"number": "10", "shirt_colour": "red"})]
        tracks += [_track(1 + r.segment.index, r.tracklets[0].times, {"shirt_colour": "blue"}) for r in results]
        end = max(result.decoded.end for result in results)
        shots = (Shot(0, Span(0.0, end / 2)), Shot(1, Span(end / 2, end)))
        return VideoIndex(info, Span(0.0, end), shots, tuple(tracks), self.version)


def _track(track_id: int, times: np.ndarray, attributes: dict[str, str]) -> Track:
    x = 100.0 + 10 * times
    boxes = np.stack([x, x * 0 + 50, x + 20, x * 0 + 100], 1).astype(np.float32)
    seconds = sorted({int(t) for t in times})
    colour = attributes["shirt_colour"]
    seen = tuple(
        Observation(s, (0.0, 0.0, 1.0, 1.0), {"object:person": 1.0, f"shirt_colour:{colour}": 0.9}, f"{colour} player")
        for s in seconds
    )
    vectors = np.zeros((len(seen), 384), np.float32)
    vectors[:, track_id % 384] = 1
    return Track(track_id, "person", 0.9, Tube(times.astype(np.float64), boxes), seen, attributes, vectors)
