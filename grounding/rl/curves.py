"""Curves of a training run as a picture: one panel for each thing that was logged, with Pillow alone."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from grounding.files import write_bytes

WIDTH: Final = 640
HEIGHT: Final = 150
EDGE: Final = 12
HEAD: Final = 22
_INK: Final = (32, 36, 44)
_PALE: Final = (196, 204, 216)
_LINE: Final = (18, 92, 168)
_WINDOW: Final = 25
"""Steps over which the dark line is the mean."""


def draw(path: Path, curve: Sequence[Mapping[str, float]]) -> None:
    """Writes a PNG: the values of each step pale, their running mean dark. Nothing is written for an empty curve."""
    names = list(dict.fromkeys(name for row in curve for name in row if name != "step"))
    if not names:
        return
    picture = Image.new("RGB", (WIDTH, HEIGHT * len(names)), "white")
    pen = ImageDraw.Draw(picture)
    last = max(row["step"] for row in curve)
    for place, name in enumerate(names):
        points = [(row["step"], row[name]) for row in curve if name in row]
        _panel(pen, HEIGHT * place, name, np.array(points, np.float64), last)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    write_bytes(path, buffer.getvalue())


def _panel(
    pen: ImageDraw.ImageDraw,
    top: int,
    name: str,
    points: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    last: float,
) -> None:
    steps, values = points[:, 0], points[:, 1]
    low, high = float(values.min()), float(values.max())
    room = high - low or 1.0
    x = EDGE + steps / max(last, 1.0) * (WIDTH - 2 * EDGE)
    y = top + HEIGHT - EDGE - (values - low) / room * (HEIGHT - HEAD - EDGE)
    pen.line([(EDGE, top + HEIGHT - EDGE), (WIDTH - EDGE, top + HEIGHT - EDGE)], fill=_PALE)
    pen.text((EDGE, top + 4), f"{name}: {low:.3f} to {high:.3f}, {int(last)} steps", fill=_INK)
    _stroke(pen, x, y, _PALE)
    window = min(_WINDOW, max(1, len(y) // 4))  # what was looked at now and then has few points
    smooth = np.convolve(y, np.ones(window) / window, mode="valid")
    _stroke(pen, x[window - 1 :], smooth, _LINE)


def _stroke(
    pen: ImageDraw.ImageDraw,
    x: np.ndarray[tuple[int], np.dtype[np.float64]],
    y: np.ndarray[tuple[int], np.dtype[np.float64]],
    colour: tuple[int, int, int],
) -> None:
    pen.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=colour, width=1)
