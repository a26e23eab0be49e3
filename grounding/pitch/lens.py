"""A level camera beside a field, as six numbers, and the homography they make.

Broadcast cameras pan, tilt and zoom but do not roll, so six numbers say all: the point of the ground in the middle of
the picture, how large a metre is there, how steeply and whereto the camera looks, and how far away it stands. Through
a long lens the first five can be told well and the distance hardly; as the last of these six it does no harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def homographies(lenses: Array, size: tuple[int, int]) -> Array:
    """(..., 3, 3) from the ground in metres to the picture in pixels.

    lenses: (..., 6) x and y of the ground point in the middle of the picture, log of pixels per metre there, log of
    the sine of the tilt, yaw in radians (0 looks along y, positive towards x), log of the distance in metres; size:
    width and height of the picture. Points before the camera have a positive third coordinate.
    """
    x, y, scale, sine, yaw, distance = np.moveaxis(np.asarray(lenses, np.float64), -1, 0)
    scale, distance = np.exp(scale), np.exp(distance)
    sine = np.minimum(np.exp(sine), 0.999)
    cosine = np.sqrt(1 - sine**2)
    focal = scale * distance
    across = np.stack([np.cos(yaw), -np.sin(yaw), -x * np.cos(yaw) + y * np.sin(yaw)], -1)
    deep = np.stack([np.sin(yaw), np.cos(yaw), -x * np.sin(yaw) - y * np.cos(yaw)], -1)
    depth = deep * cosine[..., None]
    depth[..., 2] += distance
    row_x = focal[..., None] * across + size[0] / 2 * depth
    row_y = -(focal * sine)[..., None] * deep + size[1] / 2 * depth
    return np.stack([row_x, row_y, depth], -2)


def position(lens: Array) -> Array:
    """(3,) where the camera stands, in metres."""
    x, y, _, sine, yaw, distance = lens
    sine, distance = min(np.exp(sine), 0.999), np.exp(distance)
    back = distance * np.sqrt(1 - sine**2)
    return np.array([x - back * np.sin(yaw), y - back * np.cos(yaw), distance * sine])


def lens_of(homography: Array, place: Array, size: tuple[int, int]) -> Array:
    """The six numbers of a camera at `place` (3,) that sees the middle of the picture as `homography` (3, 3) does."""
    back = inverse(homography)
    middle = back @ np.array([size[0] / 2, size[1] / 2, 1.0])
    spot = middle[:2] / middle[2]
    ray = np.array([spot[0] - place[0], spot[1] - place[1], -place[2]])
    distance = float(np.linalg.norm(ray))
    yaw = float(np.arctan2(ray[0], ray[1]))
    ends = spot + 0.05 * np.outer([-1, 1], [np.cos(yaw), -np.sin(yaw)])
    pixels, _ = project(homography, ends)
    scale = float(np.linalg.norm(pixels[1] - pixels[0])) / 0.1
    return np.array(
        [spot[0], spot[1], np.log(max(scale, 1e-3)), np.log(place[2] / distance), yaw, np.log(distance)]
    )  # fmt: skip


def inverse(motions: Array) -> Array:
    """The homographies (..., 3, 3) the other way round."""
    return np.asarray(np.linalg.inv(motions), np.float64)


def project(homography: Array, points: Array) -> tuple[Array, Array]:
    """Pixels (N, 2) and depth (N,) of `points` (N, 2); where the depth is not positive, the pixels mean nothing."""
    moved = points @ homography[:, :2].T + homography[:, 2]
    depth = moved[:, 2]
    safe = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
    return moved[:, :2] / safe[:, None], depth
