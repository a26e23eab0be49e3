"""Single players drawn by the match generator, with what is to be said of them: what the small image-text model of the
tests is trained and judged on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import cv2
import numpy as np

from grounding.synth.arena import HEIGHT, KIT_RGB, WIDTH, Rgb
from grounding.synth.camera import View, look_at
from grounding.synth.cast import HAIRS, SKINS, Actor, Body
from grounding.synth.figures import gait, perform, skeleton
from grounding.synth.paint import Painter, place
from grounding.synth.render import BALL_RADIUS
from grounding.synth.sim import Act, Array
from grounding.types import Box, Image

COLOURS: Final = ("red", "orange", "yellow", "green", "light blue", "blue", "purple", "pink", "black", "white")
POSES: Final = ("standing", "running", "kicking", "diving", "arms raised")
NUMBERS: Final = tuple(range(1, 24))
_ACTS: Final = {"kicking": (Act.KICK, 0.5), "diving": (Act.DIVE, 0.5), "arms raised": (Act.RAISE, 0.5)}
_SAID: Final = {
    "standing": ("standing", "standing still"), "running": ("running", "sprinting"), "kicking": ("kicking",),
    "diving": ("diving",), "arms raised": ("arms raised", "with arms raised", "raising the arms"),
}  # fmt: skip
_WHO: Final = ("a player", "player", "footballer", "a footballer")
_GRASS: Final[tuple[Rgb, ...]] = ((58, 128, 52), (48, 112, 48), (74, 140, 60))
_REACH: Final = 320
"""Pixels from the middle to which anything of a body or of its surroundings reaches."""
_WOOD: Final[tuple[Rgb, ...]] = ((196, 152, 98), (176, 130, 84))


class CutOut(NamedTuple):
    """A player without a field, to be laid over any picture.

    image (H, W, 4): colours already multiplied by the last channel, how much they cover (0..255), shadow and ball
    included. box: x1, y1, x2, y2 of the body alone, in pixels of the image.
    """

    image: Image
    box: Box


class Player(NamedTuple):
    """What can be asked for."""

    shirt: str
    shorts: str
    number: int
    pose: str
    ball: bool


@dataclass(frozen=True, slots=True)
class Split:
    """train; unseen: combinations never trained, of pairs that are; apart: of shirt and shorts never seen together."""

    train: tuple[Player, ...]
    unseen: tuple[Player, ...]
    apart: tuple[Player, ...]


@cache
def split() -> Split:
    """Always the same: a tenth of the combinations and ten pairs of colours are kept back, 500 of each are judged."""
    rng = np.random.default_rng(20)
    pairs = [(shirt, shorts) for shirt in COLOURS for shorts in COLOURS]
    kept = {pairs[k] for k in rng.permutation(len(pairs))[:10]}
    every = [
        Player(shirt, shorts, number, pose, ball)
        for shirt, shorts in pairs for number in NUMBERS for pose in POSES for ball in (False, True)
    ]  # fmt: skip
    rest = [one for one in every if one[:2] not in kept]
    apart = [one for one in every if one[:2] in kept]
    order = rng.permutation(len(rest))
    tenth = len(rest) // 10
    return Split(
        train=tuple(rest[k] for k in order[tenth:]),
        unseen=tuple(rest[k] for k in order[:500]),
        apart=tuple(apart[k] for k in rng.permutation(len(apart))[:500]),
    )


def caption(player: Player, rng: np.random.Generator, said: frozenset[str] = frozenset(Player._fields)) -> str:
    """A sentence that says what is in `said`, and nothing else."""

    def one(options: tuple[str, ...]) -> str:
        return options[int(rng.integers(len(options)))]

    worn = []
    if "shirt" in said:
        bare = (player.shirt,) if "shorts" not in said else ()
        worn.append(one((f"{player.shirt} shirt", f"{player.shirt} jersey", f"{player.shirt} top", *bare)))
    if "shorts" in said:
        worn.append(f"{player.shorts} shorts")
    parts = [one(_WHO) + (" in " + " and ".join(worn) if worn else "")]
    if "number" in said:
        parts.append(one((f"number {player.number}", f"no {player.number}", f"wearing number {player.number}")))
    if "pose" in said:
        parts.append(one(_SAID[player.pose]))
    if "ball" in said:
        parts.append(one(("with the ball", "with ball") if player.ball else ("no ball", "without the ball")))
    return (" " if rng.random() < 0.5 else ", ").join(parts)


def draw(player: Player, seed: int, side: int) -> Image:
    """(side, side, 3): the player, of any build, from any side that shows the number, somewhere on a field."""
    rng = np.random.default_rng(seed)
    image = _field(rng)
    actor = _actor(player, rng)
    view = _camera(float(rng.uniform(14, 30)), float(rng.uniform(1.5, 12)), float(rng.uniform(70, 190)))
    box = _paint((image,), view, player, actor, rng)
    return _finish(_crop(image, box, rng), side, rng)


def cut_out(player: Player, person: int, seed: int, tall: float) -> CutOut:
    """The player as `draw` has them, but from a stand. person: decides on build, skin, hair and shades of the kit.
    tall: pixels of 1.8 metres."""
    rng = np.random.default_rng(seed)
    actor = _actor(player, np.random.default_rng(person))
    view = _camera(float(rng.uniform(16, 26)), float(rng.uniform(3, 9)), tall)
    reach = round(1.6 * tall)  # from the middle, as far as a shadow falls and a ball lies
    top, left = max(0, HEIGHT // 2 - reach), max(0, WIDTH // 2 - reach)
    near = np.s_[top : HEIGHT // 2 + reach, left : WIDTH // 2 + reach]
    whole = [np.empty((HEIGHT, WIDTH, 3), np.uint8) for _ in range(2)]  # as large as the painter takes for granted
    for image, tone in zip(whole, (0, 255), strict=True):
        image[near] = tone
    x1, y1, x2, y2 = _paint(tuple(whole), view, player, actor, rng).tolist()
    black, white = (image[near] for image in whole)
    # What differs between the two is how much of what lies below is seen.
    cover = 255 - (white - black).max(axis=2)
    across, down = (np.flatnonzero(cover.any(axis=axis)) for axis in (0, 1))
    inside = np.s_[int(down[0]) : int(down[-1]) + 1, int(across[0]) : int(across[-1]) + 1]
    left, top = left + int(across[0]), top + int(down[0])
    return CutOut(
        np.concatenate([black[inside], cover[inside][..., None]], axis=2), (x1 - left, y1 - top, x2 - left, y2 - top)
    )


def _paint(images: tuple[Image, ...], view: View, player: Player, actor: Actor, rng: np.random.Generator) -> Array:
    """The same player on each of the pictures; where the body is, x1, y1, x2, y2."""
    joints, trunk = _body(player, actor, rng)
    painter = Painter((actor,), number_height=(0.36, 0.30), vest=False)  # large, as the picture is small
    figures = place(view, joints, trunk, np.array([actor.height / 1.8]), np.array([actor.body.build]))
    ball = _ball(view, joints[0], rng) if player.ball else None
    for image in images:
        painter.shadows(image, view, joints, [0])
        painter.figure(image, view, (figures, figures.outlines([0])), 0, (joints[0], trunk[0]))
        if ball is not None:
            middle, radius = ball
            cv2.circle(image, middle, round(radius * 16), (246, 246, 246), -1, cv2.LINE_AA, 4)
            cv2.circle(image, middle, round(radius * 5), (60, 60, 66), -1, cv2.LINE_AA, 4)
    return np.asarray(figures.boxes[0], np.float64)


def _actor(player: Player, rng: np.random.Generator) -> Actor:
    def shade(name: str) -> Rgb:
        r, g, b = (int(v) for v in np.clip(np.array(KIT_RGB[name]) + rng.integers(-12, 13, 3), 0, 255))
        return r, g, b

    shirt, shorts = shade(player.shirt), shade(player.shorts)
    body = Body(SKINS[int(rng.integers(len(SKINS)))], HAIRS[int(rng.integers(len(HAIRS)))],
                float(rng.uniform(1.68, 1.95)), float(rng.uniform(0.92, 1.12)))  # fmt: skip
    return Actor(
        id=int(rng.integers(50)), team=0, role="player", number=player.number, shirt=player.shirt,
        shorts=player.shorts, shirt_rgb=shirt, shorts_rgb=shorts, sock_rgb=shirt if rng.random() < 0.6 else shorts,
        trim_rgb=shorts if rng.random() < 0.5 else shirt, body=body,
    )  # fmt: skip


def _camera(away: float, above: float, tall: float) -> View:
    """From the stand, so many metres away and above; a body is `tall` pixels high."""
    position = np.array([0.0, -away, above])
    return look_at(position, np.array([0.0, 0.0, 0.9]), tall / 1.8 * float(np.linalg.norm(position)))


def _body(player: Player, actor: Actor, rng: np.random.Generator) -> tuple[Array, Array]:
    speed = {"running": float(rng.uniform(5.0, 8.0)), "kicking": float(rng.uniform(0, 4))}.get(player.pose, 0.0)
    pose = gait(rng.uniform(0, 2 * np.pi, 1), np.array([speed]), rng.uniform(0, 6, 1))
    if player.pose in _ACTS:
        act, phase = _ACTS[player.pose]
        side = 1 if rng.random() < 0.5 else -1
        pose[0] = perform(pose[0], int(act), phase + float(rng.uniform(-0.06, 0.06)), side, float(rng.uniform(0, 3)))
    # Chest or back to the camera, more or less: the number must be there to be seen.
    heading = -np.pi / 2 + (np.pi if rng.random() < 0.5 else 0.0) + float(rng.uniform(-0.5, 0.5))
    return skeleton(pose, np.array([actor.height]), np.array([heading]), np.zeros((1, 2)), np.zeros(1))


def _field(rng: np.random.Generator) -> Image:
    """Grass, mown or not, or a wooden floor, with a line across now and then."""
    tones = _GRASS if rng.random() < 0.8 else _WOOD
    base = np.array(tones[int(rng.integers(len(tones)))]) * rng.uniform(0.8, 1.15)
    stripes = np.arange(WIDTH) // int(rng.integers(30, 90)) % 2 * (rng.uniform(4, 14) if rng.random() < 0.6 else 0.0)
    row = np.clip(base + stripes[:, None], 0, 255).astype(np.uint8)
    image = np.empty((HEIGHT, WIDTH, 3), np.uint8)  # as large as the painter takes for granted
    image[HEIGHT // 2 - _REACH : HEIGHT // 2 + _REACH] = row
    if rng.random() < 0.3:
        ends = [(0, int(rng.integers(HEIGHT))), (WIDTH, int(rng.integers(HEIGHT)))]
        cv2.line(image, ends[0], ends[1], (226, 230, 226), int(rng.integers(2, 6)), cv2.LINE_AA)
    return image


def _ball(view: View, joints: Array, rng: np.random.Generator) -> tuple[tuple[int, int], float]:
    """Its middle in sixteenths of a pixel, and its radius in pixels: beside one of the feet."""
    foot = joints[:, :2].mean(0) + np.array([rng.choice([-1.0, 1.0]) * rng.uniform(0.35, 0.7), -rng.uniform(0, 0.3)])
    centre, depth = view.project(np.array([*foot, BALL_RADIUS["football"]]))
    radius = BALL_RADIUS["football"] * 1.1 * view.focal / float(depth)
    return (round(float(centre[0]) * 16), round(float(centre[1]) * 16)), radius


def _crop(image: Image, box: Array, rng: np.random.Generator) -> Image:
    """A square around the body with some of what is beside it, as a detector and its margin would give."""
    x1, y1, x2, y2 = (float(v) for v in box)
    side = max(x2 - x1, y2 - y1) * float(rng.uniform(1.06, 1.3))
    x = (x1 + x2) / 2 + side * float(rng.uniform(-0.05, 0.05)) - side / 2
    y = (y1 + y2) / 2 + side * float(rng.uniform(-0.05, 0.05)) - side / 2
    return image[max(0, round(y)) : round(y + side), max(0, round(x)) : round(x + side)]


def _finish(crop: Image, side: int, rng: np.random.Generator) -> Image:
    """Scaled, then as a camera and a codec leave it: brighter or darker, noisy, a little soft."""
    scaled = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA if len(crop) > side else cv2.INTER_LINEAR)
    noisy = scaled.astype(np.float32) * rng.uniform(0.85, 1.12) + rng.normal(0, 4, scaled.shape)
    if rng.random() < 0.3:
        noisy = np.asarray(cv2.GaussianBlur(noisy, (3, 3), 0.6))
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)
