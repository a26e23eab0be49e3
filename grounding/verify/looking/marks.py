"""Drawing on pictures what the model answers by: red numbers beside people, and the second in a corner.

Set-of-mark prompting as in STVG-R1 (arXiv 2602.11730): red digits did better than letters, and numbers drawn over a
person cost the model some of its reading. So a number stands above the head or at the feet, never over a shirt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grounding.geometry import boxes_at
from grounding.types import Box, Image, Tube

RED: Final = (235, 0, 0)
_HALO: Final = (255, 255, 255)
_SHARE: Final = 0.06
"""Height of the digits as a share of the picture's shorter side: about 20 pixels of 336."""
_HEIGHTS: Final = (13, 44)
_GAP: Final = 2
_SHIRT: Final = (0.12, 0.58)
"""Where the shirt is in a person's box, from the top."""
_FAR: Final = 1.2
"""Heights of a number from the person at which a thin line joins them."""

Boxes = NDArray[np.float64]


class Mark(NamedTuple):
    """A number as it is drawn: x1, y1, x2, y2 in pixels of the picture. far: a line leads to its person."""

    number: int
    box: tuple[int, int, int, int]
    far: bool


def people_at(tubes: Mapping[int, Tube], t: float, scale: tuple[float, float]) -> dict[int, Box]:
    """Where each numbered person is at `t`, in pixels of the picture; left out who is not seen then.

    scale: pixels of the picture for one of the tubes', across and down.
    """
    found: dict[int, Box] = {}
    for number, tube in tubes.items():
        nearest = float(np.abs(tube.times - t).min())
        if nearest > 1.5 * tube.step:
            continue
        x1, y1, x2, y2 = boxes_at(tube.times, tube.boxes, [t])[0].tolist()
        found[number] = (x1 * scale[0], y1 * scale[1], x2 * scale[0], y2 * scale[1])
    return found


def placed(people: Mapping[int, Box], width: int, height: int) -> list[Mark]:
    """Where the numbers go on a picture of `width` x `height`.

    Above the head if there is room, else at the feet, beside the head, and else as near as can be: inside the picture,
    over no shirt of those numbered, over no other number and not over the second in the corner.
    """
    taken: list[Box] = [second_box(width, height)]
    shirts = [_shirt(box) for box in people.values()]
    marks: list[Mark] = []
    for number, person in sorted(people.items()):
        size = _size(str(number), width, height)
        spots = _inside(_natural(person, size, height), size, width, height)
        free = spots[~_touches(spots, [*taken, *shirts])]
        if not len(free):  # seldom, and the grid is many
            spots = np.concatenate([spots, _inside(_grid(person, size, width, height), size, width, height)])
            free = spots[~_touches(spots, [*taken, *shirts])]
        if not len(free):
            free = spots[~_touches(spots, [_shirt(person)])]
        best = free if len(free) else spots if len(spots) else np.array([[0.0, 0.0, *size]])
        x1, y1, x2, y2 = (round(value) for value in best[0].tolist())
        marks.append(Mark(number, (x1, y1, x2, y2), _apart((x1, y1, x2, y2), person) > _FAR * size[1]))
        taken.append((x1, y1, x2, y2))
    return marks


def second_box(width: int, height: int) -> Box:
    """Where the second is burnt in: the lower left corner; score boards are at the top."""
    wide, tall = _size("00 s", width, height)
    return (0.0, float(height - tall - 2 * _GAP), float(wide + 4 * _GAP), float(height))


def marked(image: Image, people: Mapping[int, Box], second: int) -> Image:
    """A copy of the picture with everybody's number and the second drawn on it."""
    import cv2

    drawn = np.ascontiguousarray(image).copy()
    height, width = drawn.shape[:2]
    for mark in placed(people, width, height):
        if mark.far:
            x1, y1, x2, _ = people[mark.number]
            middle = (round((mark.box[0] + mark.box[2]) / 2), round((mark.box[1] + mark.box[3]) / 2))
            cv2.line(drawn, middle, (round((x1 + x2) / 2), max(0, round(y1))), RED, 1, cv2.LINE_AA)
        _write(drawn, str(mark.number), mark.box, RED, _HALO)
    x1, y1, x2, y2 = (round(value) for value in second_box(width, height))
    drawn[y1:y2, x1:x2] = 0
    _write(drawn, f"{second} s", (x1 + 2 * _GAP, y1 + _GAP, x2, y2 - _GAP), (255, 255, 255), None)
    return drawn


def _write(
    image: Image, text: str, box: tuple[int, int, int, int], colour: tuple[int, ...], halo: tuple[int, ...] | None
) -> None:
    import cv2

    scale, thick = _font(image.shape[1], image.shape[0])
    at = (box[0] + (_GAP if halo else 0), box[3] - (_GAP if halo else 0) - thick // 2)
    if halo:
        cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, halo, thick + 2, cv2.LINE_AA)
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thick, cv2.LINE_AA)


def _font(width: int, height: int) -> tuple[float, int]:
    """(scale, thickness) of OpenCV's simplex font, whose capitals are 21 pixels high at scale 1."""
    tall = float(np.clip(_SHARE * min(width, height), *_HEIGHTS))
    return tall / 21, max(1, round(tall / 8))


def _size(text: str, width: int, height: int) -> tuple[int, int]:
    """Width and height of a text with its halo."""
    import cv2

    scale, thick = _font(width, height)
    (wide, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    return wide + 2 * _GAP, tall + thick + 2 * _GAP


def _shirt(box: Box) -> Box:
    x1, y1, x2, y2 = box
    return x1, y1 + _SHIRT[0] * (y2 - y1), x2, y1 + _SHIRT[1] * (y2 - y1)


def _natural(person: Box, size: tuple[int, int], height: int) -> Boxes:
    """(N, 2) upper left corners for a number near its person, best first."""
    x1, y1, x2, y2 = person
    wide, tall = size
    middle = (x1 + x2 - wide) / 2
    head = [(middle, y1 - tall - _GAP), (x1, y1 - tall - _GAP), (x2 - wide, y1 - tall - _GAP)]
    feet = [(middle, y2 + _GAP)]
    beside = [(x2 + _GAP, y1), (x1 - wide - _GAP, y1), (x2 + _GAP, y2 - tall), (x1 - wide - _GAP, y2 - tall)]
    inside = [(middle, max(0.0, y1)), (middle, min(float(height), y2) - tall)]  # a close-up leaves no room around
    return np.array([*head, *feet, *beside, *inside])


def _grid(person: Box, size: tuple[int, int], width: int, height: int) -> Boxes:
    """(N, 2) upper left corners all over the picture, by their distance from the natural place above the head."""
    wide, tall = size
    across, down = np.meshgrid(
        np.arange(0.0, max(1.0, width - wide + 1), max(4, wide // 2)),
        np.arange(0.0, max(1.0, height - tall + 1), max(4, tall // 2)),
    )
    corners = np.stack([across.ravel(), down.ravel()], axis=1)
    away = np.hypot(corners[:, 0] - (person[0] + person[2] - wide) / 2, corners[:, 1] - (person[1] - tall))
    return corners[np.argsort(away, kind="stable")]


def _inside(corners: Boxes, size: tuple[int, int], width: int, height: int) -> Boxes:
    """(N, 4) the places at those (N, 2) corners that are inside the picture."""
    wide, tall = size
    fits = (corners >= 0).all(axis=1) & (corners[:, 0] + wide <= width) & (corners[:, 1] + tall <= height)
    kept = np.floor(corners[fits])
    return np.concatenate([kept, kept + np.array([wide, tall])], axis=1)


def _touches(spots: Boxes, others: Sequence[Box]) -> NDArray[np.bool_]:
    """(N,) whether each place has a pixel in common with one of the others."""
    taken = np.array(others, np.float64)
    low = np.maximum(spots[:, None, :2], taken[None, :, :2])
    high = np.minimum(spots[:, None, 2:], taken[None, :, 2:])
    common = np.maximum(high - low, 0.0)
    return np.asarray((common[..., 0] * common[..., 1] > 0).any(axis=1), np.bool_)


def _apart(mark: tuple[int, int, int, int], person: Box) -> float:
    """Pixels between a number and its person's box."""
    across = max(person[0] - mark[2], mark[0] - person[2], 0.0)
    down = max(person[1] - mark[3], mark[1] - person[3], 0.0)
    return float(np.hypot(across, down))
