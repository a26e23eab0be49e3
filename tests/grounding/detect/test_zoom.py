"""How closely a shot is looked at follows from what its pictures show."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from grounding.detect.zoom import ZoomDetector, ZoomSettings
from grounding.geometry import iou_matrix
from grounding.types import Detections, Image
from tests.grounding.detect.people import SIDE, Figures, boxes, frames, picture

SMALL = [(80 + 110 * k, 380 + 30 * (k % 5), 30 if k % 2 else 36) for k in range(11)]
TINY = [(60 + 118 * k, 350 + 20 * (k % 5), 17) for k in range(11)]
LARGE = [(150 + 200 * k, 560, 130) for k in range(5)]


def look(
    detector: object, images: Sequence[Image], *, cuts: Sequence[int] = (), batch: int = 5, cost: float = 3.0
) -> tuple[list[Detections], ZoomDetector]:
    zoom = ZoomDetector(detector, SIDE, ZoomSettings(max_cost=cost))  # type: ignore[arg-type]
    film = frames(images, cuts=cuts)
    found = [item for k in range(0, len(film), batch) for item in zoom.look(film[k : k + batch])]
    assert len(found) == len(film)
    return found, zoom


def recall(found: Detections, people: Sequence[tuple[int, int, int]]) -> float:
    if len(found) == 0:
        return 0.0
    return float(np.mean(iou_matrix(boxes(people), found.boxes).max(axis=1) > 0.7))


def test_large_people_cost_nothing_more() -> None:
    detector = Figures()
    found, zoom = look(detector, [picture(LARGE)] * 50)
    assert zoom.cost == 1
    assert len(detector.shapes) == 50
    assert all(recall(item, LARGE) == 1 for item in found)


def test_small_people_are_looked_at_in_tiles_within_the_cost() -> None:
    detector = Figures(least=17)  # at normal size they are 15 and 18 high: half of them are found
    found, zoom = look(detector, [picture(SMALL)] * 50)
    assert all(recall(item, SMALL) == 1 for item in found)
    assert all(len(item) == len(SMALL) for item in found)
    assert 1.2 < zoom.cost < 2
    band = {height for width, height in detector.shapes if width < 1280}
    assert max(band) < 400


def test_people_too_small_to_be_found_at_all_are_found_by_the_probe() -> None:
    found, zoom = look(Figures(least=12), [picture(TINY)] * 30)
    assert recall(found[0], TINY) == 1
    assert all(recall(item, TINY) == 1 for item in found)
    assert zoom.cost < 3


def test_each_shot_is_chosen_for_anew() -> None:
    images = [picture(LARGE)] * 12 + [picture(SMALL)] * 12 + [picture(LARGE)] * 12
    detector = Figures(least=17)
    found, _ = look(detector, images, cuts=(12, 24))
    assert all(recall(item, SMALL) == 1 for item in found[12:24])
    assert all(recall(item, LARGE) == 1 for item in found[:12] + found[24:])
    assert detector.shapes[-10:] == [(1280, 720)] * 10


def test_a_zoom_within_a_shot_is_followed() -> None:
    images = [picture(LARGE)] * 15 + [picture(SMALL)] * 25 + [picture(LARGE)] * 25
    found, _ = look(Figures(least=15), images)
    assert all(recall(item, SMALL) == 1 for item in found[27:40])
    assert all(recall(item, LARGE) == 1 for item in found[40:])


def test_the_choice_does_not_flicker_at_the_limit() -> None:
    """People breathe around the limit of being small from picture to picture."""
    rng = np.random.default_rng(3)
    images = []
    for _ in range(100):
        people = [(x, y, int(rng.integers(46, 59))) for x, y, _ in SMALL]
        images.append(picture(people))
    zoom = ZoomDetector(Figures(), SIDE)
    tiled = []
    for frame in frames(images):
        zoom.look([frame])
        tiled.append(bool(zoom.layout.tiles))
    assert sum(a != b for a, b in pairwise(tiled)) <= 2


@pytest.mark.parametrize("batch", [1, 3, 50])
def test_batches_make_no_difference(batch: int) -> None:
    images = [picture(SMALL)] * 14 + [picture(LARGE)] * 17 + [picture([])] * 12 + [picture(TINY)] * 20
    cuts = (14, 31, 43)
    expected, _ = look(Figures(least=12), images, cuts=cuts, batch=5)
    found, _ = look(Figures(least=12), images, cuts=cuts, batch=batch)
    for one, two in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one.boxes, two.boxes)


def test_large_people_before_small_ones_are_seen_too() -> None:
    people = [*SMALL, (640, 710, 220)]
    found, zoom = look(Figures(least=17), [picture(people)] * 30)
    assert all(recall(item, people) == 1 for item in found[1:])
    assert zoom.cost <= 3.2


@pytest.mark.parametrize("cost", [1.0, 1.5, 2.0, 3.0])
def test_the_cost_is_bounded_whatever_is_shown(cost: float) -> None:
    spread = [(60 + 118 * (k % 11), 60 + 70 * (k // 2), 30) for k in range(19)]
    detector = Figures(least=14)
    _, zoom = look(detector, [picture(spread)] * 60, cost=cost)
    # The pictures that are chosen from are looked at as a whole besides, and one of them is probed.
    assert zoom.cost <= cost + (0.2 if cost > 1 else 0)
    assert zoom.cost == pytest.approx(1 if cost == 1 else zoom.cost)


def test_an_empty_hour_costs_little() -> None:
    detector = Figures()
    zoom = ZoomDetector(detector, SIDE)
    for frame in frames([picture([])] * 600):
        zoom.look([frame])
    assert zoom.cost < 1.05


def test_pictures_of_another_size_in_between_are_no_error() -> None:
    images = [picture(SMALL)] * 7 + [picture(LARGE, (1920, 1080))] * 7 + [picture(SMALL)] * 7
    found, _ = look(Figures(least=17), images)
    assert recall(found[-1], SMALL) == 1
    assert recall(found[8], LARGE) == 1


def test_full_hd_gets_more_tiles_where_people_need_them() -> None:
    people = [(100 + 170 * k, 600 + 20 * (k % 4), 26) for k in range(11)]
    detector = Figures(least=13)
    found, _ = look(detector, [picture(people, (1920, 1080))] * 20)
    assert all(recall(item, people) == 1 for item in found)
    assert min(width for width, _ in detector.shapes) < 720


def test_a_failing_picture_ends_no_tiles() -> None:
    class Fails(Figures):
        def detect(self, images: Sequence[Image]) -> list[Detections]:
            if any(image[0, 0, 0] == 0 for image in images):
                raise RuntimeError("out of memory")
            return super().detect(images)

    images = [picture(SMALL)] * 40
    bad = picture(SMALL)
    bad[:, :, :] = np.where(bad == 90, 0, bad)
    images[5] = images[16] = bad
    found, _ = look(Fails(least=17), images)
    assert [k for k, item in enumerate(found) if recall(item, SMALL) < 1] == [5, 16]


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 300), (7, 5), (33, 700)])
def test_tiny_pictures_are_no_error(size: tuple[int, int]) -> None:
    images = [np.zeros((size[1], size[0], 3), np.uint8)] * 12
    found, _ = look(Figures(), images)
    assert all(len(item) == 0 for item in found)


def test_a_detector_without_people_looks_at_whole_pictures() -> None:
    class Balls(Figures):
        labels = ("sports ball", "bird")

    _, zoom = look(Balls(), [picture(SMALL)] * 30)
    assert zoom.layout.tiles == ()
    assert zoom.cost < 1.2
