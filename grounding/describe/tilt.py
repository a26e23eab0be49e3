"""How steeply a camera looks down on the people of a shot, told by how their heights grow with their feet's place.

On level ground everybody's feet are as far below the horizon as the camera is high, in their own body heights. So
heights against feet make a line whose slope tells the camera's height. How much ground a step up the picture is follows
from that, from how tall somebody is seen, and from the focal length. People tell the focal length, too: over a match
they move about as much into the picture as usual against across it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from grounding.describe.motion import Movement
    from grounding.types import Tube

    Array = NDArray[np.float64]

FOCAL: Final = 2.2
"""Usual focal length in picture widths: cameras of matches have 1.4 to 5."""
ACROSS: Final = 1.45
"""How much faster people move across the picture than into it, on the whole of a match."""
_FOCAL_BELIEF: Final = 30.0
"""Seconds of people moving that the usual focal length is worth."""
_FAR_OFF = 0.3
"""Close-ups show too few people for the height of their camera: where somebody is taller than this share of the
picture's height they do not help to tell the focal length."""
USUAL: Final = 6.0
"""Height of a camera in body heights where a shot does not tell."""
_BELIEF: Final = 0.3
"""What the usual height is worth: so many people who stand a body height before or behind the mean in the picture."""
_EACH: Final = 0.1
"""What one picture of somebody is worth: the next ones tell hardly anything new."""
_LEAST, _MOST = 1.4, 16.0
_EDGE = 3.0
_WIDEST = 0.75
_TRIM = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Tilt:
    """How the cameras of a video look down.

    cameras: shot → height of its camera over the ground, in body heights; shot_of: time → shot; width: of the picture
    in pixels; focal: focal length in picture widths.
    """

    cameras: Mapping[int, float]
    shot_of: Callable[[float], int]
    width: float
    focal: float = FOCAL

    def depth(self, t: float, height: float) -> float:
        """How much farther over the ground a step up the picture is than the same step across it, for somebody seen
        `height` pixels high at `t` seconds."""
        camera = self.cameras.get(self.shot_of(t), USUAL)
        return float(np.clip(self.focal * self.width / (camera * max(1.0, height)), _LEAST, _MOST))

    def slope(self, t: float) -> float:
        """By how many pixels somebody is seen taller whose feet are one pixel lower in the picture, at `t` seconds."""
        return 1.0 / self.cameras.get(self.shot_of(t), USUAL)

    def focused(self, people: Iterable[tuple[Mapping[int, Movement], Mapping[int, float]]]) -> Tilt:
        """With the focal length that makes people move into the picture as fast as they usually do.

        people: second → movement as if looked down on from right above (a depth of 1), and second → height in pixels.
        """
        speeds: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for moved, heights in people:
            for second, movement in moved.items():
                shot, height = self.shot_of(second + 0.5), heights[second]
                if shot in self.cameras and not movement.by_size and height < _FAR_OFF * self.width * 9 / 16:
                    step = self.width / (self.cameras[shot] * height)
                    speeds[shot].append((abs(movement.across), abs(movement.away) * step))
        told = [(_FOCAL_BELIEF, float(np.log(FOCAL)))]
        for own in speeds.values():
            across, away = np.mean(own, axis=0)
            if across > 0 and away > 0:
                told.append((float(len(own)), float(np.log(across / (ACROSS * away)))))
        # The middle one: a shot of a crowd that seems to move with the camera would spoil a mean.
        told.sort(key=lambda shot: shot[1])
        reached = np.cumsum([count for count, _ in told])
        return replace(self, focal=float(np.exp(told[int(np.searchsorted(reached, reached[-1] / 2))][1])))


def heights_by_second(tube: Tube) -> dict[int, float]:
    """Median height in pixels in each whole second of a tube."""
    seconds = np.floor(tube.times + 1e-6).astype(np.int64)
    heights = (tube.boxes[:, 3] - tube.boxes[:, 1]).astype(np.float64)
    return {int(s): float(np.median(heights[seconds == s])) for s in np.unique(seconds)}


def tilt_of(people: Iterable[Tube], shot_of: Callable[[float], int], size: tuple[int, int]) -> Tilt:
    """The cameras of a video. people: their tubes on one grid of times; size: width and height of the picture."""
    rows: dict[int, list[Array]] = {}
    for tube in people:
        boxes = tube.boxes.astype(np.float64)
        for shot, part in _by_shot(tube, shot_of):
            marks = np.rint(tube.times[part] / tube.step)
            rows.setdefault(shot, []).append(_upright(marks, boxes[part], size))
    cameras = {shot: _camera(np.concatenate(found)) for shot, found in rows.items()}
    return Tilt(cameras, shot_of, float(size[0]))


def _by_shot(tube: Tube, shot_of: Callable[[float], int]) -> Iterable[tuple[int, NDArray[np.intp]]]:
    shots = np.array([shot_of(float(t)) for t in tube.times])
    for shot in np.unique(shots):
        yield int(shot), np.flatnonzero(shots == shot)


def _upright(marks: Array, boxes: Array, size: tuple[int, int]) -> Array:
    """(N, 3) time, feet and height of those who are wholly in the picture and not on the ground."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    inside = (boxes[:, :2] > _EDGE).all(1) & (boxes[:, 2] < size[0] - _EDGE) & (boxes[:, 3] < size[1] - _EDGE)
    keep = inside & (width < _WIDEST * height)
    return np.stack([marks[keep], boxes[keep, 3], height[keep]], 1)


def _camera(rows: Array) -> float:
    """Height of the camera: one over the slope of heights against feet, both taken within each picture."""
    if len(rows) < 3:
        return USUAL
    tall = float(np.median(rows[:, 2]))
    _, at, count = np.unique(rows[:, 0], return_inverse=True, return_counts=True)
    keep = np.ones(len(rows), bool)
    slope = 1.0 / USUAL
    for _ in range(3):
        n = np.maximum(1, np.bincount(at[keep], minlength=len(count)))
        feet, heights = (rows[:, k] - np.bincount(at[keep], rows[keep, k], len(n))[at] / n[at] for k in (1, 2))
        weight = _EACH / tall**2
        above = float((feet[keep] * heights[keep]).sum() * weight + _BELIEF / USUAL)
        below = float((feet[keep] ** 2).sum() * weight + _BELIEF)
        slope = max(1.0 / 40.0, above / below)
        off = np.abs(heights - slope * feet)
        keep = off <= max(_TRIM * float(np.median(off)) * 1.48, 0.02 * tall)
    return 1.0 / slope
