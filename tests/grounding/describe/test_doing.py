"""Jumps, falls and lying, from boxes that move as bodies do."""

from __future__ import annotations

import numpy as np
import pytest

from grounding.describe import action, doing, strikes
from grounding.describe.body import moments_of
from grounding.describe.doing import body_terms
from grounding.describe.learned import Curve, curves, fit
from grounding.describe.tilt import Tilt
from grounding.track.stage import Stage
from grounding.types import Tube

SIZE = (1280, 720)
TILT = Tilt({0: 6.0}, lambda t: 0, 1280.0)
STILL = Stage(np.zeros(0), np.zeros((0, 3, 3)), [])
TIMES = np.arange(0, 6, 0.2)


def standing(x: float = 300.0) -> np.ndarray:
    """Boxes of somebody 120 px high."""
    return np.tile(np.array([x - 22, 300, x + 22, 420], np.float32), (len(TIMES), 1))


def told(boxes: np.ndarray, stage: Stage = STILL, others: int = 4) -> dict[int, dict[str, float]]:
    people = {0: Tube(TIMES, boxes)} | {k: Tube(TIMES, standing(300.0 + 150 * k)) for k in range(1, 1 + others)}
    return {second: dict(terms) for second, terms in body_terms(moments_of(people, stage, TILT, SIZE)[0]).items()}


def jumping() -> np.ndarray:
    boxes = standing()
    for row, lift in ((11, 0.14), (12, 0.28), (13, 0.3), (14, 0.14)):
        boxes[row, [1, 3]] -= np.float32(lift * 120)
        boxes[row, [0, 2]] += np.array([-14, 14], np.float32)
    return boxes


def test_who_leaves_the_ground_for_half_a_second_jumps() -> None:
    found = told(jumping())
    assert found[2]["action:jumping"] > 0.5
    assert all(terms.get("action:jumping", 0) < 0.2 for second, terms in found.items() if second not in (2, 3))


def test_running_up_the_picture_is_no_jump() -> None:
    boxes = standing()
    boxes[:, [1, 3]] -= (12 * TIMES * 2).astype(np.float32)[:, None]
    assert not any("action:jumping" in terms for terms in told(boxes).values())


def test_when_all_rise_at_once_it_is_the_camera() -> None:
    people = {k: Tube(TIMES, jumping() + np.float32(150 * k) * np.array([1, 0, 1, 0], np.float32)) for k in range(6)}
    for moments in moments_of(people, STILL, TILT, SIZE).values():
        assert all(terms.get("action:jumping", 0) < 0.3 for terms in body_terms(moments).values())


def falling() -> np.ndarray:
    boxes = standing()
    for row in range(10, 25):
        share = min(1.0, (row - 9) / 3)
        boxes[row] = (300 - 22 - 55 * share, 300 + 75 * share, 300 + 22 + 55 * share, 420)
    return boxes


def test_who_falls_lies_until_they_stand_up() -> None:
    found = told(falling())
    assert found[2]["action:falling"] > 0.5
    assert found[3]["action:lying"] > 0.5
    assert "action:lying" not in found[0]
    assert "action:lying" not in found[5]


def test_every_curve_is_learned_for_the_inputs_it_gets() -> None:
    inputs = {**doing.INPUTS, "kicks ball": strikes.INPUTS, "arms raised": action.INPUTS}
    assert set(curves()) == set(inputs)
    assert all(curves()[name].inputs == tuple(own) for name, own in inputs.items())


def test_a_curve_is_fitted_to_what_is_true() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.uniform(0, 1, (2, 4000))
    true = rng.random(4000) < 1 / (1 + np.exp(-(6 * x - 3 * y - 1)))
    curve = fit({"x": x, "y": y}, ("x", "y"), true, np.ones(4000))
    assert curve.weights == pytest.approx((6, -3), abs=0.6)
    assert curve.bias == pytest.approx(-1, abs=0.4)
    ignored = fit({"x": x, "y": y}, ("x", "y"), np.where(x > 0.5, ~true, true), (x <= 0.5).astype(float))
    assert ignored.weights[0] > 0
    assert Curve(("x",), (2.0,), -1.0).degrees({"x": np.array([0.5])}) == pytest.approx(0.5)
