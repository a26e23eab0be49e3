"""Clips written by hand: two people who stand still, the second of whom is meant from second 2 to 6."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from grounding.tuning.examples import Example
from grounding.types import Image, Tube

SECONDS = tuple(range(10))


def tube(start: float, end: float, left: float = 0.0) -> Tube:
    times = np.round(np.arange(round(start * 5), round(end * 5)) / 5, 6)
    return Tube(times, np.tile(np.array([left, 10.0, left + 20.0, 50.0], np.float32), (len(times), 1)))


def example(name: str = "clip", *, answered: bool = True, thought: str = "") -> Example:
    tubes = {1: tube(0, 10), 2: tube(0, 10, 100.0)}
    true = (tube(2, 6, 100.0),) if answered else ()
    return Example(name, "player in red", (1, 2), SECONDS, (), tubes, true, "appearance", "made", thought)


def written(folder: Path, one: Example) -> Example:
    """With pictures in files."""
    from grounding.tuning.examples import save

    return save(folder, [(one, pictures(len(one.seconds)))])[0]


def pictures(count: int) -> list[Image]:
    return [np.full((48, 64, 3), 20 * k, np.uint8) for k in range(count)]


class Still:
    """Films of one grey picture, `seconds` long."""

    def __init__(self, seconds: int = 60) -> None:
        self._seconds = seconds

    def size(self, video: str) -> tuple[int, int]:
        return 640, 360

    def pictures(self, video: str, seconds: Sequence[int]) -> Iterator[tuple[int, float, Image]]:
        for second in seconds:
            if second < self._seconds:
                yield second, float(second), np.full((180, 320, 3), 90, np.uint8)
