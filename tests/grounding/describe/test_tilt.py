"""How the camera looks down, from nothing but boxes of people on a field seen through a known camera."""

from __future__ import annotations

import numpy as np
import pytest

from grounding.describe.motion import Movement
from grounding.describe.tilt import ACROSS, FOCAL, USUAL, Tilt, tilt_of
from grounding.synth.arena import HEIGHT, WIDTH
from grounding.synth.camera import look_at
from grounding.types import Tube

TALL = 1.8


def crowd(height: float, away: float, *, focal: float = 3000.0, jitter: float = 0.0) -> list[Tube]:
    """Twelve people who stand for two seconds around the point `away` metres before a camera `height` metres up."""
    view = look_at(np.array([0.0, 0.0, height]), np.array([0.0, away, 1.0]), focal)
    rng, tubes = np.random.default_rng(3), []
    for x, y in zip(rng.uniform(-8, 8, 12), rng.uniform(0.7 * away, 1.4 * away, 12), strict=True):
        ends, _ = view.project(np.array([[x, y, 0.0], [x, y, TALL]]))
        (u, foot), (_, top) = ends
        boxes = np.tile([u - 15, top, u + 15, foot], (10, 1)) + rng.normal(0, jitter, (10, 4))
        if top > 5 and foot < HEIGHT - 5 and 20 < u < WIDTH - 20:
            tubes.append(Tube(np.arange(10) / 5, boxes.astype(np.float32)))
    return tubes


@pytest.mark.parametrize(("height", "away"), [(4.0, 25.0), (10.0, 55.0), (19.0, 64.0)])
def test_heights_of_people_tell_the_height_of_the_camera(height: float, away: float) -> None:
    people = crowd(height, away, jitter=2.0)
    assert len(people) >= 5
    tilt = tilt_of(people, lambda t: 0, (WIDTH, HEIGHT))
    assert tilt.cameras[0] == pytest.approx(height / TALL, rel=0.3)
    # With the true focal length, a step up the picture is as much ground as it truly is.
    true = Tilt(tilt.cameras, tilt.shot_of, WIDTH, focal=3000 / WIDTH)
    seen = 3000 * TALL / np.hypot(away, height)
    assert true.depth(0.0, seen) == pytest.approx(away / height, rel=0.35)


def test_a_shot_that_tells_nothing_is_taken_for_usual() -> None:
    alone = tilt_of(crowd(10.0, 55.0)[:1], lambda t: 0, (WIDTH, HEIGHT))
    assert alone.cameras[0] == pytest.approx(USUAL, rel=0.05)
    assert Tilt({}, lambda t: 0, WIDTH).depth(0.0, 100.0) == pytest.approx(FOCAL * WIDTH / (USUAL * 100.0))


def test_people_move_as_much_into_the_picture_as_usual() -> None:
    """Whose feet hardly move up and down the picture are seen by a longer lens than whose feet move much."""
    tilt = Tilt({0: 6.0, 1: 6.0}, lambda t: int(t >= 100), WIDTH)
    heights = dict.fromkeys(range(100), 100.0)

    def told(away: float) -> float:
        moved = {second: Movement(2.0, away) for second in range(100)}
        return tilt.focused([(moved, heights)]).focal

    for focal in (1.4, 3.5):
        step = focal * WIDTH / (6.0 * 100.0)
        assert told(2.0 / ACROSS / step) == pytest.approx(focal, rel=0.01)
    assert tilt.focused([]).focal == FOCAL
