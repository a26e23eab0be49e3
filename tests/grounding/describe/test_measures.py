"""Place, movement, actions, relations: measured against what was made."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from grounding.describe.action import action_terms
from grounding.describe.motion import DEPTH, Movement, motion_terms, movements
from grounding.describe.place import place_terms
from grounding.describe.relation import ball_distance, relation_terms
from grounding.track.stage import Stage
from grounding.types import Floats, Tube

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


def test_too_few_boxes_tell_nothing() -> None:
    tube = Tube(np.asarray([0.0, 0.2]), np.asarray([[0, 0, 10, 30]] * 2, np.float32))
    assert movements(tube, [0], Still(), picture_height=720) == {}
    assert movements(walker(1, 0, seconds=1.0), [7], Still(), picture_height=720) == {}


def test_a_jump_rises_and_comes_down_again() -> None:
    tube = walker(0.5, 0.0)
    lifted = tube.boxes.copy()
    lifted[6:8, [1, 3]] -= 0.35 * HEIGHT
    jump = movements(Tube(tube.times, lifted), [1], Still(), picture_height=720)[1]
    run = movements(walker(0.0, 3.0), [1], Still(), picture_height=720)[1]
    assert action_terms(lifted[7], None, jump).get("action:jumping", 0) > 0.7
    assert "action:jumping" not in action_terms(tube.boxes[7], None, run)


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
BALL_AT_FOOT = np.asarray([[84, 84, 96, 96]], np.float32)


@pytest.mark.parametrize(
    ("points", "balls", "box", "expected"),
    [
        (pose(), None, BOX, None),
        (pose(le=(36, 5), re=(64, 5), lw=(38, -12), rw=(62, -12)), None, BOX, "arms raised"),
        (pose(ls=(75, 40), rs=(77, 46), lh=(44, 50), rh=(56, 50)), None, np.asarray([30, 30, 85, 100]), "bending"),
        (pose(rk=(74, 62), ra=(90, 78)), BALL_AT_FOOT, np.asarray([30, 0, 95, 100]), "kicking"),
        (pose(re=(66, 5), rw=(68, -12)), np.asarray([[62, -28, 76, -14]], np.float32), BOX, "throwing"),
    ],
)
def test_poses(points: Floats, balls: Floats | None, box: Floats, expected: str | None) -> None:
    terms = action_terms(np.asarray(box, np.float32), points, None, balls)
    assert top(terms, "action") == (expected or "nothing")
    if expected:
        assert terms[f"action:{expected}"] >= 0.55


def test_lying_with_and_without_a_pose() -> None:
    upright = pose()
    lying = upright.copy()
    lying[:, 0], lying[:, 1] = upright[:, 1], 100 - upright[:, 0] * 0.4
    flat = np.asarray([0, 60, 100, 95], np.float32)
    assert action_terms(flat, lying, None)["action:lying"] > 0.9
    assert action_terms(flat, None, None)["action:lying"] > 0.5
    assert "action:lying" not in action_terms(BOX, None, None)


def people(*feet: tuple[float, float]) -> Floats:
    return np.asarray([[x - 20, y - 100, x + 20, y] for x, y in feet], np.float32).reshape(-1, 4)


NOBODY = people()


def test_alone_and_in_a_group() -> None:
    me = people((600, 500))[0]
    assert relation_terms(me, NOBODY, NOBODY, picture_height=720) == {"relation:alone": 1.0}
    far = relation_terms(me, people((1100, 500), (100, 480)), NOBODY, picture_height=720)
    assert far == {"relation:alone": 1.0}
    close = people((650, 500), (700, 510), (560, 490), (1200, 300))
    assert relation_terms(me, close, NOBODY, picture_height=720) == {"relation:in a group": 1.0}
    two = people((650, 500), (700, 510))
    assert relation_terms(me, two, NOBODY, picture_height=720) == {}
    assert relation_terms(me, NOBODY, NOBODY, picture_height=150) == {}  # a close-up does not show who is around


def ball(x: float, y: float) -> Floats:
    return np.asarray([[x - 6, y - 12, x + 6, y]], np.float32)


def test_near_the_ball_over_the_ground_or_in_the_hands() -> None:
    me = people((600, 500))[0]
    assert ball_distance(me, ball(640, 500)) == pytest.approx(0.4, abs=0.01)
    assert "relation:near ball" in relation_terms(me, NOBODY, ball(650, 505), picture_height=720)
    assert "relation:near ball" in relation_terms(me, NOBODY, ball(615, 430), picture_height=720)  # held
    assert "relation:near ball" not in relation_terms(me, NOBODY, ball(900, 500), picture_height=720)
    assert "relation:near ball" not in relation_terms(me, NOBODY, ball(650, 590), picture_height=720)
    assert ball_distance(me, NOBODY) == float("inf")
