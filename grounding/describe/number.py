"""Reads the number on a player's shirt with PP-OCR's text finder and text recogniser.

The finder says where on the torso there is text; the recogniser gives, along that strip, the chance of each character.
Instead of the likeliest characters, the likeliest of the numbers 0-99 is taken: the chance of a number is summed over
all ways its digits can lie along the strip (Graves et al., "Connectionist temporal classification", 2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.types import Floats, Image
from grounding.weights.runtime import Network, spread

NUMBERS: Final = tuple(str(number) for number in range(100))

_TORSO: Final = (0.12, 0.13, 0.88, 0.55)
"""Where a person's torso is in their box: left, top, right, bottom as shares."""
_FINDER_SIDE: Final = 64
_FOUND: Final = 0.3
_SMALLEST: Final = 4
_GROW: Final = 1.6
"""The finder marks the core of a text; its box is grown by this share of area over perimeter, as it was trained for."""
_HEIGHT: Final = 48
_WIDTHS: Final = (24, 96)
_LEAST: Final = 0.4
_LOOKALIKES: Final = {
    "0": "OoDQ", "1": "Il|i!", "2": "Zz", "4": "A", "5": "Ss", "6": "bG", "7": "T?", "8": "B", "9": "gq",
}  # fmt: skip
"""Characters that the recogniser takes a digit for when the digit is small; on the back of a player they are digits."""

_MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD: Final = np.array([0.229, 0.224, 0.225], np.float32)


class NumberReader:
    """Reads shirt numbers from crops of persons. Safe to use from several threads."""

    def __init__(self) -> None:
        self.finder = Network("ppocr-finder")
        self.recogniser = Network("ppocr-digits")
        self._columns = _digit_columns()

    def read(self, crops: Sequence[Image]) -> list[tuple[str, float] | None]:
        """For each crop (one person's box, RGB) the number from "0" to "99" and its chance as the recogniser sees it.

        On rendered matches readings of 0.5 and more were right 86 times in 100, of 0.9 and more 95 times; what is
        wrong is mostly half a number, its other digit turned away. So let the readings of a track vote.

        None where no number is read with a chance of at least 0.4: turned away, too small (below 8 pixels), hidden.
        """
        return spread(self._read, crops)

    def _read(self, crop: Image) -> tuple[str, float] | None:
        torso = _part(crop, _TORSO)
        if min(torso.shape[:2]) < _SMALLEST:
            return None
        strip = self._find(torso)
        if strip is None:
            return None
        (chances,) = self.recogniser.run({"x": _line(strip)})
        scores = number_chances(chances[0] @ self._columns)
        best = int(np.argmax(scores))
        return (NUMBERS[best], float(scores[best])) if scores[best] >= _LEAST else None

    def _find(self, torso: Image) -> Image | None:
        """The strip of the torso that holds the most text, or None."""
        import cv2

        height, width = torso.shape[:2]
        side = _FINDER_SIDE
        method = cv2.INTER_CUBIC if height < side else cv2.INTER_AREA
        square = cv2.resize(torso, (side, side), interpolation=method)[..., ::-1]
        pixels = ((square / np.float32(255) - _MEAN) / _SPREAD).astype(np.float32).transpose(2, 0, 1)[None]
        (marked,) = self.finder.run({"x": pixels})
        box = _largest_text(marked[0, 0])
        if box is None:
            return None
        scale = np.array([width, height, width, height]) / side
        x1, y1, x2, y2 = np.round(box * scale).astype(int).tolist()
        strip = torso[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)]
        return strip if min(strip.shape[:2]) >= _SMALLEST else None


def number_chances(steps: Floats) -> NDArray[np.float64]:
    """The chance of each of `NUMBERS`, from (T, 11) chances of blank and the ten digits at each step of a line."""
    states, skips, last = _AUTOMATON
    forward = np.zeros(states.shape)
    forward[:, 0] = steps[0, 0]
    forward[:, 1] = steps[0][states[:, 1]]
    for step in steps[1:]:
        moved = forward.copy()
        moved[:, 1:] += forward[:, :-1]
        moved[:, 3] += forward[:, 1] * skips
        forward = moved * step[states]
    rows = np.arange(len(states))
    return forward[rows, last] + forward[rows, last - 1]


def _automaton() -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
    """For each number: its states blank, digit, blank(, digit, blank); 1 where the middle blank may be skipped (the
    digits differ); the last state."""
    states = np.zeros((len(NUMBERS), 5), np.intp)
    for row, number in enumerate(NUMBERS):
        for place, digit in enumerate(number):
            states[row, 1 + 2 * place] = 1 + int(digit)
    last = np.array([2 * len(number) for number in NUMBERS], np.intp)
    return states, (states[:, 1] != states[:, 3]).astype(np.float64), last


_AUTOMATON: Final = _automaton()


def _digit_columns() -> NDArray[np.float32]:
    """Sums the recogniser's columns to blank and ten digits, counting lookalikes as the digit."""
    from grounding.weights.characters import CHARACTERS

    columns = np.zeros((1 + len(CHARACTERS), 11), np.float32)
    columns[0, 0] = 1
    for digit in "0123456789":
        for character in digit + _LOOKALIKES.get(digit, ""):
            columns[1 + CHARACTERS.index(character), 1 + int(digit)] = 1
    return columns


def _largest_text(marked: Floats) -> NDArray[np.float64] | None:
    """x1, y1, x2, y2 of the connected mark with the most certainty in all, grown to the whole text."""
    import cv2

    count, named, stats, _ = cv2.connectedComponentsWithStats((marked > _FOUND).astype(np.uint8))
    certain = np.bincount(named.ravel(), weights=marked.ravel(), minlength=count)
    for mark in np.argsort(-certain[1:]) + 1:
        x, y, width, height = (int(value) for value in stats[mark, :4])
        if min(width, height) >= _SMALLEST:
            grown = _GROW * width * height / (2 * (width + height))
            return np.array([x - grown, y - grown, x + width + grown, y + height + grown])
    return None


def _part(image: Image, shares: tuple[float, float, float, float]) -> Image:
    height, width = image.shape[:2]
    left, top, right, bottom = shares
    return image[int(height * top) : int(height * bottom), int(width * left) : int(width * right)]


def _line(strip: Image) -> Floats:
    """A strip as the recogniser's input, (1, 3, 48, width)."""
    import cv2

    height, width = strip.shape[:2]
    fitted = int(np.clip(round(width / height * _HEIGHT / 8) * 8, *_WIDTHS))
    method = cv2.INTER_CUBIC if height < _HEIGHT else cv2.INTER_AREA
    scaled = cv2.resize(strip, (fitted, _HEIGHT), interpolation=method)[..., ::-1]
    return np.ascontiguousarray((scaled / np.float32(127.5) - 1).transpose(2, 0, 1)[None], np.float32)
