"""Cuts are found, pans and flashes are not cuts."""

from __future__ import annotations

import cv2
import numpy as np

from grounding.types import Image
from grounding.video import CutDetector


def scene(seed: int, ground: tuple[int, int, int], *, width: int = 1600, height: int = 300) -> Image:
    """A wide panorama: ground with bands, a stand above, lines and people on it."""
    rng = np.random.default_rng(seed)
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = ground
    for x in range(0, width, 120):
        image[:, x : x + 60] = (image[:, x : x + 60] * 0.93).astype(np.uint8)
    crowd = rng.integers(40, 200, (height // 4 // 6 + 1, width // 6 + 1, 3)).astype(np.uint8)
    image[: height // 4] = cv2.resize(crowd, (width, height // 4), interpolation=cv2.INTER_NEAREST)
    for _ in range(60):
        x, y = int(rng.integers(0, width)), int(rng.integers(height // 4, height - 30))
        cv2.rectangle(image, (x, y), (x + 8, y + 22), tuple(int(v) for v in rng.integers(0, 255, 3)), -1)
    for x in rng.integers(0, width, 6):
        cv2.line(image, (int(x), height // 4), (int(x) + 60, height), (235, 235, 235), 2)
    return image


def view(panorama: Image, x: int) -> Image:
    return panorama[:, x : x + 480]


GRASS = (60, 130, 50)


def cuts(images: list[Image]) -> list[int]:
    detector = CutDetector()
    luma = [np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8) for image in images]
    return [i for i, picture in enumerate(luma) if detector.update(picture)]


def test_a_cut_between_two_cameras_on_the_same_grass() -> None:
    near, far = scene(1, GRASS), scene(2, (58, 126, 50))
    images = [view(near, 10 * i) for i in range(8)] + [view(far, 300 + 10 * i) for i in range(8)]
    assert cuts(images) == [8]


def test_a_cut_to_another_place() -> None:
    images = [view(scene(1, GRASS), 10 * i) for i in range(6)] + [
        view(scene(3, (150, 110, 80)), 10 * i) for i in range(6)
    ]
    assert cuts(images) == [6]


def test_a_fast_pan_is_no_cut() -> None:
    """130 pixels of 480 in a fifth of a second: the whole picture is new in less than one second."""
    panorama = scene(4, GRASS)
    speeds = [0, 10, 40, 90, 130, 130, 130, 130, 90, 40, 10, 0]
    assert cuts([view(panorama, int(x)) for x in np.cumsum(speeds)]) == []


def test_zoom_and_flash_are_no_cuts() -> None:
    panorama = scene(5, GRASS)
    zoomed = [cv2.resize(panorama[6 * i : 300 - 6 * i, 300 + 9 * i : 780 - 9 * i], (480, 300)) for i in range(10)]
    assert cuts([np.asarray(z, np.uint8) for z in zoomed]) == []
    steady = [view(panorama, 2 * i) for i in range(8)]
    steady[4] = np.clip(steady[4].astype(int) + 70, 0, 255).astype(np.uint8)
    assert cuts(steady) == []


def test_noise_and_flat_pictures_are_no_cuts() -> None:
    rng = np.random.default_rng(6)
    base = view(scene(6, GRASS), 0).astype(int)
    noisy = [np.clip(base + rng.normal(0, 12, base.shape), 0, 255).astype(np.uint8) for _ in range(10)]
    assert cuts(noisy) == []
    assert cuts([np.full((90, 160, 3), 30, np.uint8)] * 5) == []


def test_black_to_picture_is_a_cut_and_so_is_another_size() -> None:
    picture = view(scene(7, GRASS), 0)
    assert cuts([np.zeros_like(picture)] * 3 + [picture] * 3) == [3]
    assert cuts([picture, picture, np.ascontiguousarray(picture.transpose(1, 0, 2))]) == [2]
