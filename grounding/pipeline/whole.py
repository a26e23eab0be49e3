"""A whole video in one process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grounding.errors import BadVideoError
from grounding.pipeline.segment import index_segment
from grounding.pipeline.settings import plan_segments
from grounding.pipeline.stages import StageTimes
from grounding.pipeline.stitching import stitch
from grounding.types import Progress, SegmentResult
from grounding.video.probe import probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grounding.pipeline.models import Models
    from grounding.pipeline.settings import Settings
    from grounding.types import VideoIndex


def index_video(
    path: str | Path, models: Models, settings: Settings, *, times: StageTimes | None = None
) -> Iterator[Progress | VideoIndex]:
    """Indexes a video segment by segment; yields Progress, and the VideoIndex last.

    A file that ends before its declared duration gives an index of what there is (`decoded` tells).

    Raises:
        BadVideoError: the file is not a video that can be read, or nothing of it decodes.
    """
    path = Path(path)
    times = times or StageTimes()
    info = probe(path)
    results: list[SegmentResult] = []
    for segment in plan_segments(info.duration, settings):
        for item in index_segment(path, segment, models, settings, times=times):
            if isinstance(item, SegmentResult):
                results.append(item)
            else:
                yield Progress(item.stage, segment.reach.start + item.done, info.duration)
        if results[-1].decoded.end < segment.core.end - 1.0:
            break  # the file ends here, whatever it declared
    if results[0].decoded.length <= 0:
        raise BadVideoError(f"{path.name} has no picture that can be decoded; it may be damaged or cut off.")
    yield Progress("stitch", info.duration, info.duration)
    yield stitch(info, results, models, settings, times=times)
