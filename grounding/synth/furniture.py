"""Goals and baskets: thin things that stand on the field and may hide or be hidden."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from grounding.synth.arena import HEIGHT, WIDTH, Arena
from grounding.synth.backdrop import clip_near
from grounding.synth.camera import View
from grounding.synth.sim import Array
from grounding.types import Image

RIM_HEIGHT: Final = 3.05
RIM_IN: Final = 1.575
"""Height of the ring, and its distance from the end line, in metres."""


def rim(arena: Arena, end: int) -> Array:
    """The middle of the ring at the end of smaller (0) or larger (1) x."""
    x = RIM_IN if end == 0 else arena.length - RIM_IN
    return np.array([x, arena.width / 2, RIM_HEIGHT])


class Furniture:
    """The two goals or baskets. `feet`: where each stands, to sort them among the players."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        middle = arena.width / 2
        self.feet = (np.array([0.0, middle, 0.5]), np.array([arena.length, middle, 0.5]))

    def draw(self, image: Image, view: View, end: int) -> None:
        if self.arena.sport == "football":
            self._goal(image, view, end)
        else:
            self._basket(image, view, end)

    def _goal(self, image: Image, view: View, end: int) -> None:
        x = 0.0 if end == 0 else self.arena.length
        out = -2.0 if end == 0 else 2.0
        low, high, top = self.arena.width / 2 - 3.66, self.arena.width / 2 + 3.66, 2.44
        if not _near(view, x, self.arena):
            return
        ends: list[tuple[float, float, float]] = []
        for y in np.linspace(low, high, 19):
            ends += [(x + out, y, 0.0), (x + out * 0.45, y, top)]
        for z in np.linspace(0.0, 1.0, 9):
            d = out * (1 - 0.55 * z)
            ends += [(x + d, low, top * z), (x + d, high, top * z)]
            for y in (low, high):
                ends += [(x + d, y, top * z), (x, y, top * z)]
        _net(image, view, np.array(ends))
        corners = [np.array(p) for p in ((x, low, 0.0), (x, low, top), (x, high, top), (x, high, 0.0))]
        for a, b in pairwise(corners):
            _line(image, view, a, b, 0.15, (150, 152, 156))
            _line(image, view, a, b, 0.12, (242, 242, 242))

    def _basket(self, image: Image, view: View, end: int) -> None:
        centre = rim(self.arena, end)
        if not _near(view, centre[0], self.arena):
            return
        s = 1 if end == 0 else -1
        x, y = (1.2 if end == 0 else self.arena.length - 1.2), self.arena.width / 2
        _line(image, view, np.array([x - s * 2.6, y, 0.0]), np.array([x - s * 2.2, y, 2.9]), 0.26, (52, 56, 66))
        _line(image, view, np.array([x - s * 2.2, y, 2.9]), np.array([x, y, 3.3]), 0.16, (52, 56, 66))
        board = np.array([[x, y + v, 2.9 + h] for v, h in ((-0.9, 0), (0.9, 0), (0.9, 1.05), (-0.9, 1.05))])
        pixels, depth = view.project(board)
        if depth.min() > 0.5:
            outline = np.round(np.clip(pixels, -3000, 4000) * 16).astype(np.int32)
            cv2.fillConvexPoly(image, outline, (222, 226, 230), cv2.LINE_AA, 4)
            cv2.polylines(image, [outline], True, (60, 64, 74), 2, cv2.LINE_AA, 4)
        for v, w in (((-0.3, 3.0), (-0.3, 3.45)), ((-0.3, 3.45), (0.3, 3.45)), ((0.3, 3.45), (0.3, 3.0))):
            _line(
                image,
                view,
                np.array([x + s * 0.01, y + v[0], v[1]]),
                np.array([x + s * 0.01, y + w[0], w[1]]),
                0.05,
                (200, 60, 40),
            )
        around = np.linspace(0, 2 * np.pi, 17)
        circle = np.column_stack([np.cos(around), np.sin(around), np.zeros(17)])
        ring, lower = centre + 0.225 * circle, centre + np.array([0, 0, -0.42]) + 0.12 * circle
        strings = [p for i in range(16) for turn in (1, -1) for p in (ring[i], lower[(i + turn) % 16])]
        _net(image, view, np.array(strings))
        pixels, depth = view.project(ring)
        if depth.min() > 0.5:
            thick = max(1, round(0.035 * view.focal / float(depth.mean())))
            cv2.polylines(image, [np.round(pixels * 16).astype(np.int32)], True, (224, 84, 36), thick, cv2.LINE_AA, 4)


def _net(image: Image, view: View, ends: Array) -> None:
    """Thin half-transparent strings; ends (2N, 3): start and end of each. Nothing if the camera is within the net."""
    pixels, depth = view.project(ends)
    if depth.min() < 0.5 or np.abs(pixels).max() > 8000:
        return
    low = np.clip(np.floor(pixels.min(0)).astype(int) - 2, 0, (WIDTH, HEIGHT))
    high = np.clip(np.ceil(pixels.max(0)).astype(int) + 3, 0, (WIDTH, HEIGHT))
    if np.any(high - low < 2):
        return
    roi = image[low[1] : high[1], low[0] : high[0]]
    layer = roi.copy()
    strings = np.round((pixels - low) * 16).astype(np.int32).reshape(-1, 2, 2)
    cv2.polylines(layer, list(strings), False, (226, 228, 230), 1, cv2.LINE_AA, 4)
    cv2.addWeighted(layer, 0.5, roi, 0.5, 0, dst=roi)


def _near(view: View, x: float, arena: Arena) -> bool:
    """Whether a goal can be in the picture at all."""
    pixels, depth = view.project(np.array([[x, arena.width / 2 + y, z] for y in (-4.0, 4.0) for z in (0.0, 4.0)]))
    if depth.max() < 0.5:
        return False
    low, high = pixels[depth > 0.5].min(0), pixels[depth > 0.5].max(0)
    return bool(high[0] > -100 and low[0] < WIDTH + 100 and high[1] > -100 and low[1] < HEIGHT + 100)


def _line(image: Image, view: View, a: Array, b: Array, width: float, colour: tuple[int, int, int]) -> None:
    """A line in space, clipped at the camera, as thick as it would look."""
    seen = (np.stack([a, b]) - view.position) @ view.rotation.T
    if seen[:, 2].max() < 0.5:
        return
    ends = clip_near(seen, seen[:, 2])[:2]
    pixels = ends[:, :2] * view.focal / ends[:, 2:] + np.array([WIDTH / 2, HEIGHT / 2])
    if np.abs(pixels).max() > 8000:
        return
    thick = max(1, round(width * view.focal / float(ends[:, 2].mean())))
    p, q = np.round(pixels * 16).astype(int)
    cv2.line(image, (int(p[0]), int(p[1])), (int(q[0]), int(q[1])), colour, thick, cv2.LINE_AA, 4)
