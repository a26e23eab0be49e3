"""A Kalman filter over many boxes at once: constant velocity over the ground, sizes that change slowly.

Everything is measured in body heights, so that one setting suits near and far players and a zoom changes nothing.
State positions are pixels of the current picture; `warp` carries the state along with the camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grounding.geometry import Array, as_boxes, centres, from_centres, sizes, warp_points


@dataclass(frozen=True, slots=True)
class MotionNoise:
    """How restless targets are, in box heights and seconds.

    push: spectral density of the acceleration (heights²/s³); start_speed: spread of the unknown first velocity;
    jitter: spread of a detector's box centre; size_drift: spread of log size gained per root second.
    """

    push: float = 4.0
    start_speed: float = 2.4
    jitter: float = 0.06
    size_jitter: float = 0.1
    size_drift: float = 0.2


class BoxFilter:
    """Struct of arrays over N targets; rows are added by `add` and dropped by `keep`."""

    def __init__(self, noise: MotionNoise) -> None:
        self.noise = noise
        self.centre: Array = np.zeros((0, 2))
        self.velocity: Array = np.zeros((0, 2))
        self.variance: Array = np.zeros((0, 3))  # of place, of place with speed, of speed; per axis, in heights
        self.log_size: Array = np.zeros((0, 2))
        self.size_variance: Array = np.zeros(0)

    def __len__(self) -> int:
        return len(self.centre)

    @property
    def boxes(self) -> Array:
        """(N, 4) boxes as predicted or as last updated."""
        return from_centres(self.centre, np.exp(self.log_size))

    @property
    def heights(self) -> Array:
        """(N,) heights in pixels, never below one pixel."""
        return np.maximum(np.exp(self.log_size[:, 1]), 1.0)

    def add(self, boxes: ArrayLike) -> None:
        """Start new targets at `boxes` (K, 4)."""
        array = as_boxes(boxes)
        n, noise = len(array), self.noise
        self.centre = np.concatenate([self.centre, centres(array)])
        self.velocity = np.concatenate([self.velocity, np.zeros((n, 2))])
        start = np.array([[noise.jitter**2, 0.0, noise.start_speed**2]])
        self.variance = np.concatenate([self.variance, np.repeat(start, n, axis=0)])
        self.log_size = np.concatenate([self.log_size, np.log(np.maximum(sizes(array), 1.0))])
        self.size_variance = np.concatenate([self.size_variance, np.full(n, noise.size_jitter**2)])

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Drop the targets where `rows` (N,) is false."""
        self.centre, self.velocity = self.centre[rows], self.velocity[rows]
        self.variance, self.log_size = self.variance[rows], self.log_size[rows]
        self.size_variance = self.size_variance[rows]

    def warp(self, homography: ArrayLike) -> None:
        """Carry all targets from the previous picture into the current one."""
        h = np.asarray(homography, np.float64)
        if not len(self) or np.array_equal(h, np.eye(3)):
            return
        # A step of half a height right and down: its image gives turn and zoom at the target, without derivatives.
        reach = self.heights[:, None] / 2.0
        middle = warp_points(self.centre, h)
        right = (warp_points(self.centre + reach * [1.0, 0.0], h) - middle) / reach
        down = (warp_points(self.centre + reach * [0.0, 1.0], h) - middle) / reach
        zoom = np.sqrt(np.maximum(np.abs(right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]), 1e-6))
        self.centre = middle
        self.velocity = self.velocity[:, :1] * right + self.velocity[:, 1:] * down
        self.log_size = self.log_size + np.log(zoom)[:, None]

    def predict(self, dt: float) -> None:
        """Move all targets `dt` seconds on."""
        q = self.noise.push
        place, cross, speed = self.variance.T
        self.centre = self.centre + self.velocity * dt
        self.variance = np.stack(
            [
                place + 2 * dt * cross + dt * dt * speed + q * dt**3 / 3,
                cross + dt * speed + q * dt**2 / 2,
                speed + q * dt,
            ],
            axis=1,
        )
        self.size_variance = self.size_variance + self.noise.size_drift**2 * dt

    def update(self, rows: NDArray[np.intp], boxes: ArrayLike, trust: ArrayLike = 1.0) -> None:
        """Correct the targets `rows` (K,) by measured `boxes` (K, 4), weak ones less by `trust` in (0, 1]."""
        array = as_boxes(boxes)
        faith = np.broadcast_to(np.asarray(trust, np.float64), (len(array),))
        place, cross, speed = self.variance[rows].T
        gain_place, gain_speed = self._gains(place, cross, faith)
        innovation = centres(array) - self.centre[rows]
        self.centre[rows] += gain_place[:, None] * innovation
        self.velocity[rows] += gain_speed[:, None] * innovation
        self.variance[rows] = np.stack(
            [(1 - gain_place) * place, (1 - gain_place) * cross, speed - gain_speed * cross], axis=1
        )
        old = self.size_variance[rows]
        gain = old / (old + self.noise.size_jitter**2 / faith)
        measured = np.log(np.maximum(sizes(array), 1.0))
        self.log_size[rows] += gain[:, None] * (measured - self.log_size[rows])
        self.size_variance[rows] = (1 - gain) * old

    def _gains(self, place: Array, cross: Array, trust: Array) -> tuple[Array, Array]:
        total = place + self.noise.jitter**2 / trust
        return place / total, cross / total
