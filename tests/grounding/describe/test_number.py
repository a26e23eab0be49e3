"""Numbers drawn on shirts are read; no number is not."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from grounding.describe.number import NUMBERS, NumberReader, number_chances
from grounding.types import Image

FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX)
SHIRTS = (((200, 30, 40), (250, 250, 250)), ((245, 245, 245), (20, 20, 60)), ((30, 50, 160), (250, 220, 40)))


def _player(number: str, *, height: int, case: int) -> Image:
    """A crude player seen from behind, `height` pixels tall, the number a seventh of that."""
    image = np.zeros((400, 170, 3), np.uint8)
    image[:] = (70, 130, 60)
    shirt, ink = SHIRTS[case % len(SHIRTS)]
    cv2.ellipse(image, (85, 35), (20, 26), 0, 0, 360, (70, 50, 40), -1)
    cv2.rectangle(image, (35, 66), (135, 200), shirt, -1)
    cv2.rectangle(image, (42, 200), (128, 260), (30, 30, 40), -1)
    for x in (60, 108):
        cv2.line(image, (x, 260), (x, 390), (180, 140, 110), 18)
    font = FONTS[case % len(FONTS)]
    (width, tall), _ = cv2.getTextSize(number, font, 2.4, 7)
    cv2.putText(image, number, (85 - width // 2, 112 + tall // 2), font, 2.4, ink, 7, cv2.LINE_AA)
    return np.asarray(cv2.resize(image, (round(170 * height / 400), height), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def reader() -> NumberReader:
    return NumberReader()


@pytest.mark.parametrize("height", [110, 200, 400])
def test_numbers_are_read(reader: NumberReader, height: int) -> None:
    numbers = ["4", "7", "9", "10", "18", "23", "31", "56", "88"]
    readings = reader.read([_player(number, height=height, case=case) for case, number in enumerate(numbers)])
    said = [(reading[0] if reading else None) for reading in readings]
    right = sum(reading == number for reading, number in zip(said, numbers, strict=True))
    assert right >= 8, said
    assert all(0.4 <= reading[1] <= 1.0001 for reading in readings if reading)


def test_where_there_is_no_number_none_is_read(reader: NumberReader) -> None:
    shirts = [_player("", height=height, case=case) for case in range(3) for height in (110, 200, 400)]
    confident = [reading for reading in reader.read(shirts) if reading and reading[1] > 0.6]
    assert not confident


def test_a_word_is_not_a_number(reader: NumberReader) -> None:
    (reading,) = reader.read([_player("FLY", height=300, case=0)])
    assert reading is None or reading[1] < 0.6


@pytest.mark.parametrize("shape", [(0, 0, 3), (3, 2, 3), (12, 400, 3), (400, 3, 3)])
def test_crops_of_no_use_are_passed_over(reader: NumberReader, shape: tuple[int, ...]) -> None:
    reading = reader.read([np.zeros(shape, np.uint8)])[0]
    assert reading is None or reading[1] < 0.6


def test_several_at_once_give_the_same(reader: NumberReader) -> None:
    crops = [_player(number, height=160, case=1) for number in ("5", "12", "")]
    assert reader.read(crops) == [reader.read([crop])[0] for crop in crops]
    assert reader.read([]) == []


def _collapse(path: tuple[int, ...]) -> str:
    return "".join(str(symbol - 1) for symbol, _ in itertools.groupby(path) if symbol)


def test_the_chance_of_a_number_is_the_sum_over_all_its_paths() -> None:
    """By brute force over all paths of blank and the digits 0-3 along four steps."""
    steps = np.zeros((4, 11))
    steps[:, :5] = np.random.default_rng(5).dirichlet(np.ones(5), 4)
    expected = dict.fromkeys(NUMBERS, 0.0)
    for path in itertools.product(range(5), repeat=4):
        text = _collapse(path)
        if text in expected:
            expected[text] += float(np.prod(steps[range(4), path]))
    chances = number_chances(steps.astype(np.float32))
    np.testing.assert_allclose(chances, [expected[number] for number in NUMBERS], atol=1e-7)
    assert expected["11"] > 0
