"""Body points on a real person, and the decoding on made-up heads."""

from __future__ import annotations

import numpy as np
import pytest

from grounding.describe.pose import KEYPOINTS, PoseEstimator, decode
from grounding.types import Image
from tests.grounding.real_pictures import CYCLIST, cyclist


@pytest.fixture(scope="module")
def street() -> Image:
    return cyclist()


@pytest.fixture(scope="module")
def estimator() -> PoseEstimator:
    return PoseEstimator()


def test_the_body_is_the_right_way_up(estimator: PoseEstimator, street: Image) -> None:
    points = estimator.estimate(street, CYCLIST)
    assert points.shape == (1, 17, 3)
    at = dict(zip(KEYPOINTS, points[0], strict=True))
    assert at["nose"][2] > 0.4
    assert at["nose"][1] < at["left shoulder"][1] < at["left hip"][1] < at["left knee"][1]
    np.testing.assert_allclose(at["nose"][:2], [428, 42], atol=14)
    assert np.all((points[0, 5:13, 0] > 340) & (points[0, 5:13, 0] < 500))


def test_points_move_with_the_picture(estimator: PoseEstimator, street: Image) -> None:
    shifted = np.pad(street, ((40, 0), (60, 0), (0, 0)))
    offset = np.array([60, 40, 60, 40], np.float32)
    before, after = estimator.estimate(street, CYCLIST)[0], estimator.estimate(shifted, CYCLIST + offset)[0]
    np.testing.assert_allclose(after[:, :2], before[:, :2] + offset[:2], atol=3)


def test_a_box_over_the_edge_and_no_box(estimator: PoseEstimator, street: Image) -> None:
    beyond = np.array([[600, 200, 700, 400], [900, 900, 950, 990]], np.float32)
    assert np.all(np.isfinite(estimator.estimate(street, beyond)))
    assert estimator.estimate(street, np.zeros((0, 4), np.float32)).shape == (0, 17, 3)


def test_a_narrow_crop_gives_the_points_of_the_square(estimator: PoseEstimator, street: Image) -> None:
    """Boxes 0.58 and 0.62 as wide as high are looked at in the one crop and in the other."""
    x1, y1, x2, y2 = CYCLIST[0]
    middle, height = (x1 + x2) / 2, y2 - y1
    found = [
        estimator.estimate(street, np.array([[middle - half, y1, middle + half, y2]], np.float32))[0]
        for half in (0.29 * height, 0.31 * height)
    ]
    upper = slice(0, 7)
    assert found[0][upper, 2].min() > 0.2
    np.testing.assert_allclose(found[0][upper, :2], found[1][upper, :2], atol=0.03 * height)


def test_decoding_prefers_the_body_in_the_middle_of_the_crop() -> None:
    heat, centre = np.zeros((17, 48, 32), np.float32), np.zeros((1, 48, 32), np.float32)
    regressed, offsets = np.zeros((34, 48, 32), np.float32), np.zeros((34, 48, 32), np.float32)
    centre[0, 24, 16], centre[0, 24, 30] = 0.4, 0.9  # the person of the box, and a clearer one at the edge
    heat[0, 24, 16], heat[0, 24, 30] = 0.3, 0.3
    np.testing.assert_allclose(decode(heat, centre, regressed, offsets)[0], [0.5, 0.5, 0.3], atol=1e-6)


def test_decoding_takes_the_point_near_where_the_body_expects_it() -> None:
    heat, centre = np.zeros((17, 48, 48), np.float32), np.zeros((1, 48, 48), np.float32)
    regressed, offsets = np.zeros((34, 48, 48), np.float32), np.zeros((34, 48, 48), np.float32)
    centre[0, 20, 24] = 1
    regressed[0, 20, 24], regressed[1, 20, 24] = -8, 2  # the nose is expected at row 12, column 26
    heat[0, 12, 25], heat[0, 40, 5] = 0.5, 0.9  # its own, and a stronger one of somebody far away
    offsets[0, 12, 25], offsets[1, 12, 25] = 0.25, 0.5
    np.testing.assert_allclose(decode(heat, centre, regressed, offsets)[0], [25.5 / 48, 12.25 / 48, 0.5], atol=1e-6)
