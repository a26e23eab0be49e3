"""Tiles cover their band, and what several of them show is one box."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grounding.detect.tiles import Layout, cost_of, merge, row_of_tiles
from grounding.types import Detections

SIZE = (1280, 720)


def found(*boxes: tuple[float, float, float, float], scores: tuple[float, ...] = (), label: int = 0) -> Detections:
    n = len(boxes)
    given_scores = np.asarray(scores or [0.9] * n, np.float32)
    return Detections(np.asarray(boxes, np.float32).reshape(-1, 4), given_scores, np.full(n, label, np.int16))


@given(
    width=st.integers(64, 4000), height=st.integers(64, 2200), columns=st.integers(2, 4),
    overlap=st.floats(0, 0.25), band=st.tuples(st.floats(0, 0.4), st.floats(0.5, 1)),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_tiles_cover_the_band_and_overlap(
    width: int, height: int, columns: int, overlap: float, band: tuple[float, float]
) -> None:
    tiles = row_of_tiles((width, height), (band[0] * height, band[1] * height), columns, overlap * width)
    assert len(tiles) == columns
    assert tiles[0][0] == 0
    assert tiles[-1][2] == width
    for x1, y1, x2, y2 in tiles:
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 <= band[0] * height
        assert band[1] * height <= y2 <= height
    for left, right in pairwise(tiles):
        assert left[2] - right[0] >= overlap * width - 2


def test_cost_is_counted_in_whole_pictures() -> None:
    assert cost_of(Layout(), SIZE, 640) == 1
    halves = row_of_tiles(SIZE, (0, 720), 2, 0)  # higher than wide: the height is what is scaled to 640
    assert cost_of(Layout(False, halves), SIZE, 640) == pytest.approx(3, rel=0.05)
    half = row_of_tiles(SIZE, (180, 540), 2, 0)
    assert cost_of(Layout(False, half), SIZE, 640) == pytest.approx(2, rel=0.1)
    assert cost_of(Layout(True, half), SIZE, 640) == 1 + cost_of(Layout(False, half), SIZE, 640)


TILES = ((0, 200, 700, 600), (580, 200, 1280, 600))


def test_a_person_in_the_overlap_is_one() -> None:
    left, right = found((600, 100, 630, 180)), found((21, 101, 50, 181))
    merged = merge([left, right], TILES, SIZE)
    assert merged.boxes.tolist() == [[600, 300, 630, 380]]


def test_of_a_person_cut_by_a_border_the_whole_box_stays() -> None:
    """The left tile sees half of somebody with a higher score; the right one all of them."""
    left, right = found((680, 100, 700, 180), scores=(0.95,)), found((100, 98, 140, 182), scores=(0.6,))
    merged = merge([left, right], TILES, SIZE)
    assert merged.boxes.tolist() == [[680, 298, 720, 382]]
    assert merged.scores.tolist() == pytest.approx([0.6])


def test_a_box_cut_off_that_nothing_else_shows_stays() -> None:
    merged = merge([found((650, 380, 670, 400)), found()], TILES, SIZE)
    assert merged.boxes.tolist() == [[650, 580, 670, 600]]


def test_a_large_person_of_the_whole_picture_takes_its_pieces() -> None:
    whole = found((560, 100, 760, 700))
    left, right = found((562, 0, 700, 400)), found((0, 0, 178, 400))
    merged = merge([whole, left, right], ((0, 0, *SIZE), *TILES), SIZE)
    assert merged.boxes.tolist() == [[560, 100, 760, 700]]


def test_the_enlarged_box_wins_over_that_of_the_whole_picture() -> None:
    whole, left = found((100, 300, 130, 380), scores=(0.9,)), found((102, 102, 129, 179), scores=(0.5,))
    merged = merge([whole, left, found()], ((0, 0, *SIZE), *TILES), SIZE)
    assert merged.boxes.tolist() == [[102, 302, 129, 379]]


def test_two_people_side_by_side_in_one_tile_stay_two() -> None:
    """Within one part the detector has decided already what is one and what is two."""
    merged = merge([found((100, 100, 140, 200), (108, 100, 148, 200)), found()], TILES, SIZE)
    assert len(merged) == 2


def test_classes_are_kept_apart_and_order_is_by_score() -> None:
    ball = found((600, 100, 630, 130), scores=(0.3,), label=1)
    merged = merge([ball, found((20, 100, 50, 130), scores=(0.8,))], TILES, SIZE)
    assert merged.labels.tolist() == [0, 1]
    assert merged.scores.tolist() == pytest.approx([0.8, 0.3])


def test_nothing_found_is_nothing() -> None:
    assert len(merge([found(), found()], TILES, SIZE)) == 0
