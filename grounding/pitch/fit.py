"""Draws cameras to where the lines they predict lie on the lines that are seen, and says how well they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.pitch.lens import homographies, inverse, project

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grounding.pitch.markings import Field
    from grounding.pitch.paint import Paint

    Array = NDArray[np.float64]

_NUDGES: Final = np.array([0.02, 0.02, 1e-3, 1e-3, 1e-3, 1e-2])
FREE: Final = np.array([200.0, 200.0, 0.35, 1.5, 3.0, 0.6])
"""Hardly a hold on what the lines tell, and enough of one on what they do not."""
CARRIED: Final = np.array([1.0, 1.0, 0.03, 0.04, 0.02, 0.03])
"""For a lens that was carried over from the picture before, of a camera that stays where it is."""
_PIXELS: Final = 1.5
NEAR_PIXELS: Final = 3.5
"""Pixels of the small picture within which a line is where it should be."""


def pull(
    field: Field, lenses: Array, points: Array, size: tuple[int, int], reaches: tuple[float, ...], hold: Array = FREE
) -> Array:
    """(K, 6) lenses drawn towards `points` (N, 2), pixels on lines, by as many steps of Gauss and Newton as `reaches`
    has: each tells from how many pixels on a point counts as belonging to something else. hold (6,): how far each
    number may stray from where it began, as a standard deviation."""
    start = lenses.copy()
    lenses = lenses.copy()
    for reach in reaches:
        residuals, jacobian, weights = _linearised(field, lenses, points, size, reach)
        weighted = jacobian * (weights / _PIXELS**2)[..., None]
        normal = weighted.transpose(0, 2, 1) @ jacobian
        gradient = (weighted * residuals[..., None]).sum(1)
        normal += np.diag(hold**-2.0)
        gradient += hold**-2.0 * (lenses - start)
        lenses -= np.clip(np.linalg.solve(normal, gradient[..., None])[..., 0], -_STEP, _STEP)
    return lenses


_STEP: Final = np.array([6.0, 6.0, 0.15, 0.15, 0.15, 0.3])


def _linearised(
    field: Field, lenses: Array, points: Array, size: tuple[int, int], reach: float
) -> tuple[Array, Array, Array]:
    """Residuals (K, N) in pixels across the lines, their derivatives (K, N, 6) and weights (K, N)."""
    forth = homographies(lenses, size)
    back = inverse(forth)
    ground = _apply(back, np.broadcast_to(points, (len(lenses), *points.shape)))
    feet, ways = field.nearest(ground.reshape(-1, 2))
    feet, ways = feet.reshape(ground.shape), ways.reshape(ground.shape)
    placed = _apply(forth, feet)
    along = _apply(forth, feet + 0.1 * ways) - placed
    along /= np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-9)
    normals = np.stack([-along[..., 1], along[..., 0]], -1)
    residuals = np.sum(normals * (placed - points), -1)
    away = np.linalg.norm(placed - points, axis=-1)
    weights = np.where(away < reach, (1 - np.minimum(away / reach, 1) ** 2) ** 2, 0.0)
    moved = lenses[:, None, :] + np.diag(_NUDGES)
    shifted = homographies(moved, size)
    columns = [np.sum(normals * (_apply(shifted[:, i], feet) - placed), -1) / _NUDGES[i] for i in range(6)]
    return residuals, np.stack(columns, -1), weights


def _apply(motions: Array, points: Array) -> Array:
    """(K, N, 2) points through (K, 3, 3)."""
    moved = points @ motions[:, :, :2].transpose(0, 2, 1) + motions[:, None, :, 2]
    depth = moved[..., 2:]
    return np.clip(moved[..., :2] / np.where(np.abs(depth) < 1e-9, 1e-9, depth), -1e5, 1e5)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a homography fits a picture. explained: share of the line pixels that lie on a line of the field; seen:
    share of the field's lines in view that are there; metres: length of the lines in view that are there."""

    explained: float
    seen: float
    metres: float

    @property
    def score(self) -> float:
        return self.explained * self.seen


def judge(field: Field, homography: Array, paint: Paint, near_pixels: float = NEAR_PIXELS) -> Fit:
    """How well a homography from the ground to the small picture fits what is painted there: a line is where it should
    be within `near_pixels`."""
    back = inverse(homography)
    ground, _ = project(back, paint.points)
    feet, _ = field.nearest(ground)
    placed, depth = project(homography, feet)
    near = (np.linalg.norm(placed - paint.points, axis=1) < near_pixels) & (depth > 0)
    # Behind the lines stand goals, boards and cameras: what is seen there says nothing, as long as it is not most.
    counted = near | ((ground > -0.5).all(1) & (ground < [field.length + 0.5, field.width + 0.5]).all(1))
    explained = float(near.sum() / max(counted.sum(), 0.5 * len(near), 1))
    shown, depth = project(homography, field.samples[0])
    width, height = paint.size
    inside = (depth > 0) & (shown[:, 0] > 13) & (shown[:, 0] < width - 14)
    inside &= (shown[:, 1] > 13) & (shown[:, 1] < height - 14)
    shown = shown[inside]
    at = shown.astype(int)
    open_ground = (paint.hidden[at[:, 1], at[:, 0]] == 0) & paint.on_ground(shown)
    at, shown = at[open_ground], shown[open_ground]
    if not len(at):
        return Fit(explained, 0.0, 0.0)
    # Half a metre far away is less of the picture than half a metre close by.
    step = np.minimum(_pixels_apart(field, homography, inside)[open_ground], 20.0)
    found = paint.away[at[:, 1], at[:, 0]] < near_pixels
    return Fit(explained, float((step * found).sum() / step.sum()), 0.5 * float(found.sum()))


def _pixels_apart(field: Field, homography: Array, chosen: NDArray[np.bool_]) -> Array:
    """How many pixels half a metre of line is at the chosen samples."""
    places, ways = field.samples[0][chosen], field.samples[1][chosen]
    first, _ = project(homography, places - 0.25 * ways)
    last, _ = project(homography, places + 0.25 * ways)
    return np.asarray(np.linalg.norm(last - first, axis=1), np.float64)


def error_metres(field: Field, lens: Array, points: Array, size: tuple[int, int], hold: Array = FREE) -> float:
    """How far a spot of the ground may be from where a lens places it, in metres (one standard deviation): the median
    over the picture of what the lines and `hold` leave open."""
    _, jacobian, weights = _linearised(field, lens[None], points, size, 6.0)
    normal = np.einsum("ni,nj->ij", jacobian[0] * (weights[0] / _LOOSE**2)[:, None], jacobian[0])
    spread = inverse(normal + np.diag(hold**-2.0))
    width, height = size
    spots = np.array([[x * width, y * height] for x in (0.2, 0.5, 0.8) for y in (0.45, 0.65, 0.85)])
    ground, _ = project(inverse(homographies(lens, size)), spots)
    moved = inverse(homographies(lens + np.diag(_NUDGES), size))
    columns = [(project(moved[i], spots)[0] - ground) / _NUDGES[i] for i in range(6)]
    derivative = np.stack(columns, -1)
    variance = np.einsum("nki,ij,nkj->n", derivative, spread, derivative)
    return float(np.sqrt(np.median(variance)))


_LOOSE: Final = 8.0
"""Pixels: what a point on a line counts for. Neighbouring points err alike, so each says less than `_PIXELS`."""
