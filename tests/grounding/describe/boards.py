"""Made readings of score boards, and boards drawn in the styles of broadcasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from grounding.types import BoardReading, BoardText, Image

Write = Callable[[float], str | None]


def reading(t: float, *texts: str, rows: Iterable[float] | None = None) -> BoardReading:
    """Texts side by side from left to right, in one row or with the middle of each given."""
    middles = list(rows) if rows is not None else [50.0] * len(texts)
    boxes = [(100.0 * k, middle - 15, 100.0 * k + 80, middle + 15) for k, middle in enumerate(middles)]
    return BoardReading(t, tuple(BoardText(text, box, 0.99) for text, box in zip(texts, boxes, strict=True)))


def readings(seconds: Iterable[float], *writers: Write) -> list[BoardReading]:
    """One reading for each second, of what each writer says; None from the first is a second without a board."""
    found = []
    for t in seconds:
        texts = [write(t) for write in writers]
        if texts[0] is not None:
            found.append(reading(t, *[text for text in texts if text]))
    return found


def counting(at_zero: float, rate: float = 1.0) -> Write:
    """A clock that says `at_zero` seconds at the start of the video."""

    def write(t: float) -> str:
        whole = int(max(0.0, at_zero + rate * t))
        return f"{whole // 60}:{whole % 60:02d}"

    return write


def drawn(picture: Image, cells: Iterable[tuple[str, int, int, int, str, str]], font: str, size: int) -> Image:
    """Cells of (text, x, y, width, ground, letters) over a picture, as tall as the font needs."""
    panel = Pillow.fromarray(picture)
    draw = ImageDraw.Draw(panel)
    letters = ImageFont.truetype(f"/usr/share/fonts/truetype/dejavu/{font}.ttf", size)
    for text, x, y, width, ground, colour in cells:
        draw.rectangle((x, y, x + width, y + round(1.7 * size)), fill=ground)
        draw.text((x + round(0.4 * size), y + round(0.25 * size)), text, font=letters, fill=colour)
    return np.array(panel, np.uint8)


def moving_ground(t: float, size: tuple[int, int] = (1280, 720), seed: int = 0) -> Image:
    """A blurred ground with some texture that moves with time, as a panning camera sees it."""
    rng = np.random.default_rng(seed)
    width, height = size
    coarse = rng.integers(30, 150, (40, 80, 3), dtype=np.uint8)
    big = cv2.resize(coarse, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
    x, y = int(37 * t) % width, int(11 * t) % height
    return np.ascontiguousarray(big[y : y + height, x : x + width])
