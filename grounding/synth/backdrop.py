"""Everything that stands still: the painted ground, advertising boards and stands, as textures on planes in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from grounding.synth.arena import HEIGHT, WIDTH, Arena
from grounding.synth.camera import View
from grounding.synth.ground import basketball_ground, football_ground
from grounding.synth.sim import Array
from grounding.synth.stands import boards, crowd
from grounding.types import Image

NEAR: Final = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A textured rectangle, seen from the side of the field only.

    origin: the texture's top left corner; along, down: from there to the other corners, in metres; mips: the texture
    at full, half, quarter... size, one of a single pixel being a plain colour.
    """

    origin: Array
    along: Array
    down: Array
    mips: tuple[Image, ...]

    def corners(self) -> Array:
        a, b = self.along, self.down
        return np.stack([self.origin, self.origin + a, self.origin + a + b, self.origin + b])

    def faces(self, camera: Array) -> bool:
        return float(np.dot(np.cross(self.along, self.down), self.origin - camera)) > 0


def _above(point: Array, metres: float) -> Array:
    return np.asarray(point + np.array([0.0, 0.0, metres]), np.float64)


def _plain(r: int, g: int, b: int) -> Image:
    return np.array([[[r, g, b]]], np.uint8)


def _mips(texture: Image, levels: int) -> tuple[Image, ...]:
    out = [texture]
    for _ in range(levels):
        out.append(np.asarray(cv2.pyrDown(out[-1]), np.uint8))
    return tuple(out)


def clip_near(points: Array, depths: Array) -> Array:
    """Clips a polygon (N, 3) to the side where `depths` (N,) exceed the near distance."""
    return clip(points, depths - NEAR)


def clip(points: Array, inside: Array) -> Array:
    """The part of a polygon (N, 3) where a linear measure of its corners, `inside` (N,), is positive."""
    kept = []
    for i in range(len(points)):
        j = (i + 1) % len(points)
        if inside[i] > 0:
            kept.append(points[i])
        if (inside[i] > 0) != (inside[j] > 0):
            kept.append(points[i] + (points[j] - points[i]) * (inside[i] / (inside[i] - inside[j])))
    return np.array(kept).reshape(-1, 3)


def frustum(seen: Array, focal: float) -> Array:
    """Clips a polygon in camera space to what a little more than the picture shows; nothing projects far outside."""
    seen = clip_near(seen, seen[:, 2])
    for axis, half in ((0, WIDTH * 0.52 / focal), (1, HEIGHT * 0.52 / focal)):
        for sign in (1, -1):
            if len(seen):
                seen = clip(seen, seen[:, 2] * half - sign * seen[:, axis])
    return seen


def draw_plane(image: Image, view: View, plane: Plane, scale: int) -> None:
    """Warps the plane into `image`, which is the picture divided by `scale`."""
    if not plane.faces(view.position):
        return
    seen = (plane.corners() - view.position) @ view.rotation.T
    polygon = frustum(seen, view.focal)
    if len(polygon) < 3:
        return
    size = np.array([WIDTH, HEIGHT])
    outline = (polygon[:, :2] * view.focal / polygon[:, 2:] + size / 2) / scale
    low = np.maximum(np.floor(outline.min(0)), 0).astype(int)
    high = np.minimum(np.ceil(outline.max(0)), size // scale).astype(int)
    if np.any(high - low < 1):
        return
    if plane.mips[0].size == 3:
        colour = tuple(int(c) for c in plane.mips[0].ravel())
        cv2.fillConvexPoly(image, np.round(outline * 16).astype(np.int32), colour, cv2.LINE_AA, 4)
        return
    to_picture = view.plane(plane.origin, plane.along, plane.down)
    mip = plane.mips[_level(to_picture, plane, low, high, scale)]
    shift = np.array([[1 / scale, 0, -low[0]], [0, 1 / scale, -low[1]], [0, 0, 1.0]])
    unit = np.diag([1 / mip.shape[1], 1 / mip.shape[0], 1.0])
    roi = image[low[1] : high[1], low[0] : high[0]]
    matrix = shift @ to_picture @ unit
    if np.all(seen[:, 2] > NEAR):
        cv2.warpPerspective(
            mip, matrix, (roi.shape[1], roi.shape[0]), dst=roi, flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_TRANSPARENT,
        )  # fmt: skip
        return
    # Part of the plane lies behind the camera, where the homography mirrors: paint only inside the clipped outline.
    warped = cv2.warpPerspective(mip, matrix, (roi.shape[1], roi.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros(roi.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(outline - low).astype(np.int32)], 255)
    cv2.copyTo(warped, mask, roi)


def _level(to_picture: Array, plane: Plane, low: NDArray[np.int_], high: NDArray[np.int_], scale: int) -> int:
    """The mip level whose texels are about a pixel in the middle of where the plane is seen."""
    middle = (low + high) / 2 * scale
    inverse = np.linalg.inv(to_picture)
    spots = (
        np.array([[*middle, 1.0], [middle[0] + scale, middle[1], 1.0], [middle[0], middle[1] + scale, 1.0]]) @ inverse.T
    )
    uv = spots[:, :2] / spots[:, 2:]
    texels = np.abs(uv[1:] - uv[0]) * np.array([plane.mips[0].shape[1], plane.mips[0].shape[0]])
    # Seen flat, a texel is much longer than wide: the mean of both keeps thin lines whole without blurring all.
    step = float(np.sqrt(texels[0].max() * texels[1].max()))
    return int(np.clip(np.floor(np.log2(max(step, 1e-3)) + 0.3), 0, len(plane.mips) - 1))


class Backdrop:
    """The still world of one match."""

    def __init__(self, arena: Arena, rng: np.random.Generator) -> None:
        self.arena = arena
        ground = football_ground(arena, rng) if arena.sport == "football" else basketball_ground(arena, rng)
        m = arena.margin
        far = np.array([-m, arena.width + m, 0.0])
        self.ground = Plane(
            far, np.array([arena.length + 2 * m, 0, 0]), np.array([0, -(arena.width + 2 * m), 0]), _mips(ground, 3)
        )
        strip, people = boards(rng), crowd(rng)
        depth, rise = (30.0, 17.0) if arena.sport == "football" else (12.0, 7.0)
        dark, grey = _plain(26, 28, 34), _plain(58, 60, 66)
        self.floor = Plane(
            self.ground.origin + np.array([-60.0, 60.0, -0.02]), self.ground.along + np.array([120.0, 0.0, 0.0]),
            self.ground.down + np.array([0.0, -120.0, 0.0]), (_plain(46, 50, 52),),
        )  # fmt: skip
        behind: list[Plane] = []
        for start, along in self._sides(arena.stand_gap + depth):
            behind.append(Plane(_above(start, rise + 40.0), along, np.array([0, 0, -40.0]), (dark,)))
        for start, along in self._sides(arena.stand_gap):
            outward = np.cross(along / np.linalg.norm(along), [0.0, 0.0, 1.0]) * -depth
            top = _above(start + outward, 1.0 + rise)
            behind.append(Plane(top, along, _above(start, 1.0) - top, _mips(people, 3)))
        for start, along in self._sides(arena.stand_gap):
            behind.append(Plane(_above(start, 1.0), along, np.array([0, 0, -1.0]), (grey,)))
        self.behind = tuple(behind)
        self.boards = tuple(
            Plane(_above(start, 0.95), along, np.array([0, 0, -0.95]), _mips(strip, 3))
            for start, along in self._sides(arena.stand_gap * 0.62)
        )

    def _sides(self, gap: float) -> list[tuple[Array, Array]]:
        """Start and direction of the four sides at a distance from the lines, left to right as seen from the field."""
        a, g = self.arena, gap
        x0, x1, y0, y1 = -g, a.length + g, -g, a.width + g
        return [
            (np.array([x0 - 20.0, y1, 0]), np.array([x1 - x0 + 40.0, 0, 0])),
            (np.array([x1, y1 + 20.0, 0]), np.array([0, -(y1 - y0 + 40.0), 0])),
            (np.array([x1 + 20.0, y0, 0]), np.array([-(x1 - x0 + 40.0), 0, 0])),
            (np.array([x0, y0 - 20.0, 0]), np.array([0, y1 - y0 + 40.0, 0])),
        ]

    def draw(self, image: Image, view: View, scale: int) -> None:
        """Paints the whole background of a view into `image` (the picture divided by `scale`)."""
        if self._fills(view):
            draw_plane(image, view, self.ground, scale)
            return
        image.fill(28)
        for plane in (self.floor, *self.behind, self.ground, *self.boards):
            draw_plane(image, view, plane, scale)

    def _fills(self, view: View) -> bool:
        """Whether the ground alone covers the picture: the corners of the picture all fall on it."""
        corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]) - np.array([WIDTH / 2, HEIGHT / 2])
        rays = np.column_stack([corners / view.focal, np.ones(4)]) @ view.rotation
        if np.any(rays[:, 2] > -1e-3):
            return False
        hit = view.position + rays * (-view.position[2] / rays[:, 2])[:, None]
        g = self.arena.stand_gap * 0.6
        inside = (
            (hit[:, 0] > -g)
            & (hit[:, 0] < self.arena.length + g)
            & (hit[:, 1] > -g)
            & (hit[:, 1] < self.arena.width + g)
        )
        return bool(np.all(inside))
