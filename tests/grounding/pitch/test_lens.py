"""Cameras as six numbers, beside the pinhole of the match generator."""

import numpy as np
import pytest
from numpy.typing import NDArray

from grounding.pitch.lens import homographies, inverse, lens_of, position, project
from grounding.synth.arena import HEIGHT, WIDTH
from grounding.synth.camera import look_at

PLACE = np.array([52.5, -30.0, 19.0])
SIZE = (WIDTH, HEIGHT)


def true_homography(target: tuple[float, float], focal: float) -> NDArray[np.float64]:
    view = look_at(PLACE, np.array([*target, 0.0]), focal)
    return view.plane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))


@pytest.mark.parametrize("target", [(20.0, 30.0), (52.5, 10.0), (98.0, 60.0)])
def test_a_level_pinhole_is_told_by_six_numbers(target: tuple[float, float]) -> None:
    homography = true_homography(target, 4000.0)
    lens = lens_of(homography, PLACE, SIZE)
    assert np.allclose(lens[:2], target, atol=1e-6)
    again = homographies(lens, SIZE)
    points = np.array(target) + np.array([[-8.0, -6.0], [7.0, -3.0], [2.0, 9.0]])
    assert np.allclose(project(homography, points)[0], project(again, points)[0], atol=0.05)
    assert np.allclose(position(lens), PLACE, atol=1e-3)


def test_many_lenses_at_once_are_the_same_as_one_by_one() -> None:
    lenses = np.array([lens_of(true_homography((x, 30.0), 3000.0), PLACE, SIZE) for x in (10.0, 50.0, 90.0)])
    assert np.allclose(homographies(lenses, SIZE), [homographies(lens, SIZE) for lens in lenses])


def test_what_lies_behind_the_camera_has_no_positive_depth() -> None:
    homography = homographies(lens_of(true_homography((52.5, 20.0), 3000.0), PLACE, SIZE), SIZE)
    assert project(homography, np.array([[52.5, -80.0]]))[1][0] < 0
    assert np.allclose(project(inverse(homography), project(homography, np.array([[50.0, 25.0]]))[0])[0], [50.0, 25.0])
