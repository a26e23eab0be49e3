"""The networks that find and read the texts of a score board, and what goes into and comes out of them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.types import Floats, Image
from grounding.weights.characters import CHARACTERS
from grounding.weights.runtime import Network

SMALLEST: Final = 4
"""Pixels below which nothing is a text."""
_MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD: Final = np.array([0.229, 0.224, 0.225], np.float32)
_FOUND: Final = 0.3
_GROW: Final = 1.6
_HEIGHT: Final = 48
_WIDEST: Final = 320
_SPACE: Final = 0.42
"""Width of a gap over the height of the letters from which it is a space."""


class BoardNetworks:
    """The text finder and the recogniser, loaded unless they are given. Safe to use from several threads."""

    def __init__(self, finder: Network | None = None, recogniser: Network | None = None) -> None:
        self._finder = finder or Network("ppocr-finder")
        self._recogniser = recogniser or Network("ppocr-digits")

    def find(self, image: Image) -> NDArray[np.int64]:
        """(N, 4) x1, y1, x2, y2 of the texts on a picture or a part of it (RGB), row by row."""
        import cv2

        height, width = image.shape[:2]
        fitted = (max(32, -(-width // 32) * 32), max(32, -(-height // 32) * 32))
        padded = cv2.copyMakeBorder(image, 0, fitted[1] - height, 0, fitted[0] - width, cv2.BORDER_REPLICATE)[..., ::-1]
        pixels = ((padded / np.float32(255) - _MEAN) / _SPREAD).astype(np.float32).transpose(2, 0, 1)[None]
        (marked,) = self._finder.run({"x": pixels})
        boxes = _marks(marked[0, 0])
        boxes[:, [0, 2]] = boxes[:, [0, 2]].clip(0, width)
        boxes[:, [1, 3]] = boxes[:, [1, 3]].clip(0, height)
        return boxes[np.lexsort((boxes[:, 0], boxes[:, 1]))]

    def read(self, strip: Image) -> tuple[str, float, list[float]]:
        """The text of one line (RGB), how sure it is, and where its spaces are as shares of the width; "" for none."""
        if min(strip.shape[:2]) < SMALLEST:
            return "", 0.0, []
        (chances,) = self._recogniser.run({"x": _line(strip)})
        return _decoded(chances[0], _gaps(strip))


def _marks(marked: Floats) -> NDArray[np.int64]:
    """(N, 4) boxes of the connected marks of text, grown to the whole text."""
    import cv2

    count, _, stats, _ = cv2.connectedComponentsWithStats((marked > _FOUND).astype(np.uint8))
    boxes = []
    for mark in range(1, count):
        x, y, width, height = (int(value) for value in stats[mark, :4])
        if min(width, height) >= SMALLEST:
            grown = _GROW * width * height / (2 * (width + height))
            boxes.append([x - grown, y - grown, x + width + grown, y + height + grown])
    return np.round(np.array(boxes).reshape(-1, 4)).astype(np.int64)


def _line(strip: Image) -> Floats:
    import cv2

    height, width = strip.shape[:2]
    fitted = int(np.clip(round(width / height * _HEIGHT / 8) * 8, 24, _WIDEST))
    method = cv2.INTER_CUBIC if height < _HEIGHT else cv2.INTER_AREA
    scaled = cv2.resize(strip, (fitted, _HEIGHT), interpolation=method)[..., ::-1]
    return np.ascontiguousarray((scaled / np.float32(127.5) - 1).transpose(2, 0, 1)[None], np.float32)


def _decoded(steps: Floats, gaps: list[float]) -> tuple[str, float, list[float]]:
    """The likeliest characters of (T, 1 + len(CHARACTERS)) chances, with a space at each of `gaps` (shares of the
    width) that lies between two; their mean chance; those gaps."""
    best = steps.argmax(1)
    letters: list[tuple[float, str, float]] = []
    for at, column in enumerate(best.tolist()):
        if column and (at == 0 or column != best[at - 1]):
            letters.append(((at + 0.5) / len(best), CHARACTERS[column - 1], float(steps[at, column])))
    text, spaces = "", []
    for index, (place, letter, _) in enumerate(letters):
        gap = next((gap for gap in gaps if index and letters[index - 1][0] < gap < place), None)
        if gap is not None:
            text += " "
            spaces.append(gap)
        text += letter
    return text, float(np.mean([chance for *_, chance in letters])) if letters else 0.0, spaces


def _gaps(strip: Image) -> list[float]:
    """The middles of the wide gaps between letters, as shares of the strip's width."""
    import cv2

    # The box of a text reaches over the rim of its ground.
    rim = strip.shape[0] // 6
    grey = cv2.cvtColor(np.ascontiguousarray(strip[rim : strip.shape[0] - rim]), cv2.COLOR_RGB2GRAY)
    _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if float(ink.mean()) > 127:  # letters cover less than their ground
        ink = cv2.bitwise_not(ink)
    rows = np.flatnonzero((ink > 0).mean(1) > 0.02)
    columns = (ink > 0).sum(0) > 0
    inked = np.flatnonzero(columns)
    if len(rows) == 0 or len(inked) == 0:
        return []
    tall = rows[-1] - rows[0] + 1
    steps = np.diff(inked)
    wide = np.flatnonzero(steps > _SPACE * tall)
    return [float((inked[i] + inked[i + 1]) / 2 / strip.shape[1]) for i in wide]
