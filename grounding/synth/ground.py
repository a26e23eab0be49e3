"""The painted grounds: a mown football pitch and a basketball parquet, each with all its lines, as one texture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from grounding.synth.arena import Arena, Rgb
from grounding.types import Image


class _Pen:
    """Paints lines on a ground texture in metres."""

    def __init__(self, texture: Image, arena: Arena) -> None:
        self.texture, self.arena, self.s = texture, arena, arena.texture_scale

    def at(self, x: float, y: float) -> tuple[int, int]:
        m = self.arena.margin
        return round((x + m) * self.s * 16), round((self.arena.width + m - y) * self.s * 16)

    def line(self, a: tuple[float, float], b: tuple[float, float], width: float, colour: Rgb) -> None:
        cv2.line(self.texture, self.at(*a), self.at(*b), colour, max(1, round(width * self.s)), cv2.LINE_AA, 4)

    def box(self, a: tuple[float, float], b: tuple[float, float], width: float, colour: Rgb) -> None:
        for p, q in (((a[0], a[1]), (b[0], a[1])), ((b[0], a[1]), b), (b, (a[0], b[1])), ((a[0], b[1]), a)):
            self.line(p, q, width, colour)

    def fill(self, a: tuple[float, float], b: tuple[float, float], colour: Rgb) -> None:
        points = [self.at(a[0], a[1]), self.at(b[0], a[1]), self.at(*b), self.at(a[0], b[1])]
        cv2.fillPoly(self.texture, [np.array(points, np.int32)], colour, cv2.LINE_AA, 4)

    def arc(
        self,
        c: tuple[float, float],
        radius: float,
        span: tuple[float, float],
        width: float,
        colour: Rgb,
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


def _blank(arena: Arena, rng: np.random.Generator, colour: Rgb, grain: float) -> NDArray[np.float32]:
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
    field = _blank(arena, rng, (214, 188, 152), 0.02)
    rows = np.arange(field.shape[0]) * 5 // int(arena.texture_scale)
    plank = rng.uniform(0.94, 1.05, rows.max() + 1)[rows].astype(np.float32)
    texture: Image = np.asarray(np.clip(field * plank[:, None, None], 0, 255), np.uint8)
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
