"""The score board in the corner: teams in their colours, score, running clock."""

from __future__ import annotations

import cv2
import numpy as np

from grounding.synth.arena import Arena, Rgb
from grounding.synth.cast import Cast
from grounding.types import Image

_FONT = cv2.FONT_HERSHEY_DUPLEX


class ScoreBoard:
    """Draws the board; the same second and score are drawn once only."""

    def __init__(self, cast: Cast, arena: Arena) -> None:
        self.teams = tuple(name.upper()[:3] for name in cast.teams)
        self.colours: tuple[Rgb, Rgb] = (
            cast.actors[1].shirt_rgb, cast.actors[arena.squad + 1].shirt_rgb,
        )  # fmt: skip
        self._key: tuple[int, int, int] | None = None
        self._panel = np.zeros((44, 396, 3), np.uint8)

    def draw(self, image: Image, score: tuple[int, ...], clock: float) -> None:
        key = (score[0], score[1], int(clock))
        if key != self._key:
            self._panel, self._key = self._paint(*key), key
        h, w = self._panel.shape[:2]
        image[34 : 34 + h, 48 : 48 + w] = self._panel

    def _paint(self, home: int, away: int, clock: int) -> Image:
        panel = np.full((44, 396, 3), (18, 20, 30), np.uint8)
        panel[:, 286:] = (236, 236, 238)
        for x, name, colour in ((0, self.teams[0], self.colours[0]), (196, self.teams[1], self.colours[1])):
            panel[:, x : x + 8] = colour
            cv2.putText(panel, name, (x + 16, 31), _FONT, 0.85, (240, 240, 242), 1, cv2.LINE_AA)
        text = f"{home}-{away}"
        (w, _), _ = cv2.getTextSize(text, _FONT, 0.9, 2)
        cv2.putText(panel, text, (140 - w // 2, 32), _FONT, 0.9, (250, 220, 70), 2, cv2.LINE_AA)
        clock = max(0, clock)
        time = f"{clock // 60:02d}:{clock % 60:02d}"
        cv2.putText(panel, time, (298, 32), _FONT, 0.9, (20, 22, 32), 2, cv2.LINE_AA)
        return panel
