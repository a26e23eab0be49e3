"""Motion of the camera between two pictures, robust enough to be trusted or else absent.

Corners of the still parts are followed by pyramidal Lucas-Kanade, forwards and back; RANSAC fits a similarity (a pan,
zoom or roll) and, where the picture bears it out, a homography. Every answer has to explain the picture better than
no motion at all; a naive estimate that is sometimes wrong harms tracking more than having none.
Sources: Shi and Tomasi (CVPR 1994), Bouguet's pyramidal Lucas-Kanade, Kalal et al. (ICPR 2010) for forward-backward.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from grounding.geometry import as_boxes, expand, warp_points
from grounding.track.points import Grey, Points, follow_points
from grounding.types import Image

Matrix = NDArray[np.float64]

_CELL = 20
_LEAST_CORNER = 2e-5
_MIN_INLIERS = 8
_BACK_ERROR = 0.8
_RANSAC_PIXELS = 1.2
_STILL_PIXELS = 0.25
_MUST_EXPLAIN = 0.97
_LEVELS = 4


class CameraMotion:
    """Homographies from each picture to the next, estimated on a small grey copy.

    `working_width` is the width of that copy; 384 keeps an update near 4 ms on one core.
    """

    def __init__(self, working_width: int = 384) -> None:
        self.working_width = working_width
        self._grey: Grey | None = None
        self._mask: Grey | None = None

    def reset(self) -> None:
        """Forget the last picture; the next update answers the identity. To be called at a cut."""
        self._grey = self._mask = None

    def update(self, image: Image, mask_boxes: ArrayLike | None = None) -> Matrix:
        """The (3, 3) float64 homography from the previous picture to `image`, in pixels of `image`.

        mask_boxes: (N, 4) boxes in `image` that may move by themselves (people, ball) and say nothing of the camera.
        The identity is returned for the first picture, after `reset`, when the size changes and when in doubt.
        """
        scale = min(1.0, self.working_width / image.shape[1])
        grey = _small_grey(image, scale)
        mask = _still_parts(grey.shape, mask_boxes, scale)
        before, before_mask = self._grey, self._mask
        self._grey, self._mask = grey, mask
        if before is None or before_mask is None or before.shape != grey.shape:
            return np.eye(3)
        motion = _estimate(before, grey, before_mask, mask)
        to_small = np.diag([scale, scale, 1.0])
        full = np.linalg.inv(to_small) @ motion @ to_small
        return np.asarray(full / full[2, 2], np.float64)


def _small_grey(image: Image, scale: float) -> Grey:
    size = (max(16, round(image.shape[1] * scale)), max(16, round(image.shape[0] * scale)))
    if scale <= 0.5:
        # Every second pixel is enough to average from, and costs a quarter; numpy takes ten times as long to pick them.
        half = ((image.shape[1] + 1) // 2, (image.shape[0] + 1) // 2)
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_NEAREST), np.uint8)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _still_parts(shape: tuple[int, ...], boxes: ArrayLike | None, scale: float) -> Grey:
    """255 where the picture may tell of the camera, 0 on the boxes and at the very edge."""
    mask = np.full(shape, 255, np.uint8)
    mask[:2] = mask[-2:] = 0
    mask[:, :2] = mask[:, -2:] = 0
    if boxes is not None:
        for x1, y1, x2, y2 in np.rint(expand(as_boxes(boxes) * scale, 1.2)).astype(int):
            mask[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = 0
    return mask


def _estimate(before: Grey, after: Grey, before_mask: Grey, after_mask: Grey) -> Matrix:
    still = np.eye(3)
    guess = _coarse_shift(before, after)
    old, new = _follow_corners(before, after, before_mask, after_mask, guess)
    judge = _Judge(before, after, before_mask, after_mask)
    best, best_residual = still, judge.residual(still) * _MUST_EXPLAIN
    for motion in _candidates(old, new, guess):
        if not _plausible(motion, before.shape):
            continue
        residual = judge.residual(motion)
        if residual < best_residual:
            # Richer motions come later and have to be clearly better than simple ones.
            best, best_residual = motion, residual * _MUST_EXPLAIN
    return still if _corner_shift(best, before.shape).max() < _STILL_PIXELS else best


def _candidates(old: Points, new: Points, guess: tuple[float, float]) -> Iterator[Matrix]:
    """Motions that a part of the picture agrees on, simple ones first.

    A score board stands still while the ground moves, so what the first fit leaves over is asked as well.
    """
    if guess != (0.0, 0.0):
        yield _translation(np.asarray(guess))
    left = np.ones(len(old), bool)
    for _ in range(2):
        if left.sum() < _MIN_INLIERS:
            return
        similarity, inliers = _similarity(old[left], new[left])
        if similarity is None:
            yield _translation(np.median(new[left] - old[left], axis=0))
            return
        yield similarity
        homography = _homography(old, new, similarity)
        if homography is not None:
            yield homography
        left[np.flatnonzero(left)[inliers]] = False


def _follow_corners(
    before: Grey, after: Grey, before_mask: Grey, after_mask: Grey, guess: tuple[float, float]
) -> tuple[Points, Points]:
    """(N, 2) corners in the first picture and where they are in the second; only those that come back when reversed."""
    none = np.zeros((0, 2), np.float32)
    old = _corners(before, before_mask)
    if len(old) < _MIN_INLIERS:
        return none, none
    new, miss, good = follow_points(
        before, after, old, old + np.asarray(guess, np.float32), window=15, levels=_LEVELS, steps=12, texture=1e-5
    )
    good &= miss < _BACK_ERROR
    height, width = after.shape
    column, row = np.rint(new).astype(int).T
    good &= (column >= 0) & (column < width) & (row >= 0) & (row < height)
    good &= after_mask[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)] > 0
    return old[good], new[good]


def _corners(grey: Grey, mask: Grey) -> Points:
    """(N, 2) x, y of the best corner of each cell of the picture, so that a score board cannot crowd out the grass."""
    strength: NDArray[Any] = cv2.cornerMinEigenVal(grey, 5)
    strength[mask == 0] = 0.0
    rows, columns = grey.shape[0] // _CELL, grey.shape[1] // _CELL
    cells: NDArray[Any] = strength[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL)
    cells = cells.transpose(0, 2, 1, 3).reshape(rows * columns, _CELL * _CELL)
    best = cells.argmax(axis=1)
    cell = np.flatnonzero(cells[np.arange(len(cells)), best] > _LEAST_CORNER)
    y = cell // columns * _CELL + best[cell] // _CELL
    x = cell % columns * _CELL + best[cell] % _CELL
    return np.stack([x, y], axis=1).astype(np.float32)


def _coarse_shift(before: Grey, after: Grey) -> tuple[float, float]:
    """A first guess of a fast pan by phase correlation on a thumbnail, or no shift when the peak is not clear."""
    width = min(128, before.shape[1])
    factor = before.shape[1] / width
    size = (width, max(8, round(before.shape[0] / factor)))
    small = [cv2.resize(p, size, interpolation=cv2.INTER_AREA).astype(np.float32) for p in (before, after)]
    window = cv2.createHanningWindow(size, cv2.CV_32F)
    (dx, dy), response = cv2.phaseCorrelate(small[0], small[1], window)
    if response < 0.1 or abs(dx) > size[0] / 2 or abs(dy) > size[1] / 2:
        return 0.0, 0.0
    return dx * factor, dy * factor


def _similarity(old: Points, new: Points) -> tuple[Matrix | None, NDArray[np.bool_]]:
    """The best similarity and which points agree with it; None when fewer than a few do."""
    fit, inliers = cv2.estimateAffinePartial2D(
        old, new, method=cv2.RANSAC, ransacReprojThreshold=_RANSAC_PIXELS, maxIters=500, confidence=0.995
    )
    if fit is None or int(np.sum(inliers)) < _MIN_INLIERS:
        return None, np.zeros(len(old), bool)
    return np.vstack([np.asarray(fit, np.float64), [0.0, 0.0, 1.0]]), np.asarray(inliers).ravel() > 0


def _homography(old: Points, new: Points, similarity: Matrix) -> Matrix | None:
    """A homography through the points the similarity roughly agrees with; None where they are few or bunched up."""
    near = np.linalg.norm(warp_points(old, similarity) - new, axis=1) < 3.0 * _RANSAC_PIXELS
    spread = np.ptp(old[near], axis=0) if near.any() else np.zeros(2)
    if near.sum() < 20 or spread.min() < 40:
        return None
    fit, inliers = cv2.findHomography(old[near], new[near], cv2.RANSAC, _RANSAC_PIXELS, maxIters=300)
    if fit is None or int(np.sum(inliers)) < 0.6 * near.sum():
        return None
    return np.asarray(fit, np.float64)


def _translation(shift: ArrayLike) -> Matrix:
    motion = np.eye(3)
    motion[:2, 2] = np.asarray(shift, np.float64)
    return motion


def _corner_shift(motion: Matrix, shape: tuple[int, ...]) -> Matrix:
    height, width = shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    return np.asarray(np.linalg.norm(warp_points(corners, motion) - corners, axis=1), np.float64)


def _plausible(motion: Matrix, shape: tuple[int, ...]) -> bool:
    """Whether a real camera could have done this: no mirror, wild zoom or bending, half of it still seen."""
    if not np.isfinite(motion).all() or abs(motion[2, 2]) < 1e-9:
        return False
    m = motion / motion[2, 2]
    zoom = np.linalg.det(m[:2, :2])
    bend = np.abs(m[2, :2]) * [shape[1], shape[0]]
    return bool(0.5 < zoom < 2.0 and bend.max() < 0.2 and _corner_shift(m, shape).min() < 0.6 * max(shape))


class _Judge:
    """Mean grey difference of the still parts of both pictures under a motion, on a quarter of the pixels."""

    def __init__(self, before: Grey, after: Grey, before_mask: Grey, after_mask: Grey) -> None:
        self._size = (before.shape[1] // 2, before.shape[0] // 2)
        self._before, self._after = (cv2.resize(p, self._size, interpolation=cv2.INTER_AREA) for p in (before, after))
        self._before_mask, self._after_mask = (
            cv2.resize(p, self._size, interpolation=cv2.INTER_NEAREST) for p in (before_mask, after_mask)
        )

    def residual(self, motion: Matrix) -> float:
        half = np.diag([0.5, 0.5, 1.0])
        small = half @ motion @ np.linalg.inv(half)
        moved = cv2.warpPerspective(self._before, small, self._size)
        seen = cv2.warpPerspective(self._before_mask, small, self._size, flags=cv2.INTER_NEAREST)
        common = cv2.bitwise_and(seen, self._after_mask)
        count = cv2.countNonZero(common)
        if count < 0.25 * common.size:
            return float("inf")
        difference = cv2.bitwise_and(cv2.absdiff(moved, self._after), common)
        # Grey noise floor: on a nearly flat picture no motion may win by chance.
        return float(difference.sum()) / count + 0.1
