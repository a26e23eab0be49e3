"""From drawn pictures to where the field lies on them: what is found, how exactly, and what must not be."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from grounding.bench.pitch import PitchScore, measure
from grounding.pitch.lens import inverse, project
from grounding.pitch.paint import find_paint
from grounding.pitch.watch import PitchWatch
from grounding.synth.arena import FPS, arena_of
from grounding.synth.camera import View
from grounding.synth.match import Match
from grounding.types import Image

WIDE = 0
Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def match() -> Match:
    return Match.make(arena_of("football"), 1, 14 * FPS)


def true_homography(view: View) -> Array:
    return view.plane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))


def shown(match: Match, number: int) -> Iterator[tuple[float, Image, Array, Array, Array]]:
    """Pictures of a take with boxes, true homographies and the motion of the camera from one to the next."""
    take = match.takes[number]
    last: Array | None = None
    for frame in range(take.start, take.end, FPS):
        view = take.views[frame - take.start]
        sight = match.renderer.sight(frame, view)
        boxes = np.clip(sight.boxes[sight.inside > 0.3], 0, [1280, 720, 1280, 720])
        homography = true_homography(view)
        motion = np.eye(3) if last is None else homography @ np.linalg.inv(last)
        last = homography
        yield frame / FPS, match.renderer.draw(frame, view, take.style), boxes, motion, homography


def test_a_broadcast_shot_is_registered_to_a_part_of_a_metre(match: Match) -> None:
    watch = PitchWatch()
    true: dict[float, Array] = {}
    for t, image, boxes, motion, homography in shown(match, WIDE):
        watch.look(t, image, boxes, motion)
        true[t] = homography
    found = watch.registrations()
    assert [one.t for one in found] == sorted(true)
    spots = np.array([[200.0, 500.0], [640.0, 400.0], [1100.0, 600.0]])
    for one in found:
        ground, _ = project(inverse(true[one.t]), spots)
        placed, _ = project(inverse(one.homography), spots)
        away = np.median(np.hypot(*(placed - ground).T))
        assert away < 0.5
        assert away < 3 * one.error
        assert one.sided
        assert one.sport == "football"


def test_a_cut_ends_a_shot_and_nothing_is_carried_over(match: Match) -> None:
    watch = PitchWatch()
    for t, image, boxes, motion, _ in list(shown(match, WIDE))[:3]:
        watch.look(t, image, boxes, motion)
    watch.cut()
    grass = np.full((720, 1280, 3), (66, 132, 58), np.uint8)
    for t in (20.0, 21.0):
        watch.look(t, grass, np.zeros((0, 4)), np.eye(3))
    assert all(one.t < 20 for one in watch.registrations())


def test_pictures_that_repeat_or_were_not_searched_are_not_looked_at(match: Match) -> None:
    watch = PitchWatch()
    t, image, boxes, motion, _ = next(iter(shown(match, WIDE)))
    watch.look(t, image, None, motion)
    watch.look(t + 1, image, boxes, motion, still=True)
    assert watch.registrations() == ()


def test_one_line_is_not_enough() -> None:
    image = np.full((720, 1280, 3), (66, 132, 58), np.uint8)
    cv2.line(image, (0, 150), (1279, 170), (230, 230, 230), 5)
    people = np.array([[300, 300, 340, 400], [800, 350, 840, 455], [500, 500, 545, 610.0]])
    watch = PitchWatch()
    for t in range(6):
        watch.look(float(t), image, people, np.eye(3))
    assert watch.registrations() == ()


def test_lines_without_people_are_not_registered_for_nothing_tells_their_size(match: Match) -> None:
    watch = PitchWatch()
    for t, image, _, motion, _ in shown(match, WIDE):
        watch.look(t, image, np.zeros((0, 4)), motion)
    assert watch.registrations() == ()


def test_paint_lies_on_lines_and_not_on_players(match: Match) -> None:
    _, image, boxes, _, _ = next(iter(shown(match, WIDE)))
    paint = find_paint(image, boxes)
    assert paint is not None
    pixels = paint.points / paint.scale
    inside = (pixels[:, None] > boxes[None, :, :2]).all(-1) & (pixels[:, None] < boxes[None, :, 2:]).all(-1)
    assert not inside.any()
    assert paint.scale == 0.5


@pytest.mark.parametrize("colour", [(214, 188, 152), (30, 60, 140), (128, 128, 128)])
def test_other_grounds_have_no_paint(colour: tuple[int, int, int]) -> None:
    image = np.full((360, 640, 3), colour, np.uint8)
    cv2.line(image, (0, 100), (639, 120), (240, 240, 240), 3)
    assert find_paint(image) is None


def test_the_bench_counts_pictures_and_finds_no_field_on_a_basketball_court() -> None:
    steps = list(measure("basketball", 2, 6))
    score = steps[-1]
    assert isinstance(score, PitchScore)
    assert sum(style.looked for style in score.styles.values()) >= 6
    assert sum(style.registered for style in score.styles.values()) == 0
    assert score.seconds == 6


@pytest.mark.parametrize(("harm", "least"), [("worn", 0), ("shadow", 2), ("blurred", 2), ("squeezed", 2)])
def test_spoiled_pictures_are_placed_rightly_or_not_at_all(harm: str, least: int) -> None:
    score = list(measure("football", 1, 4, harm=harm))[-1]
    assert isinstance(score, PitchScore)
    wide = score.styles["wide"]
    assert wide.looked >= 2
    assert wide.registered >= least
    assert wide.wrong == 0
    assert not wide.registered or wide.quantile(0.5) < 0.6
