"""What was seen of a generated match, kept as segment files, so that describing it anew takes seconds.

`seen-KEY` holds the segments of indexing; `true-KEY` the samples that indexing would have taken, had its boxes been the
true ones. KEY is that of the settings; remove the folder when the code that looks at pictures has changed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.describe.sampler import CropSampler, SamplerSettings
from grounding.pipeline.files import load_segment, save_segment
from grounding.pipeline.segment import index_segment
from grounding.pipeline.settings import plan_segments
from grounding.types import Progress, Segment, SegmentResult, Span, Tracklet
from grounding.video.probe import probe
from grounding.video.read import read_frames
from grounding.vocabulary import PERSON_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grounding.pipeline.models import Models
    from grounding.pipeline.settings import Settings
    from grounding.synth.truth import Truth
    from grounding.types import CropSample, Floats

_GRID: Final = 5.0


def seen(video: Path, models: Models, settings: Settings) -> Iterator[Progress | list[SegmentResult]]:
    """The segments of a video, read where they were kept; yields Progress, and the results last."""
    folder = video.parent / f"seen-{settings.version_key()}"
    results: list[SegmentResult] = []
    for segment in plan_segments(probe(video).duration, settings):
        path = folder / f"{segment.index}.npz"
        if not path.is_file():
            for item in index_segment(video, segment, models, settings):
                if isinstance(item, SegmentResult):
                    save_segment(path, item)
                else:
                    yield item
        results.append(load_segment(path))
    yield results


def true_samples(
    video: Path, truth: Truth, models: Models, settings: Settings
) -> Iterator[Progress | dict[int, tuple[CropSample, ...]]]:
    """Samples on the true boxes by the tube's id, read where they were kept; yields Progress, and them last."""
    path = video.parent / f"true-{settings.version_key()}" / "0.npz"
    if not path.is_file():
        for item in _sampled(video, truth, models):
            if isinstance(item, SegmentResult):
                save_segment(path, item)
            else:
                yield item
    yield {tracklet.tracklet_id: tracklet.samples for tracklet in load_segment(path).tracklets}


def _sampled(video: Path, truth: Truth, models: Models) -> Iterator[Progress | SegmentResult]:
    # Numbers are not asked for here, and reading them takes as long as the poses.
    sampler = CropSampler(models.pose, models.appearance, models.numbers, SamplerSettings(number_crops=0))
    at: dict[int, list[tuple[int, Floats]]] = defaultdict(list)
    for tube in truth.tubes:
        for t, box in zip(tube.tube.times, tube.tube.boxes, strict=True):
            at[round(float(t) * _GRID)].append((tube.id, box))
    for frame in read_frames(video, rate=_GRID):
        sampler.add(frame.pts, frame.image, at.get(round(frame.pts * _GRID), []))
        if frame.frame_idx % 25 == 0:
            yield Progress("sample", frame.pts, truth.seconds)
    samples, _ = sampler.finish([tube.id for tube in truth.tubes])
    whole = Span(0.0, truth.seconds)
    tracklets = tuple(
        Tracklet(
            tube.id, PERSON_LABEL, tube.tube.times, tube.tube.boxes, np.ones(len(tube.tube.times), np.float32),
            tuple(replace(sample, appearance=None) for sample in samples.get(tube.id, ())),
        )
        for tube in truth.tubes
    )  # fmt: skip
    yield SegmentResult(Segment(0, whole, whole), whole, (), tracklets, np.zeros(0), np.zeros((0, 3, 3)))
