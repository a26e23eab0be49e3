"""The whole-picture track that every shot has: how many people are seen, in which colours, and how the camera turns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grounding.describe.terms import count_terms, top_value
from grounding.describe.text import describe_picture
from grounding.pipeline.observe import seconds_of
from grounding.types import Observation, Tube
from grounding.vocabulary import PICTURE_LABEL, term

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from grounding.describe.motion import Ground
    from grounding.types import Shot, Terms, VideoInfo

_PAN = 0.06
"""Share of the picture's width a second from which the camera is said to turn."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One person for counting: when, and what they wear."""

    tube: Tube
    kit: Terms


def picture_tube(shot: Shot, info: VideoInfo, step: float) -> Tube | None:
    """The full picture over a shot, on the grid of boxes; None for a shot without a grid time."""
    first, last = int(np.ceil(shot.span.start / step - 1e-6)), int(np.ceil(shot.span.end / step - 1e-6))
    if last <= first:
        return None
    times = np.arange(first, last, dtype=np.float64) * step
    boxes = np.tile(np.asarray([0, 0, info.width, info.height], np.float32), (len(times), 1))
    return Tube(np.asarray(times, np.float64), boxes, step)


def observe_picture(tube: Tube, people: Sequence[Seen], info: VideoInfo, ground: Ground) -> list[Observation]:
    """One observation a second. people: those who may be in this shot."""
    box = (0.0, 0.0, float(info.width), float(info.height))
    seconds = seconds_of(tube)
    pans = _pans(tube, seconds, info, ground)
    counts, colours = _present(tube, people)
    observations = []
    for second, count, shirts in zip(seconds, counts.tolist(), colours, strict=True):
        terms = {term("object", PICTURE_LABEL): 1.0, **count_terms(count)}
        text = describe_picture(shirts.most_common(3), max(round(count), shirts.total()), pans.get(second))
        observations.append(Observation(second, box, terms, text))
    return observations


def _present(picture: Tube, people: Sequence[Seen]) -> tuple[NDArray[np.float64], list[Counter[str]]]:
    """For each second of the picture, how many people are seen on average, and the shirts of those seen half of it."""
    second_of = np.unique((picture.times + 1e-6).astype(np.int64), return_inverse=True)[1]
    lengths = np.bincount(second_of)
    counts = np.zeros(len(lengths))
    shirts: list[Counter[str]] = [Counter() for _ in lengths]
    for seen in people:
        own = seen.tube.times
        low, high = np.searchsorted(picture.times, (own[0] - 1e-3, own[-1] + 1e-3))
        times = picture.times[low:high]
        if len(times) == 0:
            continue
        there = np.searchsorted(own, times + 1e-3) > np.searchsorted(own, times - 1e-3)
        # Only the seconds around the person's own: in a shot of an hour most people are gone most of the time.
        first, last = second_of[low], second_of[high - 1] + 1
        shares = np.bincount(second_of[low:high] - first, weights=there) / lengths[first:last]
        counts[first:last] += shares
        colour = top_value(seen.kit, "shirt_colour")
        if colour:
            for k in np.flatnonzero(shares >= 0.5):
                shirts[first + k][colour] += 1
    return counts, shirts


def _pans(tube: Tube, seconds: Sequence[int], info: VideoInfo, ground: Ground) -> Mapping[int, str]:
    """The side the camera turns to in each second in which it clearly does."""
    starts = np.maximum(np.asarray(seconds, np.float64), tube.times[0])
    ends = np.minimum(starts + 1.0, tube.times[-1])
    moved = ground.between(starts, ends) @ np.asarray([info.width / 2, info.height / 2, 1.0])
    shift = moved[:, 0] / moved[:, 2] - info.width / 2
    length = np.maximum(ends - starts, 1e-6)
    pace = np.where(length > 0.3, shift / length / info.width, 0.0)
    # What was in the middle moves to the left when the camera turns to the right.
    return {s: ("right" if p < 0 else "left") for s, p in zip(seconds, pace, strict=True) if abs(p) >= _PAN}
