"""Points followed from one picture to the next and back again, for the camera and for boxes.

Pyramidal Lucas-Kanade (Bouguet); how far a point misses its start on the way back tells whether to trust it (Kalal,
Mikolajczyk and Matas, ICPR 2010).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Points = NDArray[np.float32]


def follow_points(
    before: Grey, after: Grey, points: Points, guess: Points, *, window: int, levels: int, steps: int, texture: float
) -> tuple[Points, NDArray[np.float32], NDArray[np.bool_]]:
    """Where `points` (N, 2) of `before` are in `after`, searched from `guess` (N, 2).

    window: side in pixels of the patch compared; levels: of the pyramid; steps: most iterations on each; texture: least
    eigenvalue of a patch that can be followed. Returns the places (N, 2), how far each misses its start when followed
    back (N,), and which were found both ways (N,).
    """
    start, first = points[:, None], guess[:, None]
    settings: dict[str, Any] = {
        "winSize": (window, window),
        "maxLevel": levels - 1,
        "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, steps, 0.03),
        "flags": cv2.OPTFLOW_USE_INITIAL_FLOW,
        "minEigThreshold": texture,
    }
    moved: Any
    moved, found, _ = cv2.calcOpticalFlowPyrLK(before, after, start, first.copy(), **settings)
    # The way back begins at its goal and needs no coarse levels: is the start the best match of what was found?
    settings["maxLevel"] = 1
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(after, before, moved, start.copy(), **settings)
    miss = np.linalg.norm((back - start).reshape(-1, 2), axis=1)
    return moved.reshape(-1, 2), miss, (found.ravel() == 1) & (found_back.ravel() == 1)
