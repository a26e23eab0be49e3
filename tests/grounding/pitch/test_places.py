"""Boxes carried to the field by the nearest registration of their shot."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import ArrayLike

from grounding.describe.pitch import pitch_terms
from grounding.pitch.lens import project
from grounding.pitch.places import Pitch, Spots
from grounding.synth.camera import look_at
from grounding.track.stage import Stage
from grounding.types import Registration, Tube

SIZE = (1280, 720)
VIEW = look_at(np.array([52.5, -30.0, 19.0]), np.array([20.0, 30.0, 0.0]), 2500.0)
HOMOGRAPHY = VIEW.plane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
STANDS = np.array([[18.0, 28.0], [20.0, 30.0], [22.0, 33.0]])


def tube(times: ArrayLike, shift: float = 0.0) -> Tube:
    feet, _ = project(HOMOGRAPHY, STANDS)
    feet += np.array([shift, 0.0])
    boxes = np.column_stack([feet[:, 0] - 20, feet[:, 1] - 90, feet[:, 0] + 20, feet[:, 1]])
    return Tube(np.asarray(times, np.float64), boxes.astype(np.float32))


def registration(t: float, error: float = 0.2, *, sided: bool = True) -> Registration:
    return Registration(t, "football", HOMOGRAPHY / HOMOGRAPHY[2, 2], error, sided)


def still(times: Sequence[float], cuts: Sequence[float] = ()) -> Stage:
    return Stage(times, np.repeat(np.eye(3)[None], len(times), axis=0), cuts)


def test_feet_are_where_they_stand() -> None:
    pitch = Pitch([registration(1.0)], still([0.8, 1.0, 1.2, 1.4]), SIZE)
    spots = pitch.spots(tube([1.0, 1.2, 1.4]))
    assert spots is not None
    assert np.allclose(spots.points, STANDS, atol=0.05)
    assert spots.sided.all()
    assert spots.errors[0] >= 0.2
    assert spots.errors[2] > spots.errors[0]


def test_the_camera_carries_a_registration_to_the_next_pictures() -> None:
    pan = np.array([[1.0, 0, 60.0], [0, 1, 0], [0, 0, 1]])
    stage = Stage([1.0, 1.2, 1.4], [np.eye(3), pan, np.eye(3)], ())
    spots = Pitch([registration(1.0)], stage, SIZE).spots(tube([1.2, 1.4, 1.6], shift=60.0))
    assert spots is not None
    assert np.allclose(spots.points, STANDS, atol=0.05)


def test_a_registration_says_nothing_of_another_shot_nor_of_times_far_away() -> None:
    times = np.arange(0, 6, 0.2).tolist()
    assert Pitch([registration(1.0)], still(times, cuts=[1.1]), SIZE).spots(tube([1.2, 1.4, 1.6])) is None
    assert Pitch([registration(1.0)], still(times), SIZE).spots(tube([4.0, 4.2, 4.4])) is None
    assert Pitch([], still(times), SIZE).spots(tube([1.0, 1.2, 1.4])) is None


def test_of_somebody_cut_off_by_the_picture_the_feet_are_not_known() -> None:
    cut = tube([1.0, 1.2, 1.4])
    boxes = cut.boxes.copy()
    boxes[1, 3] = 719.5
    spots = Pitch([registration(1.0)], still([1.0, 1.2, 1.4]), SIZE).spots(Tube(cut.times, boxes))
    assert spots is not None
    assert np.isnan(spots.points[1]).all()
    assert np.isfinite(spots.points[[0, 2]]).all()


def spots_at(x: float, y: float, error: float = 0.3, *, sided: bool = True, known: int = 5) -> Spots:
    points = np.full((5, 2), np.nan)
    points[:known] = x, y
    return Spots(points, np.full(5, error), np.full(5, sided), "football")


ROWS = np.arange(5)


def test_the_terms_of_a_striker_in_the_right_box() -> None:
    terms = pitch_terms(spots_at(95.0, 30.0), ROWS)
    for name in ("penalty area", "right penalty area", "right half", "right third"):
        assert terms[f"pitch:{name}"] == 1.0
    assert terms["pitch:seen"] == 1.0
    assert terms["pitch:sides"] == 1.0
    assert not {"pitch:left half", "pitch:wing", "pitch:centre circle", "pitch:goal mouth"} & set(terms)


def test_on_a_border_both_sides_hold_by_half_and_more_softly_the_less_is_known() -> None:
    sharp, vague = (pitch_terms(spots_at(52.0, 30.0, error), ROWS) for error in (0.1, 2.0))
    assert pitch_terms(spots_at(52.5, 30.0), ROWS)["pitch:left half"] == pytest.approx(0.5)
    assert sharp["pitch:left half"] > vague["pitch:left half"] > 0.5


def test_without_sides_only_what_is_the_same_at_both_ends_is_told() -> None:
    terms = pitch_terms(spots_at(95.0, 30.0, sided=False), ROWS)
    assert terms["pitch:penalty area"] == 1.0
    assert "pitch:right penalty area" not in terms
    assert "pitch:sides" not in terms


def test_nothing_is_said_where_too_little_is_known_or_it_cannot_be() -> None:
    assert pitch_terms(spots_at(95.0, 30.0, known=2), ROWS) == {}
    assert pitch_terms(spots_at(140.0, 30.0), ROWS) == {}
