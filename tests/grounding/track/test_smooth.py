from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.track.smooth import smooth
from grounding.track.stage import Stage
from grounding.types import Smoothing

from .scenes import box, shift


def moving(times: list[float]) -> np.ndarray:
    return np.array([[100 * t, 0, 100 * t + 40, 100] for t in times])


def test_known_boxes_stay_as_they_are() -> None:
    times = [0.0, 0.2, 0.4, 0.6]
    tube = smooth(times, moving(times), step=0.2)
    np.testing.assert_allclose(tube.times, times)
    np.testing.assert_allclose(tube.boxes, moving(times), atol=1e-3)
    assert tube.step == 0.2


@pytest.mark.parametrize(("method", "left"), [("hold", 0.0), ("linear", 40.0), ("pchip", 40.0), ("akima", 40.0)])
def test_one_hertz_becomes_five(method: Smoothing, left: float) -> None:
    times = [0.0, 1.0, 2.0, 3.0]
    tube = smooth(times, moving(times), step=0.2, method=method)
    assert len(tube.times) == 16
    assert tube.boxes[2, 0] == pytest.approx(left, abs=1e-3)
    assert tube.boxes[-1, 0] == pytest.approx(300, abs=1e-3)


def test_pchip_never_overshoots_where_akima_may() -> None:
    times, x = np.arange(6.0), np.array([0.0, 0, 0, 100, 100, 100])
    boxes = np.stack([x, 0 * x, x + 40, 0 * x + 100], axis=1)
    tube = smooth(times, boxes, step=0.1, method="pchip")
    assert tube.boxes[:, 0].min() >= -1e-3
    assert tube.boxes[:, 0].max() <= 100 + 1e-3


def test_long_gaps_stay_gaps_and_short_ones_are_filled() -> None:
    times = [0.0, 0.2, 1.8, 2.0, 5.0, 5.2]
    tube = smooth(times, moving(times), step=0.2, max_gap=2.0)
    marks = np.rint(tube.times / 0.2).astype(int).tolist()
    assert marks == [*range(11), 25, 26]


def test_times_off_the_grid_are_brought_onto_it() -> None:
    times = [0.13, 0.37, 0.61]
    tube = smooth(times, moving(times), step=0.2)
    np.testing.assert_allclose(tube.times, [0.2, 0.4, 0.6])
    np.testing.assert_allclose(tube.boxes[:, 0], [20, 40, 60], atol=1e-3)


def test_a_run_between_two_grid_times_keeps_one_box() -> None:
    tube = smooth([0.25], [box(50, 60)], step=0.2)
    assert tube.times.tolist() == pytest.approx([0.2])
    np.testing.assert_allclose(tube.boxes[0], box(50, 60), atol=1e-3)


def test_a_gap_under_a_panning_camera_is_filled_along_the_ground() -> None:
    # The player stands still; the camera swings 100 px right and back, so both ends of the gap are at x = 300.
    swing = [0, -50, -100, -100, -50, 0]
    camera_times = np.arange(6) * 0.2
    steps = np.stack([shift(swing[k] - swing[max(k - 1, 0)]) for k in range(6)])
    stage = Stage(camera_times, steps, [])
    plain = smooth([0.0, 1.0], [box(300, 200), box(300, 200)], step=0.2)
    aware = smooth([0.0, 1.0], [box(300, 200), box(300, 200)], step=0.2, stage=stage)
    middles = (aware.boxes[:, 0] + aware.boxes[:, 2]) / 2
    np.testing.assert_allclose(middles, 300 + np.array(swing), atol=0.5)
    np.testing.assert_allclose(plain.boxes[:, 0], 280, atol=1e-3)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        smooth([], [], step=0.2)
    with pytest.raises(ValueError, match="increasing"):
        smooth([1.0, 1.0], [box(1, 60), box(1, 60)], step=0.2)
    with pytest.raises(ValueError, match="method"):
        smooth([0.0, 1.0], [box(1, 60), box(1, 60)], step=0.2, method="cubic")  # type: ignore[arg-type]


@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=25, unique=True),
    st.sampled_from(["hold", "linear", "pchip"]),
    st.floats(0.3, 4.0),
)
def test_tubes_lie_on_the_grid_within_what_was_seen(ticks: list[int], method: Smoothing, max_gap: float) -> None:
    times = np.array(sorted(ticks)) * 0.1
    boxes = np.stack([np.cos(times) * 50 + 100, times, np.cos(times) * 50 + 140, times + 100], axis=1)
    tube = smooth(times, boxes, step=0.2, method=method, max_gap=max_gap)
    np.testing.assert_allclose(tube.times / 0.2, np.rint(tube.times / 0.2), atol=1e-6)
    assert tube.times[0] >= times[0] - 0.1 - 1e-6
    assert tube.times[-1] <= times[-1] + 0.1 + 1e-6
    assert np.isfinite(tube.boxes).all()
    assert tube.boxes[:, 0].min() >= boxes[:, 0].min() - 1e-3
    assert tube.boxes[:, 0].max() <= boxes[:, 0].max() + 1e-3
    for t in tube.times:
        assert np.abs(times - t).min() <= max_gap


def test_the_ends_are_drawn_on_at_half_the_pace() -> None:
    times = [1.0, 2.0, 3.0]
    tube = smooth(times, moving(times), step=0.2, reach=0.5)
    np.testing.assert_allclose(tube.times[[0, -1]], [0.6, 3.4])
    assert tube.boxes[0, 0] == pytest.approx(100 - 0.4 * 50, abs=1e-3)
    assert tube.boxes[-1, 0] == pytest.approx(300 + 0.4 * 50, abs=1e-3)


def test_the_ends_go_with_the_camera() -> None:
    steps = np.arange(1, 11) * 0.2
    camera = np.repeat(shift(-10.0)[None], len(steps), axis=0)
    still = np.array([box(200.0, 100.0), box(200.0 - 50.0, 100.0)])
    tube = smooth([0.6, 1.6], still, step=0.2, reach=0.4, stage=Stage(steps, camera, ()))
    middles = (tube.boxes[:, 0] + tube.boxes[:, 2]) / 2
    np.testing.assert_allclose(middles, 230.0 - 10.0 * np.round(tube.times / 0.2), atol=0.5)


def test_the_ends_stay_in_their_shot_and_in_the_video() -> None:
    stage = Stage([], np.zeros((0, 3, 3)), cuts=[0.9, 2.2])
    tube = smooth([1.0, 2.0], moving([1.0, 2.0]), step=0.2, reach=0.5, stage=stage)
    np.testing.assert_allclose(tube.times[[0, -1]], [1.0, 2.0])
    tube = smooth([0.1, 0.6], moving([0.1, 0.6]), step=0.2, reach=0.5)
    assert tube.times[0] == 0.0


@pytest.mark.parametrize("fps", [24.0, 25.0, 29.97, 30.0, 60.0])
def test_a_pan_bends_no_tube_at_any_frame_rate(fps: float) -> None:
    """Somebody stands still on the ground while the camera turns by 200 pixels a second."""
    shown = np.ceil(np.arange(16) * fps / 5 - 1e-9) / fps  # the first frame at or after each fifth of a second
    steps = np.array([shift(-200.0 * dt) for dt in np.diff(shown, prepend=shown[0])])
    boxes = np.array([box(600.0 - 200.0 * t, 100.0) for t in shown])
    tube = smooth(shown, boxes, step=0.2, stage=Stage(shown, steps, ()))
    middles = (tube.boxes[:, 0] + tube.boxes[:, 2]) / 2
    np.testing.assert_allclose(middles, 600.0 - 200.0 * tube.times, atol=0.5)
