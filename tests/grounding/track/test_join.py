from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from grounding.track import JoinSettings, join_tracklets
from grounding.track.looks import Looks, looks_cost, numbers_contradict
from grounding.track.stage import Stage
from grounding.types import CropSample, Tracklet

from .scenes import Path, shift, tracklet

RED = np.array([1.0, 0.1, 0.0], np.float32)
BLUE = np.array([0.0, 0.1, 1.0], np.float32)
GRID = np.arange(60) * 0.2
STILL = np.repeat(np.eye(3)[None], 60, axis=0)


def times(start: float, end: float) -> np.ndarray:
    return np.arange(round(start * 5), round(end * 5)) / 5


def groups(tracklets: list[Tracklet], camera: np.ndarray = STILL, cuts: tuple[float, ...] = ()) -> list[list[int]]:
    joined = join_tracklets(tracklets, GRID, camera, cuts)
    return [[t.tracklet_id for t in group] for group in joined]


def straight(x: float, y: float, speed: float = 0.0) -> Path:
    return lambda t: (x + speed * t, y)


def walker(t: float) -> tuple[float, float]:
    return 100 + 60 * t, 300.0


def test_an_occluded_walker_is_one_identity() -> None:
    parts = [tracklet(0, times(0, 3), walker), tracklet(1, times(3.6, 6), walker)]
    assert groups(parts) == [[0, 1]]


def test_two_occluded_walkers_are_not_exchanged() -> None:
    def other(t: float) -> tuple[float, float]:
        return 520 - 60 * t, 310.0

    parts = [
        tracklet(0, times(0, 3), walker),
        tracklet(1, times(0, 3), other),
        tracklet(2, times(3.6, 7), other),
        tracklet(3, times(3.6, 7), walker),
    ]
    assert sorted(groups(parts)) == [[0, 3], [1, 2]]


def test_colours_forbid_what_motion_allows() -> None:
    parts = [tracklet(0, times(0, 3), walker, signature=RED), tracklet(1, times(3.4, 6), walker, signature=BLUE)]
    assert groups(parts) == [[0], [1]]


def test_contradicting_numbers_forbid_a_join() -> None:
    def parts(number: str) -> list[Tracklet]:
        return [
            tracklet(0, times(0, 3), walker, numbers=(("10", 0.9),)),
            tracklet(1, times(3.4, 6), walker, numbers=((number, 0.9),)),
        ]

    assert groups(parts("7")) == [[0], [1]]
    assert groups(parts("10")) == [[0, 1]]


def test_numbers_are_compared_along_the_whole_chain() -> None:
    # The middle piece shows no number; joined to both sides it would make one person wear two.
    parts = [
        tracklet(0, times(0, 2), walker, numbers=(("10", 0.9),)),
        tracklet(1, times(2.4, 4), walker),
        tracklet(2, times(4.6, 6), walker, numbers=(("7", 0.9),)),
    ]
    assert all({0, 2} - set(group) for group in groups(parts))


def test_the_same_number_bridges_a_longer_gap() -> None:
    def standing(t: float) -> tuple[float, float]:
        return 300.0 + 5 * t, 300.0

    def parts(numbers: tuple[tuple[str, float], ...]) -> list[Tracklet]:
        return [tracklet(k, times(s, e), standing, numbers=numbers) for k, (s, e) in enumerate([(0, 3), (4.8, 7)])]

    assert groups(parts(())) == [[0], [1]]
    assert groups(parts((("9", 0.9),))) == [[0, 1]]


def test_nothing_is_joined_across_a_cut() -> None:
    parts = [tracklet(0, times(0, 3), walker), tracklet(1, times(3.2, 6), walker)]
    assert groups(parts) == [[0, 1]]
    assert groups(parts, cuts=(3.2,)) == [[0], [1]]


def test_the_camera_is_taken_out() -> None:
    # The player stands still; while he is hidden the camera pans on by 300 px.
    camera = STILL.copy()
    camera[16:19] = shift(100)
    parts = [tracklet(0, times(0, 3), lambda t: (200.0, 300.0)), tracklet(1, times(3.8, 6), lambda t: (500.0, 300.0))]
    assert groups(parts, camera) == [[0, 1]]
    assert groups(parts) == [[0], [1]]


def test_runs_that_overlap_in_time_are_two_people() -> None:
    parts = [tracklet(0, times(0, 3), walker), tracklet(1, times(2.0, 5), walker)]
    assert groups(parts) == [[0], [1]]


def test_labels_are_never_mixed() -> None:
    first = tracklet(0, times(0, 3), walker)
    second = tracklet(1, times(3.4, 6), walker)
    ball = Tracklet(1, "sports ball", second.times, second.boxes, second.scores)
    assert groups([first, ball]) == [[0], [1]]


def test_every_tracklet_is_in_exactly_one_group_in_order_of_time() -> None:
    rng = np.random.default_rng(4)
    parts = []
    for k in range(40):
        start = float(rng.integers(0, 40)) / 5
        x, y = rng.uniform(0, 800), rng.uniform(200, 500)
        parts.append(tracklet(k, times(start, start + 2), straight(x, y)))
    joined = join_tracklets(parts, GRID, STILL, (), JoinSettings(gate=6.0, gap_cost=0.3))
    assert sorted(t.tracklet_id for group in joined for t in group) == list(range(40))
    assert len(joined) < 40
    for group in joined:
        assert all(a.times[-1] < b.times[0] for a, b in pairwise(group))
    assert [group[0].times[0] for group in joined] == sorted(group[0].times[0] for group in joined)


def test_no_tracklets_no_identities() -> None:
    assert join_tracklets([], [], np.zeros((0, 3, 3)), ()) == []


def test_camera_times_need_their_homographies() -> None:
    with pytest.raises(ValueError, match="homographies"):
        join_tracklets([], GRID, STILL[:3], ())


def test_the_stage_goes_there_and_back() -> None:
    rng = np.random.default_rng(0)
    camera = np.stack([shift(*rng.normal(0, 20, 2)) for _ in range(60)])
    stage = Stage(GRID, camera, [])
    there, back = stage.between([1.0, 2.0], [5.0, 2.0]), stage.between([5.0, 2.0], [1.0, 2.0])
    np.testing.assert_allclose(there @ back, np.repeat(np.eye(3)[None], 2, 0), atol=1e-9)
    expected = camera[6:26, :2, 2].sum(axis=0)
    np.testing.assert_allclose(there[0, :2, 2], expected)
    assert [stage.shot(t) for t in (0.0, 1.0)] == [0, 0]


def sample(**kit: float) -> CropSample:
    return CropSample(0, 0.5, np.zeros(4, np.float32), 1.0, shirt=kit)


def test_looks_prefer_the_same_kit() -> None:
    grid = times(0, 1)
    red, red2, blue = (
        Looks.of(Tracklet(k, "person", grid, np.zeros((5, 4), np.float32), np.ones(5, np.float32), (s,)))
        for k, s in enumerate([sample(red=0.9), sample(red=0.8, white=0.1), sample(blue=0.9)])
    )
    assert looks_cost(red, red2) < 0 < looks_cost(red, blue)
    assert looks_cost(Looks(), red) == 0.0


def test_half_a_number_does_not_contradict_the_whole() -> None:
    one, ten, seven = (Looks(numbers={text: 0.9}) for text in ("1", "10", "7"))
    assert not numbers_contradict(one, ten)
    assert numbers_contradict(ten, seven)
    assert not numbers_contradict(ten, Looks(numbers={"7": 0.3}))
    assert Looks(numbers={"1": 0.9, "7": 0.8}).number is None


def test_a_match_of_many_tracklets_is_joined_in_seconds() -> None:
    import time

    rng = np.random.default_rng(2)
    grid = np.arange(3000) * 0.2
    still = np.repeat(np.eye(3)[None], 3000, axis=0)
    parts = []
    for k in range(1200):
        start = float(rng.integers(0, 2900)) / 5
        x, y = rng.uniform(0, 1200), rng.uniform(100, 700)
        parts.append(tracklet(k, times(start, start + 4), straight(x, y, 20.0)))
    begin = time.process_time()
    join_tracklets(parts, grid, still, ())
    assert time.process_time() - begin < 8.0
