"""Body points of one person per box, with MoveNet SinglePose Lightning."""

from __future__ import annotations

from typing import Final

import numpy as np

from grounding.describe.crops import cut, window
from grounding.types import Floats, Image
from grounding.weights.runtime import Network

KEYPOINTS: Final = (
    "nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder", "left elbow",
    "right elbow", "left wrist", "right wrist", "left hip", "right hip", "left knee", "right knee", "left ankle",
    "right ankle",
)  # fmt: skip
"""Order of the points; left and right are the person's own."""

_SIDE: Final = 192
_CELLS: Final = 48
_MARGIN: Final = 0.25
_REACH: Final = 1.8
"""Cells added to the distance from where the body's centre expects a point, when a point's heat is divided by it."""


class PoseEstimator:
    """Finds 17 body points per person box. Safe to use from several threads."""

    def __init__(self) -> None:
        self._network = Network("movenet-lightning")

    def estimate(self, image: Image, boxes: Floats) -> Floats:
        """(N, 17, 3) float32: x, y in picture pixels and a score in 0..1 for each of `boxes` (N, 4)."""
        areas = [window(box, aspect=1.0, margin=_MARGIN) for box in boxes]
        feeds = [{"images": cut(image, area, (_SIDE, _SIDE))[None]} for area in areas]
        points = np.zeros((len(areas), len(KEYPOINTS), 3), np.float32)
        for index, (area, outputs) in enumerate(zip(areas, self._network.run_many(feeds), strict=True)):
            decoded = decode(*(output[0] for output in outputs))
            points[index, :, 0] = area[0] + decoded[:, 0] * (area[2] - area[0])
            points[index, :, 1] = area[1] + decoded[:, 1] * (area[3] - area[1])
            points[index, :, 2] = decoded[:, 2]
        return points


def decode(heat: Floats, centre: Floats, regressed: Floats, offsets: Floats) -> Floats:
    """(17, 3): x, y as shares of the crop, and score, from the heads over 48 x 48 cells.

    The strongest centre says where each point ought to be; the point is the hottest cell, heat being discounted by
    the distance from there; the offset refines it inside the cell.
    """
    row, column = np.unravel_index(int(np.argmax(centre[0])), (_CELLS, _CELLS))
    expected = regressed[:, row, column].reshape(-1, 2) + np.array([row, column], np.float32)
    grid = np.arange(_CELLS, dtype=np.float32)
    down = (grid[None, :, None] - expected[:, 0, None, None]) ** 2
    across = (grid[None, None, :] - expected[:, 1, None, None]) ** 2
    best = np.argmax((heat / (np.sqrt(down + across) + _REACH)).reshape(len(heat), -1), axis=1)
    rows, columns = np.divmod(best, _CELLS)
    point = np.arange(len(heat))
    moved = offsets.reshape(-1, 2, _CELLS, _CELLS)[point, :, rows, columns]
    x, y = (columns + moved[:, 1]) / _CELLS, (rows + moved[:, 0]) / _CELLS
    return np.stack([x, y, heat[point, rows, columns]], 1).astype(np.float32)
