"""Numbers beside people: where they stand, and that they can be read there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.describe.number import NumberReader
from grounding.types import Box, Image, Tube
from grounding.verify.looking.marks import RED, marked, people_at, placed, second_box
from tests.grounding.verify.looking.drawn import Player, picture
from tests.grounding.verify.looking.seeing import numbers_on

WIDTH, HEIGHT = 640, 360


def overlap(one: Box, other: Box) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


def shirt(box: Box) -> Box:
    x1, y1, x2, y2 = box
    return x1, y1 + 0.12 * (y2 - y1), x2, y1 + 0.58 * (y2 - y1)


def middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] < box[2] and box[1] <= point[1] < box[3]


def test_above_the_head_where_there_is_room() -> None:
    (mark,) = placed({3: (300.0, 150.0, 340.0, 250.0)}, WIDTH, HEIGHT)
    assert mark.number == 3
    assert mark.box[3] <= 150
    assert 150 - mark.box[3] <= 4
    assert abs((mark.box[0] + mark.box[2]) / 2 - 320) <= 1
    assert not mark.far


def test_at_the_feet_where_the_head_is_at_the_edge() -> None:
    (mark,) = placed({1: (300.0, 2.0, 340.0, 102.0)}, WIDTH, HEIGHT)
    assert mark.box[1] >= 102


@pytest.mark.parametrize(
    "box",
    [(-30, 100, 20, 260), (620, 100, 670, 260), (0, 0, 640, 360), (200, -40, 440, 420), (300, 340, 340, 400),
     (600, 330, 640, 360), (0, 330, 30, 360)],
)  # fmt: skip
def test_inside_the_picture_whoever_leaves_it(box: Box) -> None:
    (mark,) = placed({12: box}, WIDTH, HEIGHT)
    x1, y1, x2, y2 = mark.box
    assert 0 <= x1 < x2 <= WIDTH
    assert 0 <= y1 < y2 <= HEIGHT
    assert not holds(mark.box, middle(box))


coordinate = st.tuples(st.floats(0, WIDTH - 30), st.floats(0, HEIGHT - 40), st.floats(14, 80), st.floats(30, 170)).map(
    lambda v: (v[0], v[1], v[0] + v[2], v[1] + v[3])
)


@given(st.lists(coordinate, min_size=1, max_size=6))
def test_over_no_shirt_no_other_number_and_not_the_second(boxes: list[Box]) -> None:
    people = dict(enumerate(boxes, 1))
    marks = placed(people, WIDTH, HEIGHT)
    assert [mark.number for mark in marks] == list(people)
    for mark in marks:
        x1, y1, x2, y2 = mark.box
        assert 0 <= x1 < x2 <= WIDTH
        assert 0 <= y1 < y2 <= HEIGHT
        assert not overlap(mark.box, second_box(WIDTH, HEIGHT))
        assert not any(overlap(mark.box, other.box) for other in marks if other is not mark)
        for box in people.values():
            assert not overlap(mark.box, shirt(box))
            assert not holds(mark.box, middle(box))


def test_a_number_far_from_its_person_is_joined_to_them_by_a_line() -> None:
    """Somebody small before the shirt of somebody close by."""
    people = {1: (310.0, 60.0, 330.0, 100.0), 2: (100.0, -48.0, 540.0, 380.0)}
    small, large = placed(people, WIDTH, HEIGHT)
    assert (small.far, large.far) == (True, False)
    plain = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    seen = marked(plain, people, 0)
    start, end = np.array(middle(small.box)), np.array([320.0, 60.0])
    between = [np.round(start + (end - start) * part).astype(int) for part in (0.6, 0.75, 0.9)]
    assert all(seen[y - 1 : y + 2, x - 1 : x + 2, 0].max() > 150 for x, y in between)


def test_only_who_is_seen_then_is_numbered() -> None:
    times = np.array([0.0, 0.2, 0.4, 3.0, 3.2])
    tube = Tube(times, np.array([[10 * t, 50, 10 * t + 20, 100] for t in times], np.float32))
    assert set(people_at({4: tube}, 0.25, (1.0, 1.0))) == {4}
    assert people_at({4: tube}, 2.0, (1.0, 1.0)) == {}
    assert people_at({4: tube}, 9.0, (1.0, 1.0)) == {}
    assert people_at({4: tube}, 0.3, (0.5, 2.0))[4] == pytest.approx((1.5, 100, 11.5, 200))


PLAYERS = [Player("yellow", 90), Player("blue", 230, 40), Player("white", 380, 200), Player("purple", 540, 120)]


def drawn(numbers: list[int]) -> tuple[Image, Image, dict[int, Box]]:
    people = {number: one.box(0.0) for number, one in zip(numbers, PLAYERS, strict=True)}
    plain = picture(PLAYERS, 0.0)
    return plain, marked(plain, people, 7), people


def test_what_is_drawn_changes_no_shirt() -> None:
    plain, seen, people = drawn([1, 2, 3, 14])
    assert not np.array_equal(plain, seen)
    for box in people.values():
        x1, y1, x2, y2 = (round(value) for value in shirt(box))
        assert np.array_equal(plain[y1:y2, x1:x2], seen[y1:y2, x1:x2])


@pytest.mark.parametrize("numbers", [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]])
def test_the_numbers_can_be_told_by_their_print(numbers: list[int]) -> None:
    _, seen, people = drawn(numbers)
    found = dict(numbers_on(seen))
    assert sorted(found) == numbers
    for number, box in found.items():
        assert abs(middle(box)[0] - middle(people[number])[0]) < 12


def test_the_projects_own_reader_of_shirt_numbers_reads_them() -> None:
    """The digits are as plain as those on shirts; read out of a crop that puts them where a shirt's number is."""
    reader, right, asked = NumberReader(), 0, 0
    for numbers in ([1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 14, 23]):
        _, seen, people = drawn(numbers)
        for mark in placed(people, WIDTH, HEIGHT):
            x1, y1, x2, y2 = mark.box
            wide, tall = 3 * (x2 - x1), 6 * (y2 - y1)
            left, top = (x1 + x2) // 2 - wide // 2, (y1 + y2) // 2 - round(0.34 * tall)
            padded = np.pad(seen, ((120, 120), (120, 120), (0, 0)), mode="edge")
            crop = padded[120 + top : 120 + top + tall, 120 + left : 120 + left + wide]
            (reading,) = reader.read([np.ascontiguousarray(crop)])
            asked += 1
            right += reading is not None and reading[0] == str(mark.number)
    assert right >= 10, f"{right} of {asked}"


def test_the_second_is_white_on_black_in_its_corner() -> None:
    _, seen, _ = drawn([1, 2, 3, 4])
    x1, y1, x2, y2 = (round(value) for value in second_box(WIDTH, HEIGHT))
    corner = seen[y1:y2, x1:x2]
    assert (corner == 0).all(axis=2).mean() > 0.4
    assert (corner > 200).all(axis=2).any()
    assert not (np.abs(corner.astype(int) - RED).sum(axis=2) < 60).any()
    other = marked(picture(PLAYERS, 0.0), {}, 8)
    assert not np.array_equal(corner, other[y1:y2, x1:x2])
