"""How somebody's box changes from moment to moment: rises, sinks, grows wide; with the camera and the others taken out.

All lengths are in the height that somebody upright would have in that place: told by the others in the picture and the
slope of the ground (`tilt`), and by how tall the same person is seen against that in other moments.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.geometry import coverage_matrix, iou_matrix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from grounding.describe.motion import Ground
    from grounding.describe.tilt import Tilt
    from grounding.types import Tube

    Array = NDArray[np.float64]

_EDGE: Final = 3.0
_UPRIGHT: Final = 0.8
"""Quantile of a person's heights that is upright: above it are stretches and mistakes."""
_STATURES: Final = (0.85, 1.15)
"""How tall people are against the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """One person at each time of the tube.

    times (N,); size: height against that of somebody upright there; wide: width over height; foot2, top2, foot1, top1:
    how far the foot and the top of the box are above the middle of where they were and will be, 0.4 and 0.2 s away;
    covered: share of the lower half of the box behind somebody else; crowded: largest overlap (IoU) with another
    box; cut: whether the box touches the picture's edge.
    """

    times: Array
    size: Array
    wide: Array
    foot2: Array
    top2: Array
    foot1: Array
    top1: Array
    covered: Array
    crowded: Array
    cut: NDArray[np.bool_]


def moments_of(people: Mapping[int, Tube], ground: Ground, tilt: Tilt, size: tuple[int, int]) -> dict[int, Moments]:
    """The moments of everybody, by the key of the person. people: tubes on one grid of times; size: of the picture."""
    crowd = _crowd(people, tilt)
    out: dict[int, Moments] = {}
    rises = {key: _rises(tube, ground) for key, tube in people.items()}
    shaking = _shaking(people, rises)
    for key, tube in people.items():
        boxes = tube.boxes.astype(np.float64)
        high = np.maximum(1.0, boxes[:, 3] - boxes[:, 1])
        expected, covered, crowded = crowd[key]
        own = high / expected
        upright = float(np.clip(np.quantile(own, _UPRIGHT), *_STATURES)) if len(own) >= 5 else 1.0
        scale = expected * upright
        moved = (rises[key] - shaking[key][:, [0, 0, 1, 1]]) / scale[:, None]
        cut = (boxes[:, :2] < _EDGE).any(1) | (boxes[:, 2] > size[0] - _EDGE) | (boxes[:, 3] > size[1] - _EDGE)
        foot2, top2, foot1, top1 = moved.T
        wide = (boxes[:, 2] - boxes[:, 0]) / high
        out[key] = Moments(tube.times, high / scale, wide, foot2, top2, foot1, top1, covered, crowded, cut)
    return out


def _marks(tube: Tube) -> NDArray[np.int64]:
    return np.rint(tube.times / tube.step).astype(np.int64)


def _crowd(people: Mapping[int, Tube], tilt: Tilt) -> dict[int, tuple[Array, Array, Array]]:
    """Key → (N,) height of somebody upright in each place, how far the legs are behind somebody's box, and the largest
    overlap with another's."""
    at: dict[int, list[tuple[int, int]]] = defaultdict(list)
    expected = {key: np.ones(len(tube.times)) for key, tube in people.items()}
    covered = {key: np.zeros(len(tube.times)) for key, tube in people.items()}
    crowded = {key: np.zeros(len(tube.times)) for key, tube in people.items()}
    for key, tube in people.items():
        for row, mark in enumerate(_marks(tube).tolist()):
            at[mark].append((key, row))
    for here in at.values():
        boxes = np.array([people[key].boxes[row] for key, row in here], np.float64)
        key, row = here[0]
        slope = tilt.slope(float(people[key].times[row]))
        high, feet = np.maximum(1.0, boxes[:, 3] - boxes[:, 1]), boxes[:, 3]
        # What everybody's height says of somebody upright in everybody's place; the own one counts as any other.
        guess = np.maximum(0.3 * high[:, None], high[None, :] + slope * (feet[:, None] - feet[None, :]))
        upright = np.median(guess, axis=1)
        legs = boxes.copy()
        legs[:, 1] = (boxes[:, 1] + boxes[:, 3]) / 2
        behind = coverage_matrix(legs, boxes) * (feet[None, :] >= feet[:, None] - 0.02 * high[:, None])
        shared = iou_matrix(boxes, boxes)
        np.fill_diagonal(behind, 0.0)
        np.fill_diagonal(shared, 0.0)
        for k, (key, row) in enumerate(here):
            expected[key][row], covered[key][row] = upright[k], behind[k].max(initial=0.0)
            crowded[key][row] = shared[k].max(initial=0.0)
    return {key: (expected[key], covered[key], crowded[key]) for key in people}


def _rises(tube: Tube, ground: Ground) -> Array:
    """(N, 4) pixels by which foot and top are above the mean of two times away on both sides, and of one; 0 where the
    tube does not reach there."""
    n, marks, out = len(tube.times), _marks(tube), np.zeros((len(tube.times), 4))
    boxes = tube.boxes.astype(np.float64)
    x = (boxes[:, 0] + boxes[:, 2]) / 2
    for column, step in ((0, 2), (2, 1)):
        here = np.arange(step, n - step)
        here = here[(marks[here] - marks[here - step] == step) & (marks[here + step] - marks[here] == step)]
        if not len(here):
            continue
        for part, y in enumerate((boxes[:, 3], boxes[:, 1])):
            before, after = (_carried(ground, tube.times, x, y, here + k, here) for k in (-step, step))
            out[here, column + part] = (before + after) / 2 - y[here]
    return out


def _carried(ground: Ground, times: Array, x: Array, y: Array, start: Sequence[int], end: Sequence[int]) -> Array:
    """(K,) rows of the points at indices `start` as seen in the pictures of the times at `end`."""
    motions = ground.between(times[start], times[end])
    points = np.stack([x[start], y[start], np.ones(len(x[start]))], 1)
    moved = np.einsum("nij,nj->ni", motions, points)
    return np.asarray(moved[:, 1] / np.where(np.abs(moved[:, 2]) > 1e-9, moved[:, 2], 1e-9))


def _shaking(people: Mapping[int, Tube], rises: Mapping[int, Array]) -> dict[int, Array]:
    """Key → (N, 2) what the feet of most people do at the same time, which is the camera's."""
    at: dict[int, list[Array]] = defaultdict(list)
    for key, tube in people.items():
        for mark, row in zip(_marks(tube).tolist(), rises[key], strict=True):
            at[mark].append(row[[0, 2]])
    most = {mark: np.median(rows, axis=0) if len(rows) >= 4 else np.zeros(2) for mark, rows in at.items()}
    return {key: np.array([most[mark] for mark in _marks(tube).tolist()]) for key, tube in people.items()}
