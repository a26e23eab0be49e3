"""Where in the picture a box is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grounding.describe.soft import keep, ramp
from grounding.vocabulary import term

if TYPE_CHECKING:
    from grounding.types import Box

_EDGE = 0.04
"""Half the width of the band, as a share of the picture, in which a box is on both sides of a border."""


def _thirds(x: float) -> tuple[float, float, float]:
    first = 1 - ramp(x, 1 / 3 - _EDGE, 1 / 3 + _EDGE)
    last = ramp(x, 2 / 3 - _EDGE, 2 / 3 + _EDGE)
    return first, 1 - first - last, last


def place_terms(box: Box, width: int, height: int) -> dict[str, float]:
    """Terms of `vocabulary.PLACES` for the middle of `box` in a picture of `width` x `height` pixels."""
    x = (box[0] + box[2]) / 2 / width
    y = (box[1] + box[3]) / 2 / height
    left, centre, right = _thirds(x)
    top, middle, bottom = _thirds(y)
    degrees = {
        "left": left,
        "centre": centre,
        "right": right,
        "top": top,
        "middle": middle,
        "bottom": bottom,
        "far left": 1 - ramp(x, 1 / 6 - _EDGE, 1 / 6 + _EDGE),
        "far right": ramp(x, 5 / 6 - _EDGE, 5 / 6 + _EDGE),
    }
    return keep({term("place", name): degree for name, degree in degrees.items()})
