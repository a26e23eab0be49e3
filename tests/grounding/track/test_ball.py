"""The ball of a shot on hand-made scenes: what is chosen, what is refused, and where nothing is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from grounding.track.ball import BallFinder
from grounding.track.spots import Spots, evidence, spots_of
from grounding.types import Floats, Tracklet
from tests.grounding.track.scenes import box, shift

BODY, BALL = 100.0, 14.0
WHITE, GREY = (0.95, 0.95, 0.95), (0.4, 0.4, 0.4)
Way = Callable[[float], tuple[float, float] | None]


@dataclass
class Thing:
    """Something that may be a ball: where it is seen, and how sure the detector is."""

    way: Way
    score: float = 0.45
    colour: tuple[float, float, float] = WHITE


def ball_box(x: float, y: float) -> list[float]:
    return [x - BALL / 2, y - BALL / 2, x + BALL / 2, y + BALL / 2]


def seen(things: Sequence[Thing], t: float) -> Spots:
    here = [(thing, place) for thing in things if (place := thing.way(t)) is not None]
    return Spots(
        np.array([ball_box(*place) for _, place in here], np.float32).reshape(-1, 4),
        np.array([thing.score for thing, _ in here], np.float32),
        np.array([thing.colour for thing, _ in here], np.float64).reshape(-1, 3),
        np.full(len(here), 0.6),
    )


def people_at(people: Sequence[Way], t: float) -> Floats:
    return np.array([box(*p, height=BODY) for way in people if (p := way(t)) is not None], np.float32).reshape(-1, 4)


def watch(
    things: Sequence[Thing], people: Sequence[Way], seconds: float = 6.0, *, cut: float | None = None, pan: float = 0.0
) -> list[Tracklet]:
    finder = BallFinder(5.0)
    for k in range(round(5 * seconds)):
        t = k / 5
        if cut is not None and t == pytest.approx(cut):
            finder.cut()
        finder.look(t, seen(things, t), people_at(people, t), shift(pan / 5))
    return finder.tracklets()


def rolling(t: float) -> tuple[float, float]:
    """Two body heights a second across open ground."""
    return 200 + 200 * t, 500


def bystander(t: float) -> tuple[float, float]:
    return 600, 300


def middles(tracklets: Sequence[Tracklet]) -> dict[float, float]:
    return {
        round(float(t), 1): float(b[0] + b[2]) / 2 for x in tracklets for t, b in zip(x.times, x.boxes, strict=True)
    }


def test_a_rolling_ball_is_one_tracklet() -> None:
    (found,) = watch([Thing(rolling)], [bystander])
    assert found.label == "sports ball"
    assert found.times == pytest.approx(np.arange(30) / 5)
    assert found.boxes[10] == pytest.approx(ball_box(*rolling(2.0)), abs=1e-3)
    assert 0.5 < found.scores.min() <= found.scores.max() <= 1


def test_no_ball_at_all() -> None:
    assert watch([], [bystander]) == []
    assert BallFinder(5.0).tracklets() == []


def test_of_two_balls_the_better_one_is_followed_throughout() -> None:
    worse = Thing(lambda t: (900 - 150 * t, 420), score=0.25)
    found = watch([worse, Thing(rolling)], [bystander])
    assert len(found) == 1
    assert all(x == pytest.approx(rolling(t)[0]) for t, x in middles(found).items())


def test_a_weak_spot_continues_a_chain_but_begins_none() -> None:
    rng = np.random.default_rng(3)
    noise = Thing(lambda t: (float(rng.uniform(0, 1200)), float(rng.uniform(350, 650))), score=0.1)
    assert watch([noise], [bystander]) == []
    fading = [Thing(lambda t: rolling(t) if round(5 * t) % 3 else None), Thing(rolling, score=0.12)]
    assert len(middles(watch(fading, [bystander]))) == 30


def test_a_mark_on_the_ground_is_no_ball_though_the_camera_moves() -> None:
    mark = Thing(lambda t: (700 + 20 * t, 550), score=0.6)
    assert watch([mark], [lambda t: (100.0 + 20 * t, 200.0)], pan=20) == []
    # Somebody stands over it: a free kick, perhaps.
    assert watch([mark], [lambda t: (690.0 + 20 * t, 520.0)], pan=20)


def test_the_still_one_does_not_keep_the_ball_from_being_found() -> None:
    found = watch([Thing(lambda t: (1000, 620), score=0.7), Thing(rolling)], [bystander])
    assert middles(found)[3.0] == pytest.approx(rolling(3.0)[0])


def test_a_ball_hidden_for_a_second_is_not_made_up() -> None:
    hidden = Thing(lambda t: None if 2.0 <= t < 2.9 else rolling(t))
    found = middles(watch([hidden], [bystander]))
    assert not [t for t in found if 2.0 <= t < 2.9]
    assert {1.8, 3.0} <= set(found)
    assert len(found) == 25


def test_heads_and_boots_are_no_balls() -> None:
    def runner(t: float) -> tuple[float, float]:
        return 300 + 150 * t, 400

    head = Thing(lambda t: (runner(t)[0], runner(t)[1] - 45), score=0.4, colour=GREY)
    boot = Thing(lambda t: (runner(t)[0] + 12, runner(t)[1] + 44), score=0.25)
    assert watch([head, boot], [runner]) == []


def test_a_dribbled_ball_stays_with_the_ball() -> None:
    def runner(t: float) -> tuple[float, float]:
        return 300 + 150 * t, 400

    def touched(t: float) -> tuple[float, float]:
        return runner(t)[0] + 32 + 14 * np.sin(7 * t), runner(t)[1] + 44

    boot = Thing(lambda t: (runner(t)[0] + 12 * np.cos(9 * t), runner(t)[1] + 44), score=0.25)
    found = middles(watch([Thing(touched), boot], [runner]))
    assert len(found) == 30
    assert sum(abs(x - touched(t)[0]) < 1 for t, x in found.items()) >= 28


def test_a_kicked_ball_is_followed() -> None:
    def kicked(t: float) -> tuple[float, float]:
        return (250 + 30 * t, 500) if t < 2 else (310 + 700 * (t - 2), 500 - 100 * (t - 2))

    found = middles(watch([Thing(kicked)], [lambda t: (230 + 30 * min(t, 2.0), 455)], 3.4))
    assert {t for t in found if t >= 1.8} == {round(k / 5, 1) for k in range(9, 17)}


def test_nothing_goes_on_over_a_cut() -> None:
    found = watch([Thing(rolling)], [bystander], cut=3.0)
    assert [(round(float(x.times[0]), 1), round(float(x.times[-1]), 1)) for x in found] == [(0.0, 2.8), (3.0, 5.8)]
    elsewhere = Thing(lambda t: rolling(t) if t < 3 else None)
    assert max(middles(watch([elsewhere], [bystander], cut=3.0))) < 3.0


def test_time_must_advance_and_the_rate_be_positive() -> None:
    finder = BallFinder(5.0)
    finder.look(1.0, seen([], 1.0), people_at([], 1.0))
    with pytest.raises(ValueError, match="advance"):
        finder.look(1.0, seen([], 1.0), people_at([], 1.0))
    with pytest.raises(ValueError, match="positive"):
        BallFinder(0)


def test_size_shape_and_place_are_evidence() -> None:
    person = np.array([box(300, 400)], np.float32)
    places = [(420, 440), (300, 358), (300, 400)]
    boxes = [ball_box(*place) for place in places] + [[400, 400, 405, 405], [400, 400, 440, 410]]
    spots = Spots(np.array(boxes, np.float32), np.full(5, 0.4, np.float32), np.ones((5, 3)), np.ones(5))
    found = evidence(spots, person)
    free, head, trunk, tiny, flat = found.shape
    assert free > trunk > head
    assert free > tiny
    assert free > flat
    assert found.apart[1] == 0
    assert found.apart[0] == pytest.approx(1.0)
    assert found.body == pytest.approx([100.0] * 5)


def test_a_ball_stands_out_all_around_and_a_boot_does_not() -> None:
    image = np.full((100, 200, 3), (60, 130, 50), np.uint8)
    y, x = np.mgrid[:100, :200]
    image[(x - 50) ** 2 + (y - 50) ** 2 <= 49] = 250
    image[20:57, 140:160] = 250
    boxes = np.array([[43, 43, 57, 57], [143, 43, 157, 57], [193, 93, 207, 107]], np.float32)
    ball, boot, corner = spots_of(image, boxes, np.full(3, 0.5, np.float32)).contrasts
    assert ball > 0.9
    assert boot < 0.6 * ball
    assert corner == pytest.approx(0.0)
