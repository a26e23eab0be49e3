"""Turns motion and camera into pictures, and measures what each picture shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from grounding.synth.arena import HEIGHT, WIDTH, Arena
from grounding.synth.backdrop import Backdrop
from grounding.synth.board import ScoreBoard
from grounding.synth.camera import Style, View
from grounding.synth.cast import Cast
from grounding.synth.figures import gait, perform, skeleton
from grounding.synth.furniture import Furniture
from grounding.synth.paint import SHIFT, Figures, Painter, place
from grounding.synth.sim import DT, Array, Motion
from grounding.types import Image

BALL_RADIUS: Final = {"football": 0.125, "basketball": 0.125}
NEARER: Final = 0.2
"""The ball is painted as if it were so many metres nearer: at somebody's feet it lies before the legs."""
NUMBER_HEIGHT: Final = {"football": (0.27, 0.19), "basketball": (0.26, 0.24)}


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What one picture shows. boxes (P, 4) around each body as drawn, not clipped; inside (P,) the share of that box
    in the picture (0 for bodies behind the camera); visible (P,) the share of the body inside the picture that
    nobody covers; digits (P,) height in pixels of the shirt number seen, 0 if it is turned away; ball (4,) box;
    ball_visible: the share of the ball inside the picture that nobody covers."""

    boxes: Array
    inside: Array
    visible: Array
    digits: Array
    ball: Array
    ball_visible: float


class Renderer:
    """Draws any frame of a match; frames may be asked for in any order."""

    def __init__(self, arena: Arena, cast: Cast, motion: Motion, rng: np.random.Generator, board: ScoreBoard) -> None:
        self.arena, self.cast, self.motion, self.board = arena, cast, motion, board
        self.backdrop = Backdrop(arena, rng)
        self.furniture = Furniture(arena)
        self.painter = Painter(cast.actors, number_height=NUMBER_HEIGHT[arena.sport], vest=arena.sport == "basketball")
        self.sizes = np.array([a.height for a in cast.actors]) / 1.80
        self.builds = np.array([a.body.build for a in cast.actors])
        speed = np.hypot(*motion.velocity().transpose(2, 0, 1))
        taps = np.ones(5) / 5
        self.speed = np.apply_along_axis(lambda v: np.convolve(v, taps, "same"), 0, speed)
        # A stride grows with speed: about 1.4 m walking, 4 m sprinting (two steps).
        stride = 1.1 + 0.38 * self.speed
        start = rng.uniform(0, 2 * np.pi, len(self.sizes))
        self.phase = start + np.cumsum(2 * np.pi * self.speed / stride * DT, axis=0)
        self._noise = [rng.integers(0, 7, (HEIGHT + 64, WIDTH + 64, 3)).astype(np.uint8) for _ in range(2)]

    def bodies(self, frame: int) -> tuple[Array, Array]:
        """World joints (P, 21, 3) and trunk axes (P, 3, 3) at a frame."""
        m, t = self.motion, frame * DT
        pose = gait(self.phase[frame], self.speed[frame], t * 1.9 + np.arange(len(self.sizes), dtype=np.float64))
        for p in np.nonzero(m.act[frame])[0]:
            pose[p] = perform(pose[p], int(m.act[frame, p]), float(m.act_phase[frame, p]), int(m.side[frame, p]), t)
        return skeleton(
            pose, self.sizes * 1.80, m.face[frame].astype(np.float64), m.pos[frame].astype(np.float64),
            m.lift[frame].astype(np.float64),
        )  # fmt: skip

    def draw(self, frame: int, view: View, style: Style) -> Image:
        """The picture of one frame, (720, 1280, 3) RGB."""
        joints, trunk = self.bodies(frame)
        figures = place(view, joints, trunk, self.sizes, self.builds)
        image = self._background(view, style)
        who = self.in_view(figures)
        self.painter.shadows(image, view, joints, who)
        ball = self.motion.ball[frame].astype(np.float64)
        self._paint_things(image, view, figures, who, joints, trunk, ball)
        self.board.draw(image, frame)
        noise = self._noise[frame % 2]
        dy, dx = frame * 17 % 61, frame * 29 % 59
        return np.asarray(cv2.add(image, noise[dy : dy + HEIGHT, dx : dx + WIDTH]), np.uint8)

    def _background(self, view: View, style: Style) -> Image:
        # The grass has little to show at full size, and long lenses blur what is behind: half size looks right and
        # takes a quarter of the time.
        scale = {"wide": 2, "medium": 2, "close": 4, "behind": 2}[style]
        image = np.empty((HEIGHT // scale, WIDTH // scale, 3), np.uint8)
        self.backdrop.draw(image, view, scale)
        if scale > 1:
            return np.asarray(cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR), np.uint8)
        return image

    def _paint_things(
        self, image: Image, view: View, figures: Figures, who: list[int], joints: Array, trunk: Array, ball: Array
    ) -> None:
        """People, ball and goals, the farthest first."""
        outlines = figures.outlines(who)
        things: list[tuple[float, int]] = [(float(figures.depth[p]), p) for p in who]
        things.append((float(view.project(ball)[1]) - NEARER, -1))
        things += [(float(view.project(f)[1]), -2 - i) for i, f in enumerate(self.furniture.feet)]
        for _, p in sorted(things, reverse=True):
            if p >= 0:
                self.painter.figure(image, view, (figures, outlines), p, (joints[p], trunk[p]))
            elif p == -1:
                self._ball(image, view, ball)
            else:
                self.furniture.draw(image, view, -2 - p)

    def _ball(self, image: Image, view: View, ball: Array) -> None:
        centre, depth = view.project(ball)
        if depth < 0.5:
            return
        r = BALL_RADIUS[self.arena.sport] * view.focal / float(depth)
        if not (-r < centre[0] < WIDTH + r and -r < centre[1] < HEIGHT + r):
            return
        football = self.arena.sport == "football"
        shades = (
            ((176, 178, 182), (240, 240, 240), (252, 252, 252))
            if football
            else ((150, 72, 24), (214, 112, 44), (236, 146, 80))
        )
        for colour, share, shift in zip(shades, (1.0, 0.84, 0.4), (0.0, 0.14, 0.36), strict=True):
            x, y = centre - r * shift * np.array([0.7, 0.7])
            cv2.circle(
                image, (round(x * 16), round(y * 16)), max(16, round(r * share * 16)), colour, -1, cv2.LINE_AA, 4
            )
        if r > 5:
            mark = (70, 70, 76) if football else (70, 34, 16)
            spin = ball[0] * 2.0
            for k in range(3):
                a = spin + k * 2.1
                x, y = centre + 0.55 * r * np.array([np.cos(a), np.sin(a)])
                cv2.circle(image, (round(x * 16), round(y * 16)), round(r * 0.2 * 16), mark, -1, cv2.LINE_AA, 4)

    @staticmethod
    def in_view(figures: Figures) -> list[int]:
        """Who is drawn: bodies before the camera whose box touches the picture, the farthest first."""
        b = figures.boxes
        seen = figures.in_front & (b[:, 2] > 0) & (b[:, 0] < WIDTH) & (b[:, 3] > 0) & (b[:, 1] < HEIGHT)
        return sorted((int(p) for p in np.nonzero(seen)[0]), key=lambda p: -figures.depth[p])

    def sight(self, frame: int, view: View) -> Sight:
        """Measures the picture of one frame; draws nothing."""
        joints, trunk = self.bodies(frame)
        figures = place(view, joints, trunk, self.sizes, self.builds)
        who = self.in_view(figures)
        count = len(figures.boxes)
        clipped = np.clip(figures.boxes, 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
        inside = np.zeros(count)
        inside[who] = (_area(clipped) / np.maximum(_area(figures.boxes), 1e-6))[who]
        digits = np.zeros(count)
        for p in who:
            quad = self.painter.number_quad(view, p, joints[p], trunk[p])
            if quad is not None and quad.min() >= 0 and quad[:, 0].max() < WIDTH and quad[:, 1].max() < HEIGHT:
                sides = np.linalg.norm(quad[[3, 2, 1]] - quad[[0, 1, 0]], axis=1)
                # A number turned aside is as hard to read as a smaller one.
                digits[p] = min(float(sides[:2].min()), 1.25 * float(sides[2]))
        ball = self.motion.ball[frame].astype(np.float64)
        centre, depth = view.project(ball)
        r = BALL_RADIUS[self.arena.sport] * view.focal / max(float(depth), 0.5)
        box = np.concatenate([centre - r, centre + r])
        # In the order of painting: who stands before the ball covers it.
        before = [p for p in who if figures.depth[p] < depth - NEARER and _touch(figures.boxes[p], box)]
        seen = self._ball_visible(figures, before, box) if depth >= 0.5 else 0.0
        return Sight(figures.boxes, inside, self._visible(figures, who), digits, box, seen)

    def _ball_visible(self, figures: Figures, before: list[int], box: Array) -> float:
        """The share of the ball's disc that lies in the picture and that none of `before` covers."""
        low = np.floor(box[:2]).astype(int) - 1
        width, height = np.ceil(box[2:]).astype(int) + 1 - low
        disc = np.zeros((height, width), np.uint8)
        centre, r = (box[:2] + box[2:]) / 2 - low, (box[2] - box[0]) / 2
        cv2.circle(disc, (round(centre[0] * 16), round(centre[1] * 16)), max(16, round(r * 16)), 1, -1, cv2.LINE_8, 4)
        whole = cv2.countNonZero(disc)
        for outline, *_ in figures.outlines(before).values():
            self.painter.silhouette(disc, outline - (low << SHIFT).astype(np.int32), 0)
        y, x = np.nonzero(disc)
        inside = (x + low[0] >= 0) & (x + low[0] < WIDTH) & (y + low[1] >= 0) & (y + low[1] < HEIGHT)
        return float(inside.sum()) / max(1, whole)

    def _visible(self, figures: Figures, who: list[int]) -> Array:
        """The uncovered share of each body, from a half-size picture in which every body has its own value."""
        ids = np.zeros((HEIGHT // 2, WIDTH // 2), np.uint8)
        area = np.zeros(len(figures.boxes))
        for p, (outline, *_) in figures.outlines(who).items():
            low = np.clip(np.floor(figures.boxes[p, :2] / 2).astype(int), 0, None)
            high = np.ceil(figures.boxes[p, 2:] / 2).astype(int) + 1
            part = ids[low[1] : high[1], low[0] : high[0]]
            alone = np.zeros_like(part)
            self.painter.silhouette(alone, outline // 2 - (low << SHIFT).astype(np.int32), 1)
            area[p] = cv2.countNonZero(alone)
            part[alone > 0] = p + 1
        seen = np.bincount(ids.ravel(), minlength=len(area) + 1)[1:]
        return np.asarray(seen / np.maximum(area, 1.0), np.float64)


def _touch(a: Array, b: Array) -> bool:
    return bool(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


def _area(boxes: Array) -> Array:
    return np.asarray(np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1), np.float64)
