"""From a video file to its index: segments that can be worked on anywhere, then one stitch.

    models, settings = Models.load("embedded"), Settings()
    for item in index_video("match.mp4", models, settings):
        ...                                 # Progress while it works; the last item is the VideoIndex

Names are resolved when first used, so that importing this package (for `Settings`, `plan_segments`) loads no
decoder and no network.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from grounding.pipeline.settings import Settings, plan_segments

if TYPE_CHECKING:
    from grounding.pipeline.files import load_segment, save_segment
    from grounding.pipeline.models import Models
    from grounding.pipeline.segment import index_segment
    from grounding.pipeline.stages import StageTimes
    from grounding.pipeline.stitching import stitch
    from grounding.pipeline.whole import index_video

__all__ = [
    "Models", "Settings", "StageTimes", "index_segment", "index_video", "load_segment", "plan_segments", "save_segment",
    "stitch",
]  # fmt: skip

_WHERE = {
    "Models": "models",
    "StageTimes": "stages",
    "index_segment": "segment",
    "index_video": "whole",
    "load_segment": "files",
    "save_segment": "files",
    "stitch": "stitching",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
