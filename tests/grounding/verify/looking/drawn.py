"""Clips of drawn players, and their tubes, for tests in which a model has to see something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grounding.types import Candidate, Evidence, Image, Span, Tube

COLOURS = {
    "yellow": (235, 220, 40),
    "blue": (40, 60, 220),
    "white": (240, 240, 240),
    "black": (15, 15, 15),
    "purple": (140, 40, 160),
}
WIDTH, HEIGHT = 640, 360
TALL = 90


@dataclass(frozen=True)
class Player:
    """x: middle at second 0; y: top of the head; speed: pixels a second."""

    shirt: str
    x: float
    y: float = 150.0
    speed: float = 0.0

    def box(self, t: float) -> tuple[float, float, float, float]:
        x = self.x + self.speed * t
        return x - 18, self.y, x + 18, self.y + TALL

    def tube(self, start: float, end: float) -> Tube:
        times = np.round(np.arange(start, end, 0.2), 3)
        return Tube(times, np.array([self.box(t) for t in times], np.float32))


def picture(players: Sequence[Player], t: float) -> Image:
    import cv2

    image = np.full((HEIGHT, WIDTH, 3), (60, 130, 60), np.uint8)
    for one in players:
        x1, y1, x2, y2 = (round(value) for value in one.box(t))
        middle = (x1 + x2) // 2
        cv2.circle(image, (middle, y1 + 8), 8, (210, 170, 140), -1)
        cv2.rectangle(image, (x1 + 4, y1 + 16), (x2 - 4, y1 + 50), COLOURS[one.shirt], -1)
        cv2.rectangle(image, (x1 + 7, y1 + 50), (x2 - 7, y1 + 68), (70, 70, 70), -1)
        cv2.rectangle(image, (x1 + 9, y1 + 68), (middle - 2, y2), (210, 170, 140), -1)
        cv2.rectangle(image, (middle + 2, y1 + 68), (x2 - 9, y2), (210, 170, 140), -1)
    return image


def write_film(path: Path, players: Sequence[Player], seconds: int, rate: int = 5) -> Path:
    """A video of them at `rate` pictures a second."""
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "14"}
        for image in film(players, seconds, rate):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def film(players: Sequence[Player], seconds: int, rate: int = 5) -> list[Image]:
    return [picture(players, k / rate) for k in range(seconds * rate)]


def candidate(
    track: int, one: Player, start: float, end: float, *, video: str = "a.mp4", score: float = 0.5, seconds: int = 12
) -> Candidate:
    evidence = [Evidence(s, {"object:person": 0.9}, 0.3) for s in range(int(start), int(np.ceil(end)))]
    return Candidate(video, (track,), Span(start, end), one.tube(0.0, seconds), evidence, score)
