"""Colours as people name them: in shade, with a number on the back, on grass of the same colour."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from grounding.describe.colour import degrees, kit_masks, kit_shares, name_shares
from grounding.types import Floats, Image
from grounding.vocabulary import COLOURS

GRASS = (66, 132, 48)
KITS = {
    "red": (200, 25, 35),
    "orange": (240, 115, 20),
    "yellow": (245, 215, 40),
    "green": (15, 140, 70),
    "light blue": (120, 180, 230),
    "blue": (25, 60, 190),
    "purple": (95, 40, 150),
    "pink": (240, 110, 180),
    "brown": (110, 65, 30),
    "black": (22, 22, 26),
    "grey": (128, 128, 132),
    "white": (238, 238, 240),
}


def player(
    shirt: tuple[int, int, int], shorts: tuple[int, int, int], *, height: int = 120, shade: float = 1.0, seed: int = 0
) -> tuple[Image, Floats]:
    """A drawn figure on noisy grass, as (crop, box): head, trunk, shorts, two bare legs apart."""
    side = round(height * 1.4)
    rng = np.random.default_rng(seed)
    image = np.zeros((side, side, 3), np.float32)
    image[:] = GRASS
    x, top = side // 2, round(height * 0.2)

    def at(share: float) -> int:
        return top + round(height * share)

    cv2.ellipse(image, (x, at(0.08)), (round(height * 0.06), round(height * 0.08)), 0, 0, 360, (200, 150, 120), -1)
    cv2.rectangle(image, (x - height // 9, at(0.16)), (x + height // 9, at(0.47)), shirt, -1)
    cv2.rectangle(image, (x - height // 9, at(0.47)), (x + height // 9, at(0.65)), shorts, -1)
    for foot in (-1, 1):
        start, end = (x + foot * height // 14, at(0.65)), (x + foot * height // 5, at(0.98))
        cv2.line(image, start, end, (200, 150, 120), max(2, height // 16))
    lit = image * shade + rng.normal(0, 6, image.shape)
    box = np.asarray([x - height * 0.22, top, x + height * 0.22, top + height], np.float32)
    return np.clip(lit, 0, 255).astype(np.uint8), box


def joints(box: Floats) -> Floats:
    """MoveNet points where `player` has them."""
    x, top, height = (box[0] + box[2]) / 2, box[1], box[3] - box[1]
    points = np.full((17, 3), 0.8, np.float32)
    places = {5: (-0.1, 0.18), 6: (0.1, 0.18), 11: (-0.06, 0.5), 12: (0.06, 0.5), 13: (-0.12, 0.74), 14: (0.12, 0.74)}
    for joint in range(17):
        dx, dy = places.get(joint, (0.0, 0.1))
        points[joint, :2] = x + dx * height, top + dy * height
    return points


def top(shares: dict[str, float]) -> str:
    return max(shares, key=lambda name: shares[name]) if shares else "nothing"


@pytest.mark.parametrize("name", COLOURS)
@pytest.mark.parametrize("shade", [1.0, 0.75])
def test_each_colour_is_named_in_sun_and_in_light_shade(name: str, shade: float) -> None:
    crop, box = player(KITS[name], KITS["white" if name != "white" else "black"], shade=shade)
    shirt, shorts = kit_shares(crop, box, light=shade)
    assert top(shirt) == name
    assert top(shorts) == ("white" if name != "white" else "black")
    assert degrees(shirt)[name] >= 0.8


@pytest.mark.parametrize("name", ["red", "yellow", "blue", "green", "light blue"])
def test_deep_shade_keeps_the_hue(name: str) -> None:
    """Orange is left out: at half its brightness it is the colour that people call brown."""
    crop, box = player(KITS[name], KITS["white"], shade=0.5)
    assert top(kit_shares(crop, box)[0]) in (name, name.removeprefix("light "))


@pytest.mark.parametrize("height", [24, 48, 300])
@pytest.mark.parametrize("pose", [False, True])
def test_small_and_large_with_and_without_a_pose(height: int, pose: bool) -> None:
    crop, box = player(KITS["red"], KITS["blue"], height=height)
    shirt, shorts = kit_shares(crop, box, joints(box) if pose else None)
    assert (top(shirt), top(shorts)) == ("red", "blue")


def test_grass_between_the_limbs_is_not_a_kit() -> None:
    """A box twice as wide as the body: without regard to the surroundings half of the shirt would be grass."""
    crop, box = player(KITS["white"], KITS["black"])
    wide = box + np.asarray([-30, 0, 30, 0], np.float32)
    shirt, _ = kit_shares(crop, wide)
    assert top(shirt) == "white"
    assert shirt.get("green", 0.0) < 0.25


def test_a_green_shirt_on_grass_stays_green() -> None:
    crop, box = player((60, 125, 45), KITS["white"])
    assert top(kit_shares(crop, box)[0]) == "green"


def test_a_number_on_the_back_does_not_change_the_shirt() -> None:
    crop, box = player(KITS["blue"], KITS["white"], height=160)
    cv2.putText(crop, "10", (round(box[0]) + 22, round(box[1]) + 62), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 3)
    assert top(kit_shares(crop, box)[0]) == "blue"


def test_stripes_have_two_names() -> None:
    pixels = np.asarray([KITS["red"]] * 60 + [KITS["white"]] * 60, np.uint8)
    found = degrees(name_shares(pixels))
    assert set(found) == {"red", "white"}
    assert min(found.values()) >= 0.8


def test_shares_are_shares() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (500, 3)).astype(np.uint8)
    shares = name_shares(pixels)
    assert set(shares) <= set(COLOURS)
    assert 0.8 < sum(shares.values()) <= 1.001
    assert name_shares(pixels[:3]) == {}
    assert degrees({}) == {}


def test_masks_follow_the_joints_of_a_leaning_body() -> None:
    """The trunk lies across: the box alone would look at the wrong place."""
    points = np.full((17, 3), 0.9, np.float32)
    for joint, place in {5: (20, 60), 6: (24, 72), 11: (66, 62), 12: (68, 72), 13: (90, 60), 14: (92, 74)}.items():
        points[joint, :2] = place
    shirt, shorts = kit_masks((130, 130), (5, 40, 125, 95), points)
    rows, columns = np.nonzero(shirt)
    assert 25 < columns.mean() < 60
    assert 55 < rows.mean() < 75
    assert np.nonzero(shorts)[1].mean() > 65
    assert not (shirt & shorts).any()


def test_a_box_at_the_border_of_the_picture_is_no_error() -> None:
    crop, box = player(KITS["red"], KITS["white"])
    for shifted in (box - 90, box + 90, box * 0 + 3):
        shirt, shorts = kit_shares(crop, shifted)
        assert all(0 <= share <= 1 for share in [*shirt.values(), *shorts.values()])
