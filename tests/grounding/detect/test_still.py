"""Pictures that need not be looked at again, told from those in which something small moved."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from grounding.detect.still import StillPictures
from grounding.types import Frame, Image
from grounding.video import read_frames


def scene(*, player: tuple[float, float] = (400.0, 200.0), pan: float = 0.0, seed: int = 0) -> Image:
    """A wide shot, 640 x 360: stands, grass, and one far player of 8 x 20 pixels."""
    rng = np.random.default_rng(4)
    ground = cv2.resize(rng.normal(0, 25, (36, 80, 1)), (800, 360)) + 90
    image = np.repeat(ground[..., None], 3, axis=2) * np.array([0.7, 1.3, 0.5])
    shift = np.array([[1, 0, -80 - pan], [0, 1, 0]], np.float64)
    image = cv2.warpAffine(image, shift, (640, 360))
    x, y = player
    corners = np.array([[x, y], [x + 8, y], [x + 8, y + 20], [x, y + 20]]) * 16
    cv2.fillConvexPoly(image, np.rint(corners).astype(np.int32), (200, 40, 40), cv2.LINE_AA, 4)
    noise = np.random.default_rng(seed).normal(0, 2.0, image.shape) if seed else 0.0
    return np.asarray(np.clip(image + noise, 0, 255), np.uint8)


def coded(image: Image, quality: int) -> Image:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def answers(images: list[Image], *, step: float = 0.2, cut_at: int = -1) -> list[bool]:
    still = StillPictures()
    return [still.repeats(Frame(k, k * step, image, cut=k == cut_at)) for k, image in enumerate(images)]


def test_the_same_picture_repeats_whatever_the_compression_does(write_video: Any) -> None:
    """Ten key pictures, each of which is coded anew."""
    still = StillPictures()
    path = write_video("still.mp4", images=[scene()] * 100, fps=25)
    seen = [still.repeats(frame) for frame in read_frames(path)]
    assert len(seen) == 20
    assert seen.count(False) <= 2


def test_grain_of_a_camera_that_averages_out_is_still() -> None:
    assert answers([scene(seed=k) for k in (1, 2, 3)]) == [False, True, True]


@pytest.mark.parametrize("moved", [(0.5, 0.0), (2.0, 0.0), (0.0, 1.0)])
def test_a_far_player_who_takes_a_step_is_seen(moved: tuple[float, float]) -> None:
    after = scene(player=(400 + moved[0], 200 + moved[1]))
    assert answers([coded(scene(), 90), coded(after, 90)]) == [False, False]


def test_a_slow_pan_adds_up() -> None:
    seen = answers([scene(pan=0.1 * k) for k in range(20)])
    assert not seen[0]
    assert 3 <= seen.count(False) <= 19


def test_a_cut_another_size_and_a_long_time_are_looked_at() -> None:
    image = scene()
    assert answers([image] * 3, cut_at=1) == [False, False, True]
    assert answers([image, image[:180], image[:180]]) == [False, False, True]
    seen = answers([image] * 51)
    assert [k for k, again in enumerate(seen) if not again] == [0, 25, 50]
