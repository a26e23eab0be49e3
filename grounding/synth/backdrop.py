"""Everything that stands still: the painted ground, advertising boards and stands, as textures on planes in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from grounding.synth.arena import HEIGHT, WIDTH, Arena
from grounding.synth.camera import View
from grounding.synth.sim import Array
from grounding.types import Image

NEAR: Final = 0.4
ADS: Final = ("NORTHLINE", "APEX", "RIVERBANK", "VOLTA", "KESTREL", "HARBOUR", "ORBIT", "MERIDIAN", "FJORD", "TANGENT")


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A textured rectangle. Its corner `origin` is the texture's top left; `along` and `down` are in metres a unit
    of texture width and height. `mips`: the texture at full, half, quarter... size; one of a single pixel is a plain colour. Seen from
    the side of the field only."""

    origin: Array
    along: Array
    down: Array
    mips: tuple[Image, ...]

    def corners(self) -> Array:
        a, b = self.along, self.down
        return np.stack([self.origin, self.origin + a, self.origin + a + b, self.origin + b])

    def faces(self, camera: Array) -> bool:
        return float(np.dot(np.cross(self.along, self.down), self.origin - camera)) > 0


def _plain(r: int, g: int, b: int) -> Image:
    return np.array([[[r, g, b]]], np.uint8)


def _mips(texture: Image, levels: int) -> tuple[Image, ...]:
    out = [texture]
    for _ in range(levels):
        out.append(cv2.pyrDown(out[-1]))
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
    spots = np.array([[*middle, 1.0], [middle[0] + scale, middle[1], 1.0], [middle[0], middle[1] + scale, 1.0]]) @ inverse.T
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
        boards, stands = _boards(rng), _stands(rng, arena)
        depth, rise = (30.0, 17.0) if arena.sport == "football" else (12.0, 7.0)
        dark, grey = _plain(26, 28, 34), _plain(58, 60, 66)
        self.floor = Plane(
            self.ground.origin + (-60.0, 60.0, -0.02), self.ground.along + (120.0, 0.0, 0.0),
            self.ground.down + (0.0, -120.0, 0.0), (_plain(46, 50, 52),),
        )  # fmt: skip
        behind: list[Plane] = []
        for start, along in self._sides(arena.stand_gap + depth):
            behind.append(Plane(start + (0, 0, rise + 40.0), along, np.array([0, 0, -40.0]), (dark,)))
        for start, along in self._sides(arena.stand_gap):
            outward = np.cross(along / np.linalg.norm(along), [0.0, 0.0, 1.0]) * -depth
            top = start + outward + (0, 0, 1.0 + rise)
            behind.append(Plane(top, along, start + (0, 0, 1.0) - top, _mips(stands, 3)))
        for start, along in self._sides(arena.stand_gap):
            behind.append(Plane(start + (0, 0, 1.0), along, np.array([0, 0, -1.0]), (grey,)))
        self.behind = tuple(behind)
        self.boards = tuple(
            Plane(start + (0, 0, 0.95), along, np.array([0, 0, -0.95]), _mips(boards, 3))
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
        inside = (hit[:, 0] > -g) & (hit[:, 0] < self.arena.length + g) & (hit[:, 1] > -g) & (hit[:, 1] < self.arena.width + g)
        return bool(np.all(inside))


class _Pen:
    """Paints lines on a ground texture in metres."""

    def __init__(self, texture: Image, arena: Arena) -> None:
        self.texture, self.arena, self.s = texture, arena, arena.texture_scale

    def at(self, x: float, y: float) -> tuple[int, int]:
        m = self.arena.margin
        return round((x + m) * self.s * 16), round((self.arena.width + m - y) * self.s * 16)

    def line(self, a: tuple[float, float], b: tuple[float, float], width: float, colour: tuple[int, int, int]) -> None:
        cv2.line(self.texture, self.at(*a), self.at(*b), colour, max(1, round(width * self.s)), cv2.LINE_AA, 4)

    def box(self, a: tuple[float, float], b: tuple[float, float], width: float, colour: tuple[int, int, int]) -> None:
        for p, q in (((a[0], a[1]), (b[0], a[1])), ((b[0], a[1]), b), (b, (a[0], b[1])), ((a[0], b[1]), a)):
            self.line(p, q, width, colour)

    def fill(self, a: tuple[float, float], b: tuple[float, float], colour: tuple[int, int, int]) -> None:
        points = [self.at(a[0], a[1]), self.at(b[0], a[1]), self.at(*b), self.at(a[0], b[1])]
        cv2.fillPoly(self.texture, [np.array(points, np.int32)], colour, cv2.LINE_AA, 4)

    def arc(
        self, c: tuple[float, float], radius: float, span: tuple[float, float], width: float, colour: tuple[int, int, int]
    ) -> None:
        """An arc between two angles in degrees, counter-clockwise with y up; width 0 fills it."""
        r = round(radius * self.s * 16)
        angles = np.radians(np.linspace(span[0], span[1], 90))
        cx, cy = self.at(*c)
        points = np.column_stack([cx + r * np.cos(angles), cy - r * np.sin(angles)]).round().astype(np.int32)
        if width == 0:
            cv2.fillPoly(self.texture, [points], colour, cv2.LINE_AA, 4)
        else:
            cv2.polylines(
                self.texture, [points], span[1] - span[0] >= 360, colour, max(1, round(width * self.s)), cv2.LINE_AA, 4
            )


def _blank(arena: Arena, rng: np.random.Generator, colour: tuple[int, int, int], grain: float) -> NDArray[np.float32]:
    """A ground of one colour with grain, patches and light falling off to one side, as float."""
    h = round((arena.width + 2 * arena.margin) * arena.texture_scale)
    w = round((arena.length + 2 * arena.margin) * arena.texture_scale)
    patches = cv2.resize(rng.normal(0, 1, (24, 36)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    fine = cv2.resize(rng.normal(0, 1, (h // 2, w // 2)).astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
    light = np.linspace(0.93, 1.06, w, dtype=np.float32)[None] * np.linspace(0.95, 1.04, h, dtype=np.float32)[:, None]
    field = (light * (1 + 0.02 * patches + grain * fine))[..., None] * np.array(colour, np.float32)
    return np.asarray(field, np.float32)


def football_ground(arena: Arena, rng: np.random.Generator) -> Image:
    """A mown pitch with all its lines, top row at the far side."""
    colour = (66 + int(rng.integers(-6, 7)), 132 + int(rng.integers(-8, 9)), 58 + int(rng.integers(-6, 7)))
    field = _blank(arena, rng, colour, 0.045)
    bands = (np.arange(field.shape[1]) / arena.texture_scale - arena.margin) // 5.25 % 2
    field *= np.where(bands > 0, 0.92, 1.05).astype(np.float32)[None, :, None]
    texture = np.clip(field, 0, 255).astype(np.uint8)
    pen, white, w = _Pen(texture, arena), (226, 232, 222), 0.12
    length, width = arena.length, arena.width
    pen.box((0, 0), (length, width), w, white)
    pen.line((length / 2, 0), (length / 2, width), w, white)
    pen.arc((length / 2, width / 2), 9.15, (0, 360), w, white)
    pen.arc((length / 2, width / 2), 0.25, (0, 360), 0, white)
    for x, s in ((0.0, 1), (length, -1)):
        for deep, half in ((16.5, 20.16), (5.5, 9.16)):
            pen.box((x, width / 2 - half), (x + s * deep, width / 2 + half), w, white)
        pen.arc((x + s * 11, width / 2), 0.22, (0, 360), 0, white)
        middle = 0 if s > 0 else 180
        pen.arc((x + s * 11, width / 2), 9.15, (middle - 53, middle + 53), w, white)
        for y, a in ((0.0, 0 if s > 0 else 90), (width, 270 if s > 0 else 180)):
            pen.arc((x, y), 1.0, (a, a + 90), w, white)
    return texture


def basketball_ground(arena: Arena, rng: np.random.Generator) -> Image:
    """A parquet with all its lines, painted keys and a coloured run-off."""
    field = _blank(arena, rng, (198, 160, 112), 0.02)
    rows = np.arange(field.shape[0]) * 5 // int(arena.texture_scale)
    plank = rng.uniform(0.94, 1.05, rows.max() + 1)[rows].astype(np.float32)
    texture = np.clip(field * plank[:, None, None], 0, 255).astype(np.uint8)
    pen, white, w = _Pen(texture, arena), (240, 240, 236), 0.06
    tone = [(66, 74, 96), (96, 52, 52), (52, 84, 92), (70, 70, 74)][int(rng.integers(4))]
    length, width, m = arena.length, arena.width, arena.margin
    for a, b in (((-m, -m), (length + m, 0)), ((-m, width), (length + m, width + m)), ((-m, -m), (0, width + m)),
                 ((length, -m), (length + m, width + m))):  # fmt: skip
        pen.fill(a, b, tone)
    for x, s in ((0.0, 1), (length, -1)):
        pen.fill((x, width / 2 - 2.45), (x + s * 5.8, width / 2 + 2.45), tone)
        pen.box((x, width / 2 - 2.45), (x + s * 5.8, width / 2 + 2.45), w, white)
        middle = 0 if s > 0 else 180
        pen.arc((x + s * 5.8, width / 2), 1.8, (middle - 90, middle + 90), w, white)
        pen.arc((x + s * 1.575, width / 2), 1.25, (middle - 90, middle + 90), w, white)
        pen.arc((x + s * 1.575, width / 2), 6.75, (middle - 78, middle + 78), w, white)
        for y in (0.9, width - 0.9):
            pen.line((x, y), (x + s * 2.99, y), w, white)
    pen.box((0, 0), (length, width), w, white)
    pen.line((length / 2, 0), (length / 2, width), w, white)
    pen.arc((length / 2, width / 2), 1.8, (0, 360), 0, tone)
    pen.arc((length / 2, width / 2), 1.8, (0, 360), w, white)
    return texture


def _boards(rng: np.random.Generator) -> Image:
    """A strip of advertising boards."""
    texture = np.zeros((72, 4096, 3), np.uint8)
    x = 0
    while x < 4096:
        name = ADS[int(rng.integers(len(ADS)))]
        wide = 90 + 46 * len(name)
        back = [(18, 40, 92), (150, 26, 36), (236, 236, 232), (20, 96, 84), (30, 30, 34), (222, 168, 28)][int(rng.integers(6))]
        ink = (30, 30, 34) if sum(back) > 380 else (244, 244, 240)
        texture[:, x : x + wide] = back
        cv2.putText(texture, name, (x + 40, 55), cv2.FONT_HERSHEY_DUPLEX, 1.9, ink, 4, cv2.LINE_AA)
        x += wide
    return texture


def _stands(rng: np.random.Generator, arena: Arena) -> Image:
    """Rows of seats filled with a crowd, softly lit: seen always far behind the players, never sharp."""
    h, w, row = 480, 3072, 20
    texture = np.zeros((h, w, 3), np.uint8)
    texture[:] = (44, 46, 58)
    for y in range(0, h, row):
        texture[y + row - 4 : y + row] = (70, 72, 80)
        for x in range(0, w, 13):
            if rng.random() < 0.12:
                continue
            at = (x + int(rng.integers(-2, 3)), y + int(rng.integers(-2, 3)))
            coat = rng.integers(30, 190, 3) if rng.random() < 0.6 else np.full(3, rng.integers(30, 200))
            tint = tuple(int(c) for c in coat * 0.7)
            cv2.ellipse(texture, (at[0], at[1] + 16), (6, 9), 0, 0, 360, tint, -1)
            cv2.circle(texture, (at[0], at[1] + 6), 4, tuple(int(c) for c in np.array((196, 150, 120)) * rng.uniform(0.45, 0.95)), -1)
    blurred = cv2.GaussianBlur(texture, (0, 0), 1.6).astype(np.float32)
    fade = np.linspace(0.45, 0.8, h, dtype=np.float32)[:, None, None]
    return np.clip(blurred * fade, 0, 255).astype(np.uint8)
