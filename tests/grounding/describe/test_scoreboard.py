"""Boards as broadcasts draw them, over pictures that move: found, read and fitted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grounding.describe.boardnetworks import BoardNetworks
from grounding.describe.matchclock import fit_clock
from grounding.describe.scoreboard import BoardWatch
from grounding.types import Image, Span
from tests.grounding.describe.boards import drawn, moving_ground

FONTS = Path("/usr/share/fonts/truetype/dejavu")
SECONDS = 16

Draw = Callable[[Image, float], Image]


@pytest.fixture(scope="module")
def networks() -> BoardNetworks:
    return BoardNetworks()


def watched(
    networks: BoardNetworks, draw: Draw, *, size: tuple[int, int] = (1280, 720), still: bool = False
) -> BoardWatch:
    watch = BoardWatch(networks)
    for step in range(SECONDS * 2):
        t = step / 2
        watch.look(t, draw(moving_ground(0.0 if still else t, size), t))
    return watch


def mmss(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def strip(image: Image, t: float) -> Image:
    score = "1 - 0" if t < 9 else "2 - 0"
    cells = [
        ("HOM", 60, 40, 80, "#101828", "white"), (score, 140, 40, 100, "#f0f0f0", "#101010"),
        ("AWY", 240, 40, 80, "#101828", "white"), (mmss(2232 + t), 330, 40, 110, "#c01020", "white"),
    ]  # fmt: skip
    return drawn(image, cells, "DejaVuSans-Bold", 26)


def german(image: Image, t: float) -> Image:
    cells = [
        (mmss(1630 + t), 900, 30, 90, "#ffffff", "#202020"), ("THW", 990, 30, 74, "#003070", "#ffffff"),
        ("21:17" if t < 9 else "22:17", 1064, 30, 90, "#003070", "#ffe040"),
        ("SGF", 1154, 30, 70, "#003070", "#ffffff"),
    ]  # fmt: skip
    return drawn(image, cells, "DejaVuSansCondensed", 24)


def quarters(image: Image, t: float) -> Image:
    left = 261.7 - t
    cells = [
        ("HOM", 300, 640, 90, "#202020", "#ffffff"), ("55" if t < 9 else "57", 390, 640, 60, "#202020", "#ffd040"),
        ("AWY", 470, 640, 90, "#701020", "#ffffff"), ("60", 560, 640, 60, "#701020", "#ffd040"),
        ("Q3", 640, 640, 60, "#e8e8e8", "#101010"),
        (f"{int(left) // 60}:{left % 60:04.1f}", 700, 640, 120, "#e8e8e8", "#101010"),
    ]  # fmt: skip
    return drawn(image, cells, "DejaVuSans", 26)


def rows(image: Image, t: float) -> Image:
    cells = [
        ("HOM", 60, 40, 80, "#0a5030", "#ffffff"), ("1" if t < 9 else "2", 140, 40, 40, "#ffffff", "#0a5030"),
        ("AWY", 60, 82, 80, "#0a5030", "#ffffff"), ("0", 140, 82, 40, "#ffffff", "#0a5030"),
        (mmss(3672 + t), 60, 124, 120, "#101010", "#ffffff"),
    ]  # fmt: skip
    return drawn(image, cells, "DejaVuSansMono-Bold", 24)


@pytest.mark.skipif(not FONTS.is_dir(), reason="fonts-dejavu is not installed")
@pytest.mark.parametrize(
    ("draw", "start", "rate", "score"),
    [(strip, 2232, 1, (2, 0)), (german, 1630, 1, (22, 17)), (quarters, 261.7, -1, (57, 60)), (rows, 3672, 1, (2, 0))],
)
def test_boards_of_many_styles_are_read(
    networks: BoardNetworks, draw: Draw, start: float, rate: float, score: tuple[int, int]
) -> None:
    clock = fit_clock(watched(networks, draw).readings, Span(0, SECONDS))
    told = [clock.at(t + 0.5) for t in range(SECONDS)]
    assert all(said is not None and abs(said - start - rate * (t + 0.5)) <= 1 for t, said in enumerate(told))
    assert (clock.scores[-1].home, clock.scores[-1].away) == score
    assert len(clock.scores) == 2
    assert abs(clock.scores[-1].t - 9) <= 1.5
    if draw is quarters:
        assert {piece.period for piece in clock.pieces} == {3}


@pytest.mark.skipif(not FONTS.is_dir(), reason="fonts-dejavu is not installed")
def test_a_board_on_a_small_picture_of_a_camera_that_stands_still(networks: BoardNetworks) -> None:
    def small(image: Image, t: float) -> Image:
        return drawn(
            image,
            [("HOM 1-0 AWY", 20, 20, 130, "#101828", "white"), (mmss(600 + t), 150, 20, 60, "#f0f0f0", "#101010")],
            "DejaVuSans-Bold",
            15,
        )

    clock = fit_clock(watched(networks, small, size=(640, 360), still=True).readings, Span(0, SECONDS))
    assert clock.at(10) == pytest.approx(610, abs=1)
    assert [(change.home, change.away) for change in clock.scores] == [(1, 0)]


@pytest.mark.skipif(not FONTS.is_dir(), reason="fonts-dejavu is not installed")
def test_a_board_that_goes_away_for_a_replay_comes_back(networks: BoardNetworks) -> None:
    watch = watched(networks, lambda image, t: image if 5 <= t < 10 else strip(image, t))
    assert not [reading for reading in watch.readings if 5 <= reading.t < 10]
    assert {reading.t < 5 for reading in watch.readings} == {True, False}
    assert fit_clock(watch.readings, Span(0, SECONDS)).at(7.5) == pytest.approx(2239.5, abs=1)


@pytest.mark.skipif(not FONTS.is_dir(), reason="fonts-dejavu is not installed")
def test_no_board_no_reading_and_no_network(networks: BoardNetworks, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(image: Image) -> None:
        raise AssertionError(f"looked for text in {image.shape}")

    monkeypatch.setattr(networks, "find", fail)
    assert watched(networks, lambda image, _: image).readings == ()


@pytest.mark.skipif(not FONTS.is_dir(), reason="fonts-dejavu is not installed")
def test_words_that_stay_on_the_picture_are_no_board(networks: BoardNetworks) -> None:
    def name(image: Image, t: float) -> Image:
        return drawn(image, [("SPORTS CHANNEL 1", 900, 40, 300, "#ffffff", "#101010")], "DejaVuSans-Bold", 26)

    assert watched(networks, name).readings == ()
