"""What surrounds the field: a strip of advertising boards, and rows of people, as textures."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from grounding.types import Image

ADS: Final = ("NORTHLINE", "APEX", "RIVERBANK", "VOLTA", "KESTREL", "HARBOUR", "ORBIT", "MERIDIAN", "FJORD", "TANGENT")


def boards(rng: np.random.Generator) -> Image:
    """A strip of advertising boards."""
    texture = np.zeros((72, 4096, 3), np.uint8)
    x = 0
    while x < 4096:
        name = ADS[int(rng.integers(len(ADS)))]
        wide = 90 + 46 * len(name)
        back = [(18, 40, 92), (150, 26, 36), (236, 236, 232), (20, 96, 84), (30, 30, 34), (222, 168, 28)][
            int(rng.integers(6))
        ]
        ink = (30, 30, 34) if sum(back) > 380 else (244, 244, 240)
        texture[:, x : x + wide] = back
        cv2.putText(texture, name, (x + 40, 55), cv2.FONT_HERSHEY_DUPLEX, 1.9, ink, 4, cv2.LINE_AA)
        x += wide
    return texture


def crowd(rng: np.random.Generator) -> Image:
    """Rows of seats filled with a crowd, softly lit: seen always far behind the players, never sharp."""
    h, w, row = 480, 3072, 20
    texture = np.zeros((h, w, 3), np.uint8)
    texture[:] = (44, 46, 58)
    for y in range(0, h, row):
        texture[y + row - 4 : y + row] = (70, 72, 80)
        for x in range(0, w, 13):
            if rng.random() < 0.12:
                continue
            at = (x + int(rng.integers(-2, 3)), y + int(rng.integers(-2, 3)))
            coat = rng.integers(30, 190, 3) if rng.random() < 0.6 else np.full(3, rng.integers(30, 200))
            tint = tuple(int(c) for c in coat * 0.7)
            cv2.ellipse(texture, (at[0], at[1] + 16), (6, 9), 0, 0, 360, tint, -1)
            cv2.circle(
                texture,
                (at[0], at[1] + 6),
                4,
                tuple(int(c) for c in np.array((196, 150, 120)) * rng.uniform(0.45, 0.95)),
                -1,
            )
    blurred = cv2.GaussianBlur(texture, (0, 0), 1.6).astype(np.float32)
    fade = np.linspace(0.45, 0.8, h, dtype=np.float32)[:, None, None]
    return np.asarray(np.clip(blurred * fade, 0, 255), np.uint8)
