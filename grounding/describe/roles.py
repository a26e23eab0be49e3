"""Who is no player, told from what everybody wears: the kits of a match are two, and officials wear neither.

Keepers wear neither as well, but numbers; most officials wear black and none a number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from grounding.describe.soft import ramp
from grounding.describe.terms import top_value, values_of
from grounding.types import Terms
from grounding.vocabulary import REFEREE, term

SURE_PERSON: Final = 0.4
"""Mean score of detections below which somebody says little of who plays: spectators have less."""
PLAIN: Final = frozenset({"black"})
"""What officials wear more often than keepers."""
NUMBERED: Final = (0.15, 0.5)
"""Shares of the seconds of a colour with a number read between which its wearers stop being officials: of players three
quarters are read, of somebody without a number one in ten are misread."""
ELSE: Final = 0.4
"""How far somebody in another colour that is no team's is taken for an official and not for a keeper."""


def kits_of(worn: Sequence[Terms], seconds: Sequence[float]) -> tuple[str, ...]:
    """The shirt colours of the two teams: those worn for most of the time.

    worn: terms of each person; seconds: how long each was seen.
    """
    total: dict[str, float] = defaultdict(float)
    for terms, length in zip(worn, seconds, strict=True):
        colour = top_value(terms, "shirt_colour")
        if colour is not None:
            total[colour] += length
    return tuple(sorted(total, key=lambda colour: (-total[colour], colour))[:2])


def referees(worn: Sequence[Terms], seconds: Sequence[float], scores: Sequence[float]) -> list[dict[str, float]]:
    """For each person the term `object:referee`, or nothing where it is not at least a little true.

    worn: terms of what each wears; seconds: how long each was seen; scores: mean scores of their detections.
    """
    sure = [length if score >= SURE_PERSON else 0.0 for length, score in zip(seconds, scores, strict=True)]
    kits = kits_of(worn, sure)
    numbered = _numbered(worn, sure)
    found: list[dict[str, float]] = []
    for terms, score in zip(worn, scores, strict=True):
        colour = top_value(terms, "shirt_colour")
        if colour is None or len(kits) < 2 or score < SURE_PERSON:
            found.append({})
            continue
        of_team = max((degree for name, degree in values_of(terms, "shirt_colour") if name in kits), default=0.0)
        degree = (1.0 - of_team) * (1.0 if colour in PLAIN else ELSE) * (1.0 - ramp(numbered[colour], *NUMBERED))
        found.append({term("object", REFEREE): round(degree, 3)} if degree >= 0.1 else {})
    return found


def _numbered(worn: Sequence[Terms], seconds: Sequence[float]) -> Mapping[str, float]:
    """For each shirt colour, the share of its seconds in whose tracks a number was read."""
    total: dict[str, float] = defaultdict(float)
    read: dict[str, float] = defaultdict(float)
    for terms, length in zip(worn, seconds, strict=True):
        colour = top_value(terms, "shirt_colour")
        if colour is not None:
            total[colour] += length
            read[colour] += length if top_value(terms, "number") is not None else 0.0
    return defaultdict(float, {colour: read[colour] / total[colour] for colour in total if total[colour]})
