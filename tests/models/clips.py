"""Clips of marked players with a question and its answer: what the small chat model of the tests is trained, rewarded
and judged on.

Players of `players` move over a field; the numbers and the second are drawn by `grounding.verify.looking.marks`, and
the question is put by `grounding.verify.looking.prompts`, as the product does. At most one of the numbered people is
what is looked for, in one stretch of seconds; the others come near it: the same shirt with other shorts, the right
shirt without the ball, the ball with another shirt.
"""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from grounding.types import Box, Image, Span
from grounding.verify.looking.marks import marked
from grounding.verify.looking.prompts import pick_prompt, yes_prompt
from tests.models.players import COLOURS, NUMBERS, POSES, CutOut, Player, caption, cut_out
from tests.models.scenes import KINDS, MOST_PEOPLE, Kind, Scene

WIDTH, HEIGHT = 384, 216
MOST_PICTURES: Final = 8
_SIZES: Final = (0.12, 0.42)
"""Height of people as a share of the picture's."""
_TALL: Final = 100
"""Pixels of 1.8 metres in the drawings that are laid over a field."""
_PERSONS: Final = 3
"""People of each kit; each has a number on the shirt, a build and two drawings of every pose."""
_TONES: Final = ((58, 128, 52), (48, 112, 48), (74, 140, 60), (84, 122, 66))


class Seen(NamedTuple):
    """One person in one picture. number: the red one, or None. box: in pixels of the picture."""

    player: Player
    number: int | None
    box: Box


@dataclass(frozen=True, slots=True)
class Clip:
    """pictures: (H, W, 3) RGB, with marks. ids: the red numbers. seconds: as they are burnt in, one a picture. number,
    span: the true answer, in seconds of the clip, or None where nobody is it. wanted, asked: who is looked for, of
    which only those fields are asked. seen: who is in each picture. text: the true answer where it may be several.
    """

    kind: Kind | Literal["filmed"]
    question: str
    pictures: tuple[Image, ...]
    ids: tuple[int, ...]
    seconds: tuple[int, ...]
    number: int | None
    span: Span | None
    wanted: Player
    asked: frozenset[str]
    seen: tuple[tuple[Seen, ...], ...]
    text: str = ""

    @property
    def prompt(self) -> str:
        """What the product asks."""
        return pick_prompt(self.question, self.ids, self.seconds)

    def yes_prompt(self, number: int) -> str:
        """What the product asks about one of the numbers; "yes" is right for `number` alone."""
        return yes_prompt(self.question, number, self.ids)

    @property
    def answer(self) -> str:
        """The right one, as the prompt wants it: the last second is named, not the one after."""
        if self.text:
            return self.text
        if self.number is None or self.span is None:
            return '{"id": "none"}'
        return f'{{"id": {self.number}, "start": {self.span.start:.0f}, "end": {self.span.end - 1:.0f}}}'

    @property
    def length(self) -> int:
        """Seconds of the clip, as `read_answer` takes them."""
        return self.seconds[-1] + 1


def make_clip(
    seed: int, *, apart: bool = False, kind: Kind | None = None, pictures: int | None = None, people: int | None = None
) -> Clip:
    """The clip of a seed, always the same.

    Args:
        seed: any number that is not negative; clips of training and of judging must not share seeds.
        apart: whether who is looked for wears a pair of colours that is never worn otherwise.
        kind: of the question; any by default.
        pictures: how many, from 2 to 8 by default.
        people: how many are numbered, from 1 to 5 by default.
    """
    rng = np.random.default_rng([seed, int(apart), 51])
    kind = kind or KINDS[int(rng.integers(len(KINDS)))]
    count = pictures or int(rng.integers(2, MOST_PICTURES + 1))
    scene = Scene(rng, kind, count, people or int(rng.integers(1, MOST_PEOPLE + 1)), apart)
    step = 1 if rng.random() < 0.8 else int(rng.integers(2, 4))
    seconds = tuple(range(0, count * step, step))
    stage = _Stage(rng, scene)
    images, seen = [], []
    for k, second in enumerate(seconds):
        image, there = stage.picture(k)
        marks = {one.number: one.box for one in there if one.number is not None}
        images.append(marked(image, marks, second))
        seen.append(there)
    target = scene.target
    holds = [] if target is None else [second for k, second in enumerate(seconds) if scene.holds(target, k)]
    return Clip(
        kind=kind, question=caption(scene.wanted, rng, scene.asked), pictures=tuple(images),
        ids=tuple(sorted(scene.ids.values())), seconds=seconds, number=None if target is None else scene.ids[target],
        span=Span(float(holds[0]), float(holds[-1] + 1)) if holds else None, wanted=scene.wanted, asked=scene.asked,
        seen=tuple(seen),
    )  # fmt: skip


class _Stage:
    """Where everybody of a scene is, and how it looks."""

    def __init__(self, rng: np.random.Generator, scene: Scene) -> None:
        self._rng, self._scene = rng, scene
        count = len(scene.people)
        self._field = _field(rng)
        self._light = float(rng.uniform(0.85, 1.12))
        tall = float(rng.uniform(*_SIZES)) * HEIGHT
        self._tall = np.clip(tall * rng.uniform(0.85, 1.15, count), _SIZES[0] * HEIGHT, 0.48 * HEIGHT)
        slots = (rng.permutation(count) + rng.uniform(0.25, 0.75, count)) / count
        self._x = (0.06 + 0.88 * slots) * WIDTH
        self._speed = rng.uniform(-1, 1, count) * 0.25 * WIDTH / count / len(scene.people[0])
        room = np.maximum(HEIGHT - 8.0 - self._tall - 18, 1.0)  # between a number above and the lower edge
        self._feet = 18 + self._tall + rng.random(count) * room
        self._persons = rng.integers(_PERSONS, size=count)
        self._stays = rng.random(count) < 0.5

    def picture(self, k: int) -> tuple[Image, tuple[Seen, ...]]:
        """Picture k without marks, and who is in it; who is nearer is over who is farther."""
        image, scene, rng = self._field.copy(), self._scene, self._rng
        seen = []
        for person in np.argsort(self._feet).tolist():
            first, end = scene.shown[person]
            numbered = person in scene.ids and first <= k < end
            if person in scene.ids and not numbered and not self._stays[person]:
                continue
            player = scene.people[person][k]
            drawing = _Drawing(
                player.shirt, player.shorts, player.pose, player.ball, int(self._persons[person]), int(rng.integers(2))
            )
            x = float(self._x[person] + self._speed[person] * k + rng.normal(0, 2))
            box = _lay(image, _cut_out(drawing), (x, float(self._feet[person])), float(self._tall[person]) / _TALL)
            seen.append(Seen(player, scene.ids[person] if numbered else None, _shaken(box, rng)))
        return _filmed(image, self._light, rng), tuple(seen)


class _Drawing(NamedTuple):
    shirt: str
    shorts: str
    pose: str
    ball: bool
    person: int
    step: int

    def draw(self) -> CutOut:
        kit = COLOURS.index(self.shirt) * len(COLOURS) + COLOURS.index(self.shorts)
        person = kit * _PERSONS + self.person
        seed = ((person * len(POSES) + POSES.index(self.pose)) * 2 + self.ball) * 2 + self.step
        player = Player(self.shirt, self.shorts, NUMBERS[7 * person % len(NUMBERS)], self.pose, self.ball)
        return cut_out(player, person, seed, _TALL)


_drawn: dict[_Drawing, CutOut] = {}


def _cut_out(drawing: _Drawing) -> CutOut:
    """Drawn when it is first needed."""
    if drawing not in _drawn:
        _drawn[drawing] = drawing.draw()
    return _drawn[drawing]


def draw_everybody(processes: int | None = None) -> None:
    """Draws all players there are beforehand; processes forked afterwards share them."""
    every = [_Drawing(*one) for one in product(COLOURS, COLOURS, POSES, (False, True), range(_PERSONS), range(2))]
    with multiprocessing.get_context("fork").Pool(processes or os.cpu_count(), cv2.setNumThreads, (1,)) as pool:
        _drawn.update(zip(every, pool.map(_Drawing.draw, every, chunksize=50), strict=True))


def _field(rng: np.random.Generator) -> Image:
    """Grass, mown or not, with lines across now and then."""
    base = np.array(_TONES[int(rng.integers(len(_TONES)))]) * rng.uniform(0.85, 1.12)
    wide = int(rng.integers(16, 64))
    stripes = np.arange(WIDTH) // wide % 2 * (float(rng.uniform(3, 14)) if rng.random() < 0.6 else 0.0)
    image = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    image[:] = np.clip(base + stripes[:, None], 0, 255)
    for _ in range(int(rng.integers(3))):
        ends = [(0, int(rng.integers(HEIGHT))), (WIDTH, int(rng.integers(HEIGHT)))]
        cv2.line(image, ends[0], ends[1], (222, 228, 222), int(rng.integers(1, 4)), cv2.LINE_AA)
    return image


def _lay(image: Image, cut: CutOut, foot: tuple[float, float], scale: float) -> Box:
    """Lays a player over the picture, scaled, with the middle of their feet there; where the body is then."""
    tall, wide = (max(2, round(side * scale)) for side in cut.image.shape[:2])
    figure = cv2.resize(cut.image, (wide, tall), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    x1, y1, x2, y2 = (value * scale for value in cut.box)
    left, top = round(foot[0] - (x1 + x2) / 2), round(foot[1] - y2)
    low = max(0, left), max(0, top)
    high = min(image.shape[1], left + wide), min(image.shape[0], top + tall)
    if high[0] > low[0] and high[1] > low[1]:
        part = figure[low[1] - top : high[1] - top, low[0] - left : high[0] - left]
        below = image[low[1] : high[1], low[0] : high[0]]
        rest = cv2.merge([255 - part[..., 3]] * 3)
        below[:] = cv2.add(part[..., :3], cv2.multiply(below, rest, scale=1 / 255))
    return left + x1, top + y1, left + x2, top + y2


def _shaken(box: Box, rng: np.random.Generator) -> Box:
    """As a detector would have it, inside the picture."""
    x1, y1, x2, y2 = np.array(box) + rng.normal(0, 0.02, 4) * (box[3] - box[1])
    x1, x2 = sorted((min(max(0.0, float(x1)), WIDTH - 2.0), min(max(2.0, float(x2)), float(WIDTH))))
    return x1, max(0.0, float(y1)), x2, min(float(HEIGHT), float(y2))


@cache
def _noise(k: int) -> NDArray[np.int16]:
    return np.random.default_rng(k).normal(0, 4, (HEIGHT, WIDTH, 3)).astype(np.int16)


def _filmed(image: Image, light: float, rng: np.random.Generator) -> Image:
    """As a camera and a codec leave it: brighter or darker, noisy, a little soft."""
    lit = cv2.convertScaleAbs(image, alpha=light)
    if rng.random() < 0.3:
        lit = cv2.GaussianBlur(lit, (3, 3), 0.6)
    return np.asarray(cv2.add(lit, _noise(int(rng.integers(16))), dtype=cv2.CV_8U), np.uint8)
