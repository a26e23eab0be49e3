"""Body points of one person per box, with MoveNet SinglePose Lightning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from grounding.describe.crops import cut, each, window
from grounding.types import Floats, Image
from grounding.weights.runtime import Network, spread

KEYPOINTS: Final = (
    "nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder", "left elbow",
    "right elbow", "left wrist", "right wrist", "left hip", "right hip", "left knee", "right knee", "left ankle",
    "right ankle",
)  # fmt: skip
"""Order of the points; left and right are the person's own."""

_SIDE: Final = 192
_NARROW: Final = 128
_UPRIGHT: Final = (0.3, 0.6)
"""Width over height of boxes that are looked at in a crop of 128 x 192 for two thirds of the cost: the points lie a
quarter of a cell from those of the square. Wider people need its width; narrower ones are half hidden or cut off by the
picture's edge, and what surrounds them helps."""
_MARGIN: Final = 0.25
_REACH: Final = 1.8
"""Cells added to a distance by which heat is divided: of a body's centre from the middle of the crop, of a point from
where that centre expects it. MoveNet was made with this number."""


class PoseEstimator:
    """Finds 17 body points per person box. Safe to use from several threads.

    where: a GPU, on which the boxes of a call are looked at together; without, the CPU.
    """

    def __init__(self, where: str = "") -> None:
        self.network = Network("movenet-lightning", where)

    def estimate(self, image: Image | Sequence[Image], boxes: Floats) -> Floats:
        """(N, 17, 3) float32: x, y in picture pixels and a score in 0..1 for each of `boxes` (N, 4).

        image: of all boxes, or one for each.
        """
        pictures = each(image, boxes)
        widths = [_width_for(box) for box in boxes]
        areas = [window(box, aspect=width / _SIDE, margin=_MARGIN) for box, width in zip(boxes, widths, strict=True)]
        cuts = list(zip(pictures, areas, widths, strict=True))
        crops = spread(lambda one: cut(one[0], one[1], (one[2], _SIDE)), cuts)
        outputs = self.network.run_many([{"images": crop[None]} for crop in crops])
        points = np.zeros((len(areas), len(KEYPOINTS), 3), np.float32)
        for index, (area, decoded) in enumerate(zip(areas, spread(_decoded, outputs), strict=True)):
            points[index, :, 0] = area[0] + decoded[:, 0] * (area[2] - area[0])
            points[index, :, 1] = area[1] + decoded[:, 1] * (area[3] - area[1])
            points[index, :, 2] = decoded[:, 2]
        return points


def _decoded(outputs: Sequence[Floats]) -> Floats:
    return decode(*(output[0] for output in outputs))


def _width_for(box: Floats) -> int:
    width, height = float(box[2] - box[0]), max(1.0, float(box[3] - box[1]))
    return _NARROW if _UPRIGHT[0] <= width / height <= _UPRIGHT[1] else _SIDE


def decode(heat: Floats, centre: Floats, regressed: Floats, offsets: Floats) -> Floats:
    """(17, 3): x, y as shares of the crop, and score, from the heads over its (rows, columns) cells of 4 x 4 pixels.

    The strongest centre near the middle of the crop says where each point ought to be; the point is the hottest cell,
    heat being discounted by the distance from there; the offset refines it inside the cell.
    """
    rows, columns = heat.shape[1:]
    down, across = np.arange(rows, dtype=np.float32)[:, None], np.arange(columns, dtype=np.float32)[None, :]
    near = centre[0] / (np.hypot(down - rows / 2, across - columns / 2) + _REACH)
    row, column = np.unravel_index(int(np.argmax(near)), (rows, columns))
    expected = regressed[:, row, column].reshape(-1, 2, 1, 1) + np.array([row, column], np.float32)[:, None, None]
    distance = np.sqrt((down - expected[:, 0]) ** 2 + (across - expected[:, 1]) ** 2)
    best = np.argmax((heat / (distance + _REACH)).reshape(len(heat), -1), axis=1)
    y, x = np.divmod(best, columns)
    point = np.arange(len(heat))
    moved = offsets.reshape(-1, 2, rows, columns)[point, :, y, x]
    return np.stack([(x + moved[:, 1]) / columns, (y + moved[:, 0]) / rows, heat[point, y, x]], 1).astype(np.float32)
