"""Where on the field somebody is, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.describe.soft import keep
from grounding.pitch.places import on_the_field
from grounding.vocabulary import PITCH_SEEN, PITCH_SIDED, PITCH_SIDES, term
from grounding.zones import GROUNDS, insides

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grounding.pitch.places import Spots

_SHARPEST: Final = 0.3
"""Metres: no border is told more sharply, feet are that far apart."""
_MOST: Final = 0.5
"""Share of the times of a second at which the place has to be known."""


def pitch_terms(spots: Spots, rows: NDArray[np.intp]) -> dict[str, float]:
    """Terms of `vocabulary.PITCH_PLACES` over the times `rows` of a second: the mean of how far each holds.

    A place holds by half on its border and fully two standard deviations inside it. Nothing is said of a second in
    which the place is known for less than half of the times, and of sides only where the ends are told apart.
    """
    ground = GROUNDS[spots.sport]
    known = rows[on_the_field(spots, ground.length, ground.width)[rows]]
    if not len(known) or len(known) < _MOST * len(rows):
        return {}
    soft = 2 * np.maximum(spots.errors[known], _SHARPEST)
    sided = bool(spots.sided[known].all())
    terms = {PITCH_SEEN: 1.0, **({PITCH_SIDES: 1.0} if sided else {})}
    for name, inside in insides(spots.sport, spots.points[known]).items():
        if sided or name not in PITCH_SIDED:
            terms[term("pitch", name)] = float(np.clip(0.5 + inside / (2 * soft), 0.0, 1.0).mean())
    return keep(terms)
