"""Place, movement, actions, relations: measured against what was made."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from grounding.describe.action import action_terms, surely_a_body
from grounding.describe.motion import DEPTH, Movement, motion_terms, movements
from grounding.describe.place import place_terms
from grounding.describe.relation import ball_distances, relation_terms
from grounding.track.stage import Stage
from grounding.types import CropSample, Floats, Tube

HEIGHT = 100.0


class Still:
    def between(self, start: ArrayLike, end: ArrayLike) -> NDArray[np.float64]:
        return np.repeat(np.eye(3)[None], len(np.ravel(np.asarray(start))), 0)


def walker(across: float, away: float, *, seconds: float = 3.0, height: float = HEIGHT, jitter: float = 0.0) -> Tube:
    """Somebody moving at so many body heights a second, at 5 Hz, seen by a camera that stands still."""
    times = np.arange(0, seconds, 0.2)
    rng = np.random.default_rng(1)
    x = 500 + across * height * times + rng.normal(0, jitter, len(times))
    foot = 400 - away * height / DEPTH * times + rng.normal(0, jitter, len(times))
    boxes = np.stack([x - 20, foot - height, x + 20, foot], 1).astype(np.float32)
    return Tube(times, boxes)


def top(terms: dict[str, float], kind: str) -> str:
    found = {name: degree for name, degree in terms.items() if name.startswith(kind)}
    return max(found, key=lambda name: found[name]).split(":")[1] if found else "nothing"


@pytest.mark.parametrize(
    ("box", "true", "false"),
    [
        ((0, 300, 60, 400), {"left", "far left", "middle"}, {"centre", "right", "top"}),
        ((610, 20, 670, 120), {"centre", "top"}, {"left", "right", "far left"}),
        ((1200, 600, 1280, 720), {"right", "far right", "bottom"}, {"centre"}),
        ((880, 300, 920, 400), {"right", "middle"}, {"far right"}),
    ],
)
def test_places(box: tuple[float, float, float, float], true: set[str], false: set[str]) -> None:
    terms = place_terms(box, 1280, 720)
    assert all(terms.get(f"place:{name}", 0) > 0.95 for name in true)
    assert not any(f"place:{name}" in terms for name in false)


def test_on_a_border_both_places_are_half_true() -> None:
    terms = place_terms((1280 / 3 - 20, 300, 1280 / 3 + 20, 400), 1280, 720)
    assert terms["place:left"] == pytest.approx(0.5, abs=0.02)
    assert terms["place:centre"] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("across", "away", "motion", "direction"),
    [
        (0.0, 0.0, "standing", "nothing"),
        (0.8, 0.0, "walking", "right"),
        (-2.0, 0.0, "running", "left"),
        (4.5, 0.0, "sprinting", "right"),
        (0.0, 2.0, "running", "away"),
        (0.0, -2.0, "running", "towards"),
    ],
)
def test_speed_and_direction(across: float, away: float, motion: str, direction: str) -> None:
    for jitter in (0.0, 1.5):
        found = movements(walker(across, away, jitter=jitter), [0, 1, 2], Still(), picture_height=720)
        terms = motion_terms(found[1])
        assert top(terms, "motion") == motion
        if motion != "standing":
            assert top(terms, "direction") == direction
    assert found[1].across == pytest.approx(across, abs=0.15)


def test_a_diagonal_has_two_directions() -> None:
    terms = motion_terms(Movement(1.5, 1.5))
    assert terms["direction:right"] > 0.9
    assert terms["direction:away"] > 0.9


def test_the_motion_of_the_camera_is_taken_out() -> None:
    """The camera pans 60 px a step to the right and zooms in: somebody at rest drifts left and grows, yet stands."""
    times = np.arange(0, 3, 0.2)
    step = np.asarray([[1.02, 0, -60.0], [0, 1.02, -6.0], [0, 0, 1]])
    corners = np.asarray([[900.0, 300, 1], [940.0, 400, 1]])
    boxes, motion = [], np.eye(3)
    for _ in times:
        (x1, y1, _), (x2, y2, _) = corners @ motion.T
        boxes.append([x1, y1, x2, y2])
        motion = step @ motion
    tube = Tube(times, np.asarray(boxes, np.float32))
    camera = np.repeat(step[None], len(times), 0)
    found = movements(tube, [0, 1, 2], Stage(times, camera, []), picture_height=720)
    naive = movements(tube, [0, 1, 2], Still(), picture_height=720)
    assert found[1].speed < 0.1
    assert naive[1].speed > 1.0
    assert top(motion_terms(found[1]), "motion") == "standing"


def test_what_a_flat_camera_says_of_depth_is_believed_less_and_of_speed_still_less() -> None:
    flat = Movement(0.5, 0.4)
    steep, low = flat.deep(3.0), flat.deep(14.0)
    assert steep.away == pytest.approx(3 * 0.4, rel=0.05)
    assert low.away < 0.6 * 14 * 0.4
    assert low.speed < float(np.hypot(low.across, low.away))
    assert Movement(0.5, 0.4, by_size=True).deep(3.0).away == 0.4


def test_too_few_boxes_tell_nothing() -> None:
    tube = Tube(np.asarray([0.0, 0.2]), np.asarray([[0, 0, 10, 30]] * 2, np.float32))
    assert movements(tube, [0], Still(), picture_height=720) == {}
    assert movements(walker(1, 0, seconds=1.0), [7], Still(), picture_height=720) == {}


def pose(**moved: tuple[float, float]) -> Floats:
    """Somebody upright, 100 px high, with arms down; named joints moved."""
    names = dict(
        zip(("ls", "rs", "le", "re", "lw", "rw", "lh", "rh", "lk", "rk", "la", "ra"), range(5, 17), strict=True)
    )
    upright = {
        "ls": (40, 20), "rs": (60, 20), "le": (36, 35), "re": (64, 35), "lw": (35, 50), "rw": (65, 50),
        "lh": (44, 50), "rh": (56, 50), "lk": (44, 72), "rk": (56, 72), "la": (44, 95), "ra": (56, 95),
    }  # fmt: skip
    points = np.full((17, 3), 0.9, np.float32)
    points[:5, :2] = 50, 8
    for name, place in {**upright, **moved}.items():
        points[names[name], :2] = place
    return points


BOX = np.asarray([30, 0, 70, 100], np.float32)
ARMS_UP = pose(le=(34, 4), re=(66, 4), lw=(36, -14), rw=(64, -14))
ROOM = np.asarray([30, -18, 70, 100], np.float32)


@pytest.mark.parametrize(
    ("points", "box", "expected"),
    [
        (pose(), BOX, "nothing"),
        (ARMS_UP, ROOM, "arms raised"),
        (pose(le=(30, 30), lw=(34, 18)), BOX, "nothing"),  # one hand at the face
        (pose(ls=(75, 40), rs=(77, 46), lh=(44, 50), rh=(56, 50)), np.asarray([30, 30, 85, 100]), "bending"),
    ],
)
def test_poses(points: Floats, box: Floats, expected: str) -> None:
    terms = action_terms(np.asarray(box, np.float32), points)
    assert top({name: degree for name, degree in terms.items() if degree >= 0.5}, "action") == expected


def test_points_that_are_no_body_do_nothing() -> None:
    dim = ARMS_UP.copy()
    dim[:, 2] = 0.1
    assert "action:arms raised" not in action_terms(ROOM, dim)
    assert action_terms(ROOM, None) == {}


def crop(score: float, height: float = 100.0) -> CropSample:
    points = pose()
    points[:, 2] = score
    return CropSample(0, 0.0, np.asarray([0, 0, 40, height], np.float32), 1.0, keypoints=points)


def test_a_person_has_a_body_in_some_of_the_crops() -> None:
    assert surely_a_body([crop(0.8), crop(0.1), crop(0.7)]) == 1.0
    assert surely_a_body([crop(0.08), crop(0.12), crop(0.1)]) == 0.0
    assert surely_a_body([crop(0.08, height=40.0)], least_height=48.0) == 1.0  # too small to tell
    assert surely_a_body([]) == 1.0


def people(*feet: tuple[float, float]) -> Floats:
    return np.asarray([[x - 20, y - 100, x + 20, y] for x, y in feet], np.float32).reshape(-1, 4)


NOBODY = people()


def test_alone_and_in_a_group() -> None:
    me = people((600, 500))[0]
    assert relation_terms(me, NOBODY, picture_height=720) == {"relation:alone": 1.0}
    far = relation_terms(me, people((1100, 500), (100, 480)), picture_height=720)
    assert far == {"relation:alone": 1.0}
    close = people((650, 500), (700, 510), (560, 490), (1200, 300))
    assert relation_terms(me, close, picture_height=720) == {"relation:in a group": 1.0}
    two = people((650, 500), (700, 510))
    assert relation_terms(me, two, picture_height=720) == {}
    assert relation_terms(me, NOBODY, picture_height=150) == {}  # a close-up does not show who is around


def test_a_huddle_is_of_team_mates() -> None:
    me, close = people((600, 500))[0], people((650, 500), (700, 510), (560, 490))
    huddled = relation_terms(me, close, picture_height=720, mates=[True, True, True])
    assert huddled["relation:in a huddle"] == 1.0
    assert "relation:in a huddle" not in relation_terms(me, close, picture_height=720, mates=[True, True, False])


def ball(x: float, y: float) -> Floats:
    return np.asarray([[x - 6, y - 12, x + 6, y]], np.float32)


def test_the_way_to_the_ball_is_over_the_ground_or_to_the_body() -> None:
    me = people((600, 500))
    where = {"at the feet": (640, 500), "held": (615, 430), "far": (900, 500), "nearer the camera": (650, 590)}
    away = {
        name: float(ball_distances(me.astype(np.float64), ball(*place).astype(np.float64))[0])
        for name, place in where.items()
    }
    assert away["at the feet"] == pytest.approx(0.4, abs=0.01)
    assert away["held"] == pytest.approx(0.6)
    assert away["far"] == pytest.approx(3.0)
    assert away["nearer the camera"] > 2.5
