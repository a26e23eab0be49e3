"""The ball leaves somebody: measures of each moment in which it may, for the learned curve of a kick.

Distances are in body heights over the ground, as in `relation.ball_distances`; who kicks has the ball at the feet for
some moments and then sees it go, farther in each picture.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.describe.soft import between

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Ints = NDArray[np.int64]

REACH: Final = 1.2
INPUTS: Final = ("near", "was", "out1", "out2", "out3", "lost2", "lost3", "speed", "steady", "high", "up", "second",
                 "apart")  # fmt: skip
_BEFORE: Final = (-2, -1)
_AFTER: Final = (1, 2, 3, 4)


def columns(
    where: Sequence[tuple[int, int]],
    distances: Mapping[tuple[int, int], tuple[float, float]],
    nearest: Mapping[int, float],
) -> dict[str, Array]:
    """(N,) values of each of `INPUTS` for moments (mark of the time, key of the person).

    distances: (key, mark) → distance of the ball, and its height over the feet in body heights; nearest: the row's
    index → distance of the nearest other person, where there is one.
    """
    missing = (np.nan, np.nan)

    def at(step: int) -> Array:
        return np.array([distances.get((key, mark + step), missing) for mark, key in where]).reshape(-1, 2)

    here, before, after = at(0), [at(k)[:, 0] for k in _BEFORE], [at(k) for k in _AFTER]
    d = [here[:, 0], *(part[:, 0] for part in after)]
    was = np.fmin(np.fmin(before[0], before[1]), 2.0)
    other = np.array([nearest.get(k, 9.0) for k in range(len(where))])
    steps = np.stack([(b - a) / 0.2 for a, b in pairwise(d[1:])], 1)
    steps = np.concatenate([steps, np.where(np.isnan(d[2]), (d[1] - d[0]) / 0.2, np.nan)[:, None]], 1)
    steps = np.concatenate([steps, np.where(np.isnan(steps).all(1), 0.0, np.nan)[:, None]], 1)
    rise = np.stack([np.nan_to_num(part[:, 1] - here[:, 1], nan=0.0) for part in after[:3]], 1).max(1)
    values = {
        "near": between(d[0], 0.9, 0.3),
        "was": between(was, 1.2, 0.4),
        "out1": between(d[1] - d[0], 0.0, 1.2),
        "out2": between(d[2] - d[0], 0.0, 2.5),
        "out3": between(d[3] - d[0], 0.0, 4.0),
        "lost2": np.isnan(d[2]).astype(np.float64),
        "lost3": np.isnan(d[3]).astype(np.float64),
        "speed": between(np.nanmax(steps, axis=1), 2.0, 8.0),
        "steady": between(np.nanmedian(steps, axis=1), 2.0, 8.0),
        "high": between(here[:, 1], 0.2, 0.6),
        "up": between(rise, 0.0, 1.5),
        "second": between(other, 0.5, 1.5),
        "apart": between(d[0], 0.9, 0.4) * np.nan_to_num(between(d[2], 0.9, 1.6), nan=0.0),
    }
    return {name: np.nan_to_num(column, nan=0.0) for name, column in values.items()}
