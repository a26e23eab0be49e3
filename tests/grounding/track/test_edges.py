from __future__ import annotations

import numpy as np
import pytest

from grounding.track import SecondLevelTracker
from grounding.track.edges import completed, fragments, visible_share, within_picture
from grounding.track.signature import DIMENSION, colour_signatures
from grounding.types import Tube

from .scenes import LABELS, box, detections

SIZE = (640.0, 360.0)


def test_a_cut_off_box_is_completed_outwards_only() -> None:
    expected = np.array([[40.0, 100.0]])
    inside, left, bottom = [300, 100, 330, 200], [0, 100, 15, 200], [300, 300, 340, 360]
    full = completed(np.array([inside, left, bottom], np.float64), expected, SIZE)[0]
    assert full.tolist() == [inside, [-25, 100, 15, 200], [300, 300, 340, 400]]
    assert visible_share([left], full[1:2]).tolist() == pytest.approx([15 / 40])


def test_a_close_up_that_spans_the_picture_stays_as_it_is() -> None:
    huge = np.array([[100.0, 0, 400, 360]])
    np.testing.assert_array_equal(completed(huge, np.array([[300.0, 900.0]]), SIZE)[0], huge)


def test_slivers_and_stumps_at_the_edge_start_nothing() -> None:
    boxes = [[0, 100, 12, 200], [0, 100, 35, 200], [300, 330, 340, 360], [300, 100, 312, 200]]
    assert fragments(boxes, SIZE).tolist() == [True, False, True, False]


def visible(x: float) -> list[float]:
    x1, y1, x2, y2 = box(x, 200)
    return [max(x1, 0.0), y1, min(x2, SIZE[0]), y2]


def test_somebody_who_leaves_is_reported_while_half_of_him_is_seen() -> None:
    tracker = SecondLevelTracker(5.0, LABELS)
    places = [560 + 8 * k for k in range(14)]
    for k, x in enumerate(places):
        shown = visible(x)
        tracker.update(k / 5, detections([shown] if shown[2] - shown[0] > 4 else []), size=SIZE)
    (run,) = tracker.tracklets()
    shares = [(b[2] - b[0]) / 40 for b in run.boxes]
    assert min(shares) >= 0.5
    assert len(run.times) == sum(x <= SIZE[0] for x in places)


def test_somebody_who_looks_in_again_at_once_is_the_same() -> None:
    tracker = SecondLevelTracker(5.0, LABELS)
    identifiers = set()
    for k, x in enumerate([610, 620, 630, 638, 643, 643, 638, 630, 620]):
        identifiers |= {i for i, _, _ in tracker.update(k / 5, detections([visible(x)]), size=SIZE)}
    assert identifiers == {0}


def figure(shirt: tuple[int, int, int], shorts: tuple[int, int, int], grass: tuple[int, int, int]) -> np.ndarray:
    picture = np.empty((120, 80, 3), np.uint8)
    picture[:] = grass
    picture[12:26, 34:46] = (210, 160, 130)
    picture[26:58, 28:52] = shirt
    picture[58:76, 30:50] = shorts
    picture[76:110, 32:48] = shirt
    return picture


def test_signatures_tell_kits_apart_whatever_the_ground() -> None:
    own = [[20, 10, 60, 112]]
    red = colour_signatures(figure((200, 30, 30), (250, 250, 250), (60, 130, 50)), own)[0]
    red_on_wood = colour_signatures(figure((190, 40, 35), (240, 240, 240), (190, 150, 100)), own)[0]
    blue = colour_signatures(figure((30, 40, 200), (20, 20, 20), (60, 130, 50)), own)[0]
    assert red @ red_on_wood > 0.85
    assert red @ blue < 0.6
    assert np.linalg.norm(red) == pytest.approx(1.0, abs=1e-5)


def test_signatures_of_boxes_outside_the_picture_are_finite() -> None:
    picture = figure((200, 30, 30), (250, 250, 250), (60, 130, 50))
    rows = colour_signatures(picture, [[-50, -50, -10, -10], [70, 100, 200, 300], [5, 5, 5, 5]])
    assert rows.shape == (3, DIMENSION)
    assert np.isfinite(rows).all()
    assert colour_signatures(picture, []).shape == (0, DIMENSION)


def test_a_tube_ends_where_half_has_left_the_picture() -> None:
    boxes = np.array([[x, 100, x + 40, 200] for x in (-30, -15, 30, 270, 290, 310)], np.float32)
    tube = within_picture(Tube(np.arange(6) / 5, boxes), (320.0, 240.0))
    np.testing.assert_allclose(tube.times, [0.2, 0.4, 0.6, 0.8])
    assert tube.boxes[0, 0] == 0
    assert tube.boxes[-1, 2] == 320


def test_a_tube_never_in_the_picture_keeps_one_time() -> None:
    tube = within_picture(Tube(np.arange(3) / 5, np.full((3, 4), [400, 0, 440, 100], np.float32)), (320.0, 240.0))
    assert len(tube.times) == 1
