"""What a tracklet looks like, summed over its samples: for deciding who is who after an occlusion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from grounding.types import Floats, Tracklet
from grounding.vocabulary import COLOURS

_CONFIDENT_NUMBER = 0.6
_ALIKE = 0.75
_ALIKE_SPREAD = 0.12
_SAME_KIT = 0.965
_KIT_SPREAD = 0.02
_COLOUR_SPREAD = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Sums over samples: appearance (D,), shirt and shorts (len(COLOURS),); numbers: text → summed confidence.

    signature: (S,) sum of the colour signatures over all detections.
    """

    appearance: Floats | None = None
    signature: Floats | None = None
    shirt: Floats | None = None
    shorts: Floats | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, tracklet: Tracklet) -> Looks:
        vectors = [s.appearance for s in tracklet.samples if s.appearance is not None]
        numbers: dict[str, float] = {}
        for text, confidence in tracklet.numbers:
            numbers[text] = numbers.get(text, 0.0) + confidence
        return cls(
            appearance=np.sum(vectors, axis=0, dtype=np.float32) if vectors else None,
            signature=None if tracklet.signature is None else tracklet.signature * np.float32(len(tracklet.times)),
            shirt=_colours([s.shirt for s in tracklet.samples]),
            shorts=_colours([s.shorts for s in tracklet.samples]),
            numbers=numbers,
        )

    def with_(self, other: Looks) -> Looks:
        """The looks of both together."""
        texts = {**self.numbers, **other.numbers}
        return Looks(
            _sum(self.appearance, other.appearance),
            _sum(self.signature, other.signature),
            _sum(self.shirt, other.shirt),
            _sum(self.shorts, other.shorts),
            {text: self.numbers.get(text, 0.0) + other.numbers.get(text, 0.0) for text in texts},
        )

    @property
    def number(self) -> str | None:
        """The number most read, when it is read with confidence and clearly more than any other."""
        ranked = sorted(self.numbers.items(), key=lambda item: -item[1])
        if not ranked or ranked[0][1] < _CONFIDENT_NUMBER:
            return None
        return ranked[0][0] if len(ranked) < 2 or ranked[1][1] < 0.5 * ranked[0][1] else None


def numbers_contradict(first: Looks, second: Looks) -> bool:
    """Whether both wear a number that was read with confidence, and not the same one."""
    a, b = first.number, second.number
    # "1" may be half of a "10" turned away: only numbers that do not contain each other contradict.
    return a is not None and b is not None and a not in b and b not in a


def numbers_agree(first: Looks, second: Looks) -> bool:
    """Whether both wear the same number, read with confidence."""
    return first.number is not None and first.number == second.number


def looks_cost(first: Looks, second: Looks) -> float:
    """Negative log-likelihood ratio of "the same person" against "two people"; 0 when nothing is known."""
    cost = 0.0
    if first.appearance is not None and second.appearance is not None:
        alike = _cosine(first.appearance, second.appearance)
        cost += float(np.clip((_ALIKE - alike) / _ALIKE_SPREAD, -2.0, 4.0))
    if first.signature is not None and second.signature is not None:
        alike = _cosine(first.signature, second.signature)
        cost += float(np.clip((_SAME_KIT - alike) / _KIT_SPREAD, -1.0, 5.0))
    for a, b in ((first.shirt, second.shirt), (first.shorts, second.shorts)):
        if a is not None and b is not None:
            differ = 0.5 * float(np.abs(a / a.sum() - b / b.sum()).sum())
            cost += float(np.clip((differ - _COLOUR_SPREAD) / _COLOUR_SPREAD, -0.5, 2.5))
    return cost


def _colours(shares: list[Mapping[str, float]]) -> Floats | None:
    total = np.array([sum(share.get(name, 0.0) for share in shares) for name in COLOURS], np.float32)
    return total if total.sum() > 0 else None


def _sum(first: Floats | None, second: Floats | None) -> Floats | None:
    if first is None or second is None:
        return second if first is None else first
    return np.asarray(first + second, np.float32)


def _cosine(first: Floats, second: Floats) -> float:
    length = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / length if length > 0 else 0.0
