"""Finds the score board and reads it about once a second.

A board is laid over the picture: its letters stay in place while the picture behind moves. So letters are looked for
where edges along the borders stay the same for some seconds, and only what is found there and reads like a clock is
watched from then on. Of that board a text is read again only when its pixels change. What the texts mean is decided
later, over the whole video (`matchclock`): a single reading may be wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.describe.boardnetworks import SMALLEST, BoardNetworks
from grounding.types import BoardReading, BoardText, Image

LIKE_A_CLOCK: Final = re.compile(
    r"(?<![\d:.])\d{1,3}\s?[:.]\s?\d{2}(?!\d)|\d{1,3}(?:\+\d{1,2})?['´`’]|(?<!\d)\d{1,2}\.\d(?!\d)"
)
"""What makes some text on a picture worth watching."""

_READ_EVERY: Final = 1.0
_SEARCH_AT: Final = (2.0, 5.0, 10.0)
_SEARCH_LATER: Final = 15.0
"""Seconds of a segment after which a board is looked for as long as there is none, and from then on how often."""
_AGAIN: Final = 8.0
"""Seconds without a readable clock after which the board is looked for elsewhere."""
_LAY_OUT_SOON: Final = 3.0
_LAY_OUT_LATER: Final = 20.0
"""Seconds after which a known board is looked at anew for new texts; sooner while its clock stands or is unreadable."""
_BAND: Final = 0.26
"""Share of the picture's height along the upper and the lower border where boards are."""
_STILL: Final = 20
"""Levels of 255 by which a standing pixel may vary."""
_EDGE: Final = 60
_WIDTH: Final = 1280
"""Pictures are brought to about this width for the text finder."""
_MOST_TEXTS: Final = 16
_GROUND: Final = 70
"""Levels by which the ground changes where one text ends and another begins."""
_BESIDE: Final = (0.1, 0.16, 0.84, 0.9)
"""Heights at which most columns of a line show its ground."""
_EVEN: Final = 0.3
"""Width of a piece of even ground over the height of the line; the strokes of letters are narrower."""
_CLEARLY: Final = 40
_CHANGED: Final = 0.01
"""Pixels that clearly differ, over the square of the height, from which a text is read again: a part of a digit."""
_GONE: Final = 0.5
"""Share of the board's pixels that differ when it is not there."""

Part = tuple[int, int, int, int]
"""x1, y1, x2, y2 in pixels."""


@dataclass(slots=True)
class _Field:
    """A text of the board: where it is in the picture, its pixels when last read, and what they said."""

    box: tuple[int, int, int, int]
    pixels: Image
    text: str
    score: float

    @property
    def tells_time(self) -> bool:
        return LIKE_A_CLOCK.search(self.text) is not None


@dataclass(slots=True)
class _Board:
    """A board that is watched: the part of the picture it may grow into, its texts, and how it looked as a whole."""

    region: Part
    fields: list[_Field]
    inner: Part
    look: Image
    laid_out: float
    seen: float
    patience: float = _LAY_OUT_SOON
    clock: str = ""


class BoardWatch:
    """Watches the pictures of a segment for a score board. Pictures come in order, at least two a second."""

    def __init__(self, networks: BoardNetworks) -> None:
        self._networks = networks
        self._begun: float | None = None
        self._bands: list[Image] = []
        self._due = 0.0
        self._searches = list(_SEARCH_AT)
        self._board: _Board | None = None
        self._readings: list[BoardReading] = []

    @property
    def readings(self) -> tuple[BoardReading, ...]:
        """What was read so far, in order of time; nothing for seconds in which no board was seen."""
        return tuple(self._readings)

    def look(self, t: float, image: Image) -> None:
        """Takes in the picture at `t` seconds, (height, width, 3) RGB."""
        if self._begun is None:
            self._begun = self._due = t
        if t < self._due - 1e-6:
            return
        self._due = max(self._due + _READ_EVERY, t + _READ_EVERY / 2)
        board = self._board
        if board is None or t - board.seen > _AGAIN:
            board = self._search(t, image) or board
        self._board = board
        if board is not None:
            self._read(board, t, image)

    def _search(self, t: float, image: Image) -> _Board | None:
        """The board on this picture, looked for at a few times only."""
        self._bands = [*self._bands[-2:], _bands_of(image)]
        assert self._begun is not None
        if len(self._bands) < 3 or t - self._begun < self._searches[0] - 1e-6:
            return None
        self._searches = self._searches[1:] or [t - self._begun + _SEARCH_LATER]
        for part in _still_parts(self._bands, image.shape[0], image.shape[1]):
            fields = self._fields_of(part, image)
            clock = next((field for field in fields if field.tells_time), None)
            if clock is not None:
                self._bands = []
                return self._watched(_together(fields, clock), t, image)
        return None

    @staticmethod
    def _watched(fields: list[_Field], t: float, image: Image) -> _Board:
        inner = _around([field.box for field in fields], 0, 0, image)
        tall = int(np.median([field.box[3] - field.box[1] for field in fields]))
        region = _around([inner], 3 * tall, tall // 2, image)
        return _Board(region, fields, inner, _cut(image, inner).copy(), t, t)

    def _read(self, board: _Board, t: float, image: Image) -> None:
        gone = _differs(_cut(image, board.inner), board.look) > _GONE
        # Hidden, or moved aside by what came in beside it.
        if gone and (t - board.laid_out < board.patience or not self._lay_out(board, t, image)):
            return
        for field in board.fields:
            self._refresh(field, image)
        clock = next((field.text for field in board.fields if field.tells_time), "")
        # New texts come in beside those that are known: added time, a digit more.
        stuck = not clock or clock == board.clock
        if t - board.laid_out >= (board.patience if stuck else _LAY_OUT_LATER):
            clock = self._lay_out(board, t, image)
        if clock and clock != board.clock:
            board.patience = _LAY_OUT_SOON
        board.clock = clock
        if clock:
            board.seen = t
            texts = (BoardText(f.text, _floats(f.box), round(f.score, 3)) for f in board.fields if f.text)
            self._readings.append(BoardReading(round(t, 3), tuple(texts)))

    def _lay_out(self, board: _Board, t: float, image: Image) -> str:
        """Looks for the texts of the board anew; what its clock says, "" where there is none."""
        board.laid_out = t
        board.patience = min(3 * board.patience, _LAY_OUT_LATER)
        fields = self._fields_of(board.region, image)
        clock = next((field for field in fields if field.tells_time), None)
        if clock is None:
            return ""
        board.fields = _together(fields, clock)
        board.inner = _around([field.box for field in board.fields], 0, 0, image)
        board.look = _cut(image, board.inner).copy()
        return clock.text

    def _refresh(self, field: _Field, image: Image) -> None:
        import cv2

        pixels = _cut(image, field.box)
        rim = pixels.shape[0] // 6
        differing = int((cv2.absdiff(pixels, field.pixels)[rim:-rim].max(2) > _CLEARLY).sum())
        if differing >= _CHANGED * pixels.shape[0] ** 2:
            field.pixels = pixels.copy()
            field.text, field.score, _ = self._networks.read(pixels)

    def _fields_of(self, part: Part, image: Image) -> list[_Field]:
        import cv2

        crop, scale = _cut(image, part), _scale(part, image)
        sized = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) if scale != 1 else crop
        boxes = np.round(self._networks.find(np.asarray(sized, np.uint8)) / scale).astype(np.int64)
        fields = []
        for x1, y1, x2, y2 in _apart_in_rows(_single_lines(boxes[:_MOST_TEXTS])).tolist():
            for left, right in _grounds(crop[y1:y2, x1:x2]):
                box = (part[0] + x1 + left, part[1] + y1, part[0] + x1 + right, part[1] + y2)
                fields += self._parted(box, image)
        return fields

    def _parted(self, box: Part, image: Image) -> list[_Field]:
        """A text; in two or three where a clock is among other words, since the clock is read every second."""
        pixels = _cut(image, box).copy()
        text, score, spaces = self._networks.read(pixels)
        clock = LIKE_A_CLOCK.search(text)
        if clock is None or " " not in text.strip():
            return [_Field(box, pixels, text, score)]
        x1, y1, x2, y2 = box
        before = text[: clock.start()].count(" ")
        after = before + clock[0].count(" ")
        edges = [x1]
        edges += [x1 + round(spaces[k] * (x2 - x1)) for k in (before - 1, after) if 0 <= k < len(spaces)]
        parts = [(left, y1, right, y2) for left, right in pairwise([*edges, x2]) if right - left >= SMALLEST]
        cuts = [_cut(image, part).copy() for part in parts]
        return [_Field(part, cut, *self._networks.read(cut)[:2]) for part, cut in zip(parts, cuts, strict=True)]


def _cut(image: Image, part: Part) -> Image:
    x1, y1, x2, y2 = part
    return np.ascontiguousarray(image[y1:y2, x1:x2])


def _floats(box: Part) -> tuple[float, float, float, float]:
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def _around(boxes: list[Part], across: int, down: int, image: Image) -> Part:
    """The box around all, grown, inside the picture."""
    each = np.array(boxes)
    reach = np.array([across, down])
    low, high = each[:, :2].min(0) - reach, each[:, 2:].max(0) + reach
    return (
        max(0, int(low[0])), max(0, int(low[1])),
        min(image.shape[1], int(high[0])), min(image.shape[0], int(high[1])),
    )  # fmt: skip


def _grounds(strip: Image) -> list[tuple[int, int]]:
    """Where a text lies on grounds of different colours, from where to where each goes; a name and a clock side by side
    are two texts, though nothing but their colours parts them."""
    height, width = strip.shape[:2]
    if min(height, width) < SMALLEST:
        return []
    ground = np.median(strip[(np.array(_BESIDE) * height).astype(int)].astype(np.int16), axis=0)
    breaks = np.flatnonzero(np.abs(np.diff(ground, axis=0)).max(1) >= _GROUND / 2) + 1
    even = [(a, b) for a, b in pairwise([0, *breaks.tolist(), width]) if b - a >= _EVEN * height]
    edges = [0]
    for (a, b), (c, d) in pairwise(even):
        if np.abs(np.median(ground[a:b], axis=0) - np.median(ground[c:d], axis=0)).max() >= _GROUND:
            edges.append((b + c) // 2)
    return list(pairwise([*edges, width]))


def _single_lines(boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Boxes that hold a text above another, as the goals of two teams, cut into lines of the usual height."""
    if len(boxes) == 0:
        return boxes
    usual = float(np.median(boxes[:, 3] - boxes[:, 1]))
    lines = []
    for x1, y1, x2, y2 in boxes.tolist():
        count = max(1, round((y2 - y1) / usual)) if y2 - y1 > x2 - x1 else 1
        step = (y2 - y1) / count
        lines += [[x1, round(y1 + k * step), x2, round(y1 + (k + 1) * step)] for k in range(count)]
    return np.array(lines, np.int64).reshape(-1, 4)


def _apart_in_rows(boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Boxes whose texts stand side by side, without the part that the one before has already."""
    boxes = boxes.copy()
    order = np.argsort(boxes[:, 0], kind="stable")
    for at, k in enumerate(order):
        for j in order[:at]:
            shared = min(boxes[j, 3], boxes[k, 3]) - max(boxes[j, 1], boxes[k, 1])
            if 2 * shared > min(boxes[j, 3] - boxes[j, 1], boxes[k, 3] - boxes[k, 1]):
                boxes[k, 0] = min(max(boxes[k, 0], boxes[j, 2]), boxes[k, 2])
    return boxes[boxes[:, 2] - boxes[:, 0] >= SMALLEST]


def _scale(part: Part, image: Image) -> float:
    """Pictures are brought to the size for which the finder sees the letters of boards."""
    return _WIDTH / int(image.shape[1]) * (1.5 if part[3] - part[1] < image.shape[0] // 12 else 1.0)


def _bands_of(image: Image) -> Image:
    """The two bands along the upper and lower border, one above the other, grey and at half the size."""
    import cv2

    band = round(image.shape[0] * _BAND)
    grey = cv2.cvtColor(np.vstack([image[:band], image[-band:]]), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _still_parts(bands: list[Image], height: int, width: int) -> list[Part]:
    """The parts of the picture along the borders where edges stood still, the densest first."""
    import cv2

    stack = np.stack(bands)
    still = (stack.max(0).astype(np.int16) - stack.min(0)) <= _STILL
    across = np.abs(cv2.Sobel(bands[-1], cv2.CV_16S, 1, 0))
    edges = ((across > _EDGE) & still).astype(np.uint8)
    unit = max(3, width // 160)
    joined = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((unit, 3 * unit), np.uint8))
    joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((max(3, unit // 2), unit), np.uint8))
    near = cv2.dilate(joined, np.ones((2 * unit, 5 * unit), np.uint8))
    count, named, stats, _ = cv2.connectedComponentsWithStats(near)
    inked = np.bincount(named.ravel(), weights=edges.ravel().astype(np.float64), minlength=count)
    half = edges.shape[0] // 2
    parts = []
    for mark in (np.argsort(-inked[1:]) + 1)[:4].tolist():
        if inked[mark] < 40:
            break
        x, y, w, h = (int(value) for value in stats[mark, :4])
        for top, offset in ((0, 0), (half, height - 2 * (edges.shape[0] - half))):
            low, high = max(y, top), min(y + h, top + half)
            if high - low >= unit:
                pad = 4 * unit
                parts.append(
                    (
                        max(0, 2 * x - 2 * pad), max(0, 2 * (low - top) + offset - pad),
                        min(width, 2 * (x + w) + 2 * pad), min(height, 2 * (high - top) + offset + pad),
                    )
                )  # fmt: skip
    return parts


def _together(fields: list[_Field], first: _Field) -> list[_Field]:
    """The texts that lie near `first` or near each other: one board."""
    chosen, rest = [first], [field for field in fields if field is not first]
    reach = 3 * (first.box[3] - first.box[1])
    grew = True
    while grew:
        grew = False
        for field in list(rest):
            if any(_apart(field.box, other.box) <= reach for other in chosen):
                chosen.append(field)
                rest.remove(field)
                grew = True
    return chosen


def _apart(a: Part, b: Part) -> float:
    across = max(0, max(a[0], b[0]) - min(a[2], b[2]))
    down = max(0, max(a[1], b[1]) - min(a[3], b[3]))
    return across + 2 * down


def _differs(crop: Image, board: Image) -> float:
    """Share of pixels that clearly differ."""
    import cv2

    if crop.shape != board.shape:
        return 1.0
    return float(np.count_nonzero(cv2.absdiff(crop, board).max(2) > _CLEARLY)) / (crop.size / 3)
