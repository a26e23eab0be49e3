from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from grounding.geometry import warp_points
from grounding.track.camera import CameraMotion
from grounding.types import Image

WIDTH, HEIGHT = 640, 360
CORNERS = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT], [WIDTH / 2, HEIGHT / 2]], np.float64)


@pytest.fixture(scope="module")
def ground() -> Image:
    """A pitch larger than the picture: faint grass, lines, stands."""
    rng = np.random.default_rng(7)
    noise = rng.normal(0, 10, (600, 1000)).astype(np.float32)
    grass = cv2.GaussianBlur(noise, (0, 0), 1.5) * 3
    picture = np.stack([60 + grass, 130 + grass, 50 + grass], axis=2)
    for x in range(60, 1000, 140):
        cv2.line(picture, (x, 0), (x + 60, 600), (235, 235, 235), 3)
    cv2.circle(picture, (500, 300), 90, (235, 235, 235), 3)
    picture[:60] = rng.uniform(30, 220, (6, 100, 3)).repeat(10, 0).repeat(10, 1)
    return np.clip(picture, 0, 255).astype(np.uint8)


def view(ground: Image, motion: NDArray[np.float64] | None = None) -> Image:
    """The middle of the ground through a camera moved by `motion`, with sensor noise."""
    to_picture = np.array([[1.0, 0, -180], [0, 1.0, -60], [0, 0, 1.0]])
    total = to_picture if motion is None else motion @ to_picture
    seen = cv2.warpPerspective(ground, total, (WIDTH, HEIGHT)).astype(np.float32)
    seen += np.random.default_rng(0 if motion is None else 1).normal(0, 3, seen.shape)
    return np.clip(seen, 0, 255).astype(np.uint8)


def error(found: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(warp_points(CORNERS, found) - warp_points(CORNERS, true), axis=1).max())


def similarity(dx: float, dy: float, zoom: float = 1.0, degrees: float = 0.0) -> NDArray[np.float64]:
    c, s = zoom * np.cos(np.deg2rad(degrees)), zoom * np.sin(np.deg2rad(degrees))
    about = np.array([WIDTH / 2, HEIGHT / 2])
    turn = np.array([[c, -s], [s, c]])
    return np.vstack([np.column_stack([turn, about - turn @ about + [dx, dy]]), [0, 0, 1]])


@pytest.mark.parametrize(
    "motion",
    [
        similarity(12, -3),
        similarity(-80, 4),
        similarity(0, 0, zoom=1.06),
        similarity(5, 2, zoom=0.95, degrees=1.5),
        np.array([[1.01, 0.004, -15], [-0.003, 1.0, 4], [2e-5, -1e-5, 1.0]]),
    ],
    ids=["slow pan", "fast pan", "zoom in", "zoom out and roll", "perspective"],
)
def test_known_motions_are_found(ground: Image, motion: NDArray[np.float64]) -> None:
    camera = CameraMotion()
    np.testing.assert_array_equal(camera.update(view(ground)), np.eye(3))
    assert error(camera.update(view(ground, motion)), motion) < 2.0


def test_a_still_camera_is_exactly_still(ground: Image) -> None:
    camera = CameraMotion()
    camera.update(view(ground))
    np.testing.assert_array_equal(camera.update(view(ground, similarity(0, 0))), np.eye(3))


def test_flat_pictures_give_the_identity() -> None:
    rng = np.random.default_rng(3)
    camera = CameraMotion()
    for _ in range(4):
        flat = np.clip(rng.normal(120, 2, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
        np.testing.assert_array_equal(camera.update(flat), np.eye(3))


def test_unrelated_pictures_give_the_identity(ground: Image) -> None:
    camera = CameraMotion()
    camera.update(view(ground))
    other = np.random.default_rng(5).uniform(0, 255, (HEIGHT // 8, WIDTH // 8, 3)).repeat(8, 0).repeat(8, 1)
    np.testing.assert_array_equal(camera.update(other.astype(np.uint8)), np.eye(3))


def people(picture: Image, left: int) -> tuple[Image, NDArray[np.float64]]:
    """Striped figures that fill half of the picture."""
    picture = picture.copy()
    boxes = [[left + 90 * k, 90, left + 90 * k + 65, 350] for k in range(5)]
    for x1, y1, x2, y2 in boxes:
        stripes = np.arange(y2 - y1)[:, None] // 8 % 2 * 200 + np.arange(x2 - x1) // 6 % 2 * 40
        part = picture[y1:y2, max(x1, 0) : x2]
        part[:] = stripes[:, -part.shape[1] :, None]
    return picture, np.array(boxes, np.float64)


def test_people_who_all_run_one_way_do_not_move_the_camera(ground: Image) -> None:
    camera = CameraMotion()
    first, first_boxes = people(view(ground), 60)
    second, second_boxes = people(view(ground, similarity(0, 0)), 85)
    camera.update(first, first_boxes)
    assert error(camera.update(second, second_boxes), np.eye(3)) < 1.0


def test_a_pan_is_found_behind_people_who_stay_in_the_middle(ground: Image) -> None:
    # The camera follows runners: they stand still in the picture while the ground moves by.
    camera = CameraMotion()
    first, boxes = people(view(ground), 60)
    second, _ = people(view(ground, similarity(-25, 0)), 60)
    camera.update(first, boxes)
    assert error(camera.update(second, boxes), similarity(-25, 0)) < 2.0


def test_a_score_board_does_not_hold_the_camera(ground: Image) -> None:
    def with_board(picture: Image) -> Image:
        picture = picture.copy()
        picture[20:60, 30:250] = 15
        for k, letter in enumerate("FEN 0-0 HAR"):
            cv2.putText(picture, letter, (34 + 19 * k, 50), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (255, 255, 255), 2)
        return picture

    camera = CameraMotion()
    camera.update(with_board(view(ground)))
    assert error(camera.update(with_board(view(ground, similarity(-20, 3)))), similarity(-20, 3)) < 2.0


@pytest.mark.parametrize("seed", range(6))
def test_never_worse_than_none(ground: Image, seed: int) -> None:
    rng = np.random.default_rng(seed)
    true = similarity(rng.normal(0, 30), rng.normal(0, 8), 1 + rng.normal(0, 0.02), rng.normal(0, 0.5))
    camera = CameraMotion()
    camera.update(view(ground))
    second = view(ground, true)
    blur = int(rng.integers(0, 4)) * 6 + 1
    second = np.asarray(cv2.blur(second, (blur, 1)), np.uint8)
    assert error(camera.update(second), true) <= error(np.eye(3), true) + 0.5


def test_a_reset_and_a_new_size_start_afresh(ground: Image) -> None:
    camera = CameraMotion()
    camera.update(view(ground))
    camera.reset()
    np.testing.assert_array_equal(camera.update(view(ground, similarity(20, 0))), np.eye(3))
    tall = np.ascontiguousarray(view(ground)[:, :300])
    np.testing.assert_array_equal(camera.update(tall), np.eye(3))


def test_small_pictures_are_not_scaled(ground: Image) -> None:
    small = np.asarray(cv2.resize(view(ground), (320, 180), interpolation=cv2.INTER_AREA), np.uint8)
    camera = CameraMotion()
    camera.update(small)
    moved = np.roll(small, 6, axis=1)
    found = camera.update(moved)
    assert found[0, 2] == pytest.approx(6, abs=0.5)
