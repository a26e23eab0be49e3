"""Colours of shirt and shorts, named in plain words, with the surroundings taken out.

A pixel gets soft memberships of the colour names from its hue, saturation and value (table lookup). Pixels whose colour
is common just outside the person's box count less, so that grass between the limbs does not make everybody green,
while a green shirt on grass stays green: what is common inside as well keeps its weight.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from grounding.vocabulary import COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from grounding.types import Floats, Image

Shares = dict[str, float]
Codes = NDArray[np.uint16]

_BITS = 5
_COARSE_BITS = 3
_WORKING_HEIGHT = 128
_MIN_PIXELS = 12
_MIN_KEYPOINT = 0.3
_L_SHOULDER, _R_SHOULDER, _L_HIP, _R_HIP, _L_KNEE, _R_KNEE = 5, 6, 11, 12, 13, 14


def _rise(x: Floats, low: float, high: float) -> Floats:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _hue_band(hue: Floats, start: float, end: float, soft: float = 6.0) -> Floats:
    """Membership of a band of hues in degrees, `start` to `end` the way round, with edges `2 * soft` wide."""
    middle = (start + ((end - start) % 360) / 2) % 360
    half = ((end - start) % 360) / 2
    distance = np.abs((hue - middle + 180) % 360 - 180)
    return np.asarray(np.clip((half - distance) / (2 * soft) + 0.5, 0, 1), np.float32)


def _memberships(rgb: Floats) -> Floats:
    """rgb: (N, 3) in 0..1 → (N, len(COLOURS)), rows summing to 1."""
    hsv = cv2.cvtColor(rgb[None], cv2.COLOR_RGB2HSV)[0]
    hue, sat, value = hsv[:, 0], hsv[:, 1], hsv[:, 2]
    # Dark or pale pixels have a hue by accident only: both saturation and the absolute spread must speak for one.
    coloured = _rise(sat, 0.14, 0.32) * _rise(sat * value, 0.06, 0.14)
    pale = 1 - _rise(sat, 0.42, 0.62)
    red_band = _hue_band(hue, 342, 12)
    pinkish = red_band * pale * _rise(value, 0.6, 0.78)
    warm = _hue_band(hue, 12, 42)
    dim = 1 - _rise(value, 0.48, 0.68)
    yellow = _hue_band(hue, 42, 66)
    magenta = _hue_band(hue, 292, 342)
    deep = 1 - _rise(value, 0.5, 0.68)
    claret = magenta * deep * _rise(hue, 312, 326)
    cyan, azure = _hue_band(hue, 164, 194), _hue_band(hue, 194, 228)
    light = azure * (1 - _rise(sat, 0.52, 0.74)) * _rise(value, 0.45, 0.62)
    bright_cyan = cyan * _rise(value, 0.4, 0.58)
    named = {
        "red": red_band - pinkish + claret,
        "orange": warm * (1 - dim),
        "yellow": yellow * (1 - 0.5 * (1 - _rise(value, 0.3, 0.45))),
        "green": _hue_band(hue, 66, 164) + 0.5 * (cyan - bright_cyan),
        "light blue": light + bright_cyan,
        "blue": azure - light + _hue_band(hue, 228, 254) + 0.5 * (cyan - bright_cyan),
        "purple": _hue_band(hue, 254, 292) + magenta * deep - claret,
        "pink": magenta * (1 - deep) + pinkish,
        "brown": warm * dim + yellow * 0.5 * (1 - _rise(value, 0.3, 0.45)),
    }
    chromatic = np.stack([named.get(name, np.zeros_like(hue)) for name in COLOURS], 1)
    chromatic /= np.maximum(chromatic.sum(1, keepdims=True), 1e-6)
    black = 1 - _rise(value, 0.16, 0.34)
    white = _rise(value, 0.58, 0.78)
    plain = {"black": black, "white": white, "grey": 1 - black - white}
    achromatic = np.stack([plain.get(name, np.zeros_like(hue)) for name in COLOURS], 1)
    # What is nearly black stays so whatever its hue.
    coloured = (coloured * (1 - 0.8 * (1 - _rise(value, 0.1, 0.2))))[:, None]
    return np.asarray(coloured * chromatic + (1 - coloured) * achromatic, np.float32)


@lru_cache(maxsize=1)
def _table() -> Floats:
    """(32**3, len(COLOURS)) memberships by quantised RGB."""
    levels = (np.arange(1 << _BITS, dtype=np.float32) + 0.5) / (1 << _BITS)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3)
    return _memberships(np.asarray(grid, np.float32))


def _code(pixels: Image, bits: int) -> Codes:
    p = (pixels >> (8 - bits)).astype(np.uint16)
    return np.asarray((p[..., 0] << (2 * bits)) | (p[..., 1] << bits) | p[..., 2], np.uint16)


def name_shares(pixels: Image, weights: Floats | None = None) -> Shares:
    """Share of each colour name among pixels.

    Args:
        pixels: (N, 3) RGB; weights: (N,) not negative, or None for all alike.

    Returns:
        name → share, shares under 0.02 left out; empty where there are too few pixels to tell.
    """
    if weights is None:
        weights = np.ones(len(pixels), np.float32)
    total = float(weights.sum())
    if len(pixels) < _MIN_PIXELS or total < _MIN_PIXELS / 3:
        return {}
    shares = weights @ _table()[_code(pixels, _BITS)] / total
    return {name: round(float(share), 3) for name, share in zip(COLOURS, shares, strict=True) if share >= 0.02}


def kit_shares(
    crop: Image, box: ArrayLike, keypoints: Floats | None = None, *, light: float = 1.0
) -> tuple[Shares, Shares]:
    """Colours of shirt and shorts of the person in `box`.

    Args:
        crop: (h, w, 3) RGB around the person, with some surroundings if there are any.
        box: x1, y1, x2, y2 in pixels of the crop. keypoints: (17, 3) MoveNet order in pixels of the crop, or None.
        light: brightness of white in this light, 1.0 where white is 255; darker pictures are evened out by it.

    Returns:
        Shares of shirt and of shorts as of `name_shares`.
    """
    crop, box_, points = _shrink(crop, np.asarray(box, np.float32), keypoints)
    if light < 1.0:
        levels = np.minimum(np.arange(256, dtype=np.float32) / max(0.4, light), 255).astype(np.uint8)
        crop = np.asarray(cv2.LUT(crop, levels), np.uint8)
    coarse = _code(crop, _COARSE_BITS)
    bins = 1 << (3 * _COARSE_BITS)
    outside = _outside(crop.shape[:2], box_)
    common_outside = np.asarray(cv2.calcHist([coarse], [0], outside, [bins], [0, bins]), np.float32).ravel()
    common_outside /= max(1.0, float(common_outside.sum()))
    pixels, codes = crop.reshape(-1, 3), coarse.ravel()
    parts = [np.flatnonzero(mask) for mask in kit_masks(crop.shape[:2], box_, points)]
    shirt, shorts = (name_shares(pixels[part], _own(codes[part], common_outside)) for part in parts)
    return shirt, shorts


def _own(codes: Codes, common_outside: Floats) -> Floats:
    """Weight of each pixel by how much more common its colour is inside the region than outside the person."""
    inside = np.bincount(codes, minlength=len(common_outside)).astype(np.float32)
    inside /= max(1.0, float(inside.sum()))
    ratio = inside / (inside + common_outside + 1e-6)
    return np.asarray(ratio[codes] ** 2, np.float32)


def _shrink(crop: Image, box: Floats, keypoints: Floats | None) -> tuple[Image, Floats, Floats | None]:
    height = float(box[3] - box[1])
    if height <= _WORKING_HEIGHT:
        return crop, box, keypoints
    scale = _WORKING_HEIGHT / height
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    small = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
    if keypoints is not None:
        keypoints = keypoints * np.asarray([scale, scale, 1.0], np.float32)
    return small, box * scale, keypoints


def _outside(shape: tuple[int, ...], box: Floats) -> NDArray[np.uint8]:
    x1, y1, x2, y2 = box
    grow = 0.04 * (y2 - y1)
    mask = np.ones(shape, np.uint8)
    mask[max(0, int(y1 - grow)) : int(y2 + grow) + 1, max(0, int(x1 - grow)) : int(x2 + grow) + 1] = 0
    return mask


def kit_masks(
    shape: tuple[int, ...], box: ArrayLike, keypoints: Floats | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where shirt and shorts are in a crop of `shape` (h, w): from the joints if they are seen, else from the box.

    Returns:
        Two (h, w) masks.
    """
    box_ = np.asarray(box, np.float32)
    if keypoints is not None and _trustworthy(keypoints, box_):
        return _masks_from_joints(shape, keypoints)
    return _part(shape, box_, (0.28, 0.72), (0.19, 0.44)), _part(shape, box_, (0.28, 0.72), (0.50, 0.63))


def _part(
    shape: tuple[int, ...], box: Floats, across: tuple[float, float], down: tuple[float, float]
) -> NDArray[np.bool_]:
    x1, y1, x2, y2 = box
    width, height = x2 - x1, y2 - y1
    mask = np.zeros(shape, np.bool_)
    top, bottom = round(float(y1 + down[0] * height)), round(float(y1 + down[1] * height))
    left, right = round(float(x1 + across[0] * width)), round(float(x1 + across[1] * width))
    mask[max(0, top) : max(top + 1, bottom), max(0, left) : max(left + 1, right)] = True
    return mask


def _trustworthy(points: Floats, box: Floats) -> bool:
    joints = points[[_L_SHOULDER, _R_SHOULDER, _L_HIP, _R_HIP]]
    if float(joints[:, 2].min()) < _MIN_KEYPOINT:
        return False
    shoulders, hips = joints[:2, :2].mean(0), joints[2:, :2].mean(0)
    torso = float(np.linalg.norm(hips - shoulders))
    height = float(max(box[3] - box[1], box[2] - box[0]))
    return 0.15 * height < torso < 0.55 * height


def _masks_from_joints(shape: tuple[int, ...], points: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    xy = points[:, :2]
    shoulders, hips = xy[[_L_SHOULDER, _R_SHOULDER]].mean(0), xy[[_L_HIP, _R_HIP]].mean(0)
    axis = hips - shoulders
    torso = float(np.linalg.norm(axis))
    shirt = np.zeros(shape, np.uint8)
    # Seen from the side the shoulders fall together; a trunk is still about half as wide as long.
    wide = max(float(np.linalg.norm(xy[_L_SHOULDER] - xy[_R_SHOULDER])) * 0.8, 0.42 * torso)
    _stroke(shirt, shoulders + 0.12 * axis, shoulders + 0.85 * axis, 0.85 * wide)
    shorts = np.zeros(shape, np.uint8)
    for hip, knee in ((_L_HIP, _L_KNEE), (_R_HIP, _R_KNEE)):
        seen = points[knee, 2] >= _MIN_KEYPOINT
        thigh = xy[knee] - xy[hip] if seen else 0.8 * axis
        _stroke(shorts, xy[hip] + 0.12 * thigh, xy[hip] + 0.5 * thigh, 0.26 * torso)
    shirt_mask, shorts_mask = shirt.astype(np.bool_), shorts.astype(np.bool_)
    return shirt_mask & ~shorts_mask, shorts_mask & ~shirt_mask


def _stroke(mask: Image, start: Floats, end: Floats, width: float) -> None:
    """Fills a bar with square ends from start to end."""
    along = end - start
    length = float(np.linalg.norm(along)) or 1.0
    across = np.asarray([-along[1], along[0]]) / length * max(1.0, width) / 2
    corners = np.rint(np.stack([start + across, end + across, end - across, start - across])).astype(np.int32)
    cv2.fillConvexPoly(mask, corners, 1)


def degrees(shares: Mapping[str, float]) -> dict[str, float]:
    """How true it is to call a garment each colour: full from a share of 0.45 (two-coloured kits have two names)."""
    if not shares:
        return {}
    top = max(shares.values())
    out = {}
    for name, share in shares.items():
        relative = share / max(top, 1e-6)
        degree = min(1.0, max(0.0, (share - 0.08) / 0.37)) * min(1.0, 0.35 + 0.65 * relative)
        if degree >= 0.05:
            out[name] = round(degree, 2)
    return out
