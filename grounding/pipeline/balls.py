"""The ball among the tracklets of a video."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from grounding.vocabulary import BALL_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grounding.track.stage import Stage
    from grounding.types import Tracklet

BALL_GAP: Final = 0.6
"""Seconds of absence that are drawn through: a ball changes its way too fast for more."""


def balls_of_shots(tracklets: Iterable[Tracklet], stage: Stage) -> list[list[Tracklet]]:
    """The tracklets of balls, those of one shot together: there is one ball in play, so they are of one track."""
    shots: dict[int, list[Tracklet]] = defaultdict(list)
    for tracklet in tracklets:
        if tracklet.label == BALL_LABEL:
            shots[stage.shot(float(tracklet.times[0]))].append(tracklet)
    return [shots[shot] for shot in sorted(shots)]
