"""From single measurements to what is believed of a track: votes over its samples, and terms."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from grounding.describe.colour import degrees
from grounding.describe.soft import MIN_DEGREE, keep, ramp
from grounding.vocabulary import term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grounding.types import CropSample, Terms

    Shares = Mapping[str, float]

_SURE_ALONE = 0.6
_AGREEMENT = 0.6
_MENTIONED = 0.5
_LOCAL_SECONDS = 2.5


def vote_shares(
    samples: Iterable[CropSample], around: float | None = None
) -> tuple[dict[str, float], dict[str, float]]:
    """Colours of shirt and of shorts over a track: means of the samples' shares, large and sharp crops counting more.

    Shares that only few samples have (an opponent in front, a line behind) sink in the mean. With `around`, a time in
    seconds, samples count less the farther away they are: where a track went over to somebody else after an
    occlusion, each part keeps its own colours.
    """
    rows = list(samples)
    weights = [_weight(sample) * nearness(sample.t, sample.t, around) for sample in rows]
    shirt = _mean([sample.shirt for sample in rows], weights)
    shorts = _mean([sample.shorts for sample in rows], weights)
    return shirt, shorts


def nearness(start: float, end: float, around: float | None) -> float:
    """1 inside `[start, end]`, falling with the seconds from it, never quite to 0."""
    if around is None:
        return 1.0
    away = max(0.0, start - around, around - end)
    return 0.02 + 0.98 / (1.0 + (away / _LOCAL_SECONDS) ** 2)


def _weight(sample: CropSample) -> float:
    height = float(sample.box[3] - sample.box[1])
    return float(max(1.0, height) * (1.0 + min(sample.sharpness, 2000.0)) ** 0.5)


def _mean(shares: Sequence[Shares], weights: Sequence[float]) -> dict[str, float]:
    total = sum(weight for share, weight in zip(shares, weights, strict=True) if share)
    sums: dict[str, float] = defaultdict(float)
    for share, weight in zip(shares, weights, strict=True):
        for name, value in share.items():
            sums[name] += value * weight / total
    return {name: round(value, 3) for name, value in sorted(sums.items(), key=lambda item: -item[1]) if value >= 0.02}


def vote_number(readings: Iterable[tuple[str, float]]) -> tuple[str, float] | None:
    """The shirt number that the readings agree on, with its degree of truth, or None.

    A reading that is part of a longer one ("1" of "10", half turned away) counts half for the longer. Accepted is a
    number with enough confidence in all and clearly more than any other: a wrong number is worse than none.
    """
    sums: dict[str, float] = defaultdict(float)
    for text, confidence in readings:
        if text.isdigit() and len(text) <= 2:
            sums[text] += max(0.0, confidence)
    if not sums:
        return None
    total = sum(sums.values())
    support = {
        text: own + sum(0.5 * other for part, other in sums.items() if part != text and len(text) == 2 and part in text)
        for text, own in sums.items()
    }
    best = max(support, key=lambda text: (support[text], sums[text]))
    agreement = min(1.0, support[best] / total)
    if sums[best] < _SURE_ALONE or agreement < _AGREEMENT:
        return None
    return best, round(ramp(agreement, 0.4, 0.9) * ramp(support[best], 0.3, 1.2), 2)


def kit_terms(shirt: Shares, shorts: Shares, number: tuple[str, float] | None) -> dict[str, float]:
    """Terms that hold for a track in all its seconds, from the voted shares and number."""
    terms = {term("shirt_colour", name): degree for name, degree in degrees(shirt).items()}
    terms.update({term("shorts_colour", name): degree for name, degree in degrees(shorts).items()})
    if number is not None:
        terms[term("number", number[0])] = number[1]
    return keep(terms)


def attributes_of(terms: Terms) -> dict[str, str]:
    """What people read about a track: the best value of each voted kind, where it is more true than not."""
    names = {}
    for kind in ("shirt_colour", "shorts_colour", "number"):
        best = top_value(terms, kind)
        if best is not None:
            names[kind] = best
    return names


def values_of(terms: Terms, kind: str) -> list[tuple[str, float]]:
    """(value, degree) of one kind of term, the truest first."""
    prefix = f"{kind}:"
    found = [(name[len(prefix) :], degree) for name, degree in terms.items() if name.startswith(prefix)]
    return sorted(found, key=lambda item: (-item[1], item[0]))


def top_value(terms: Terms, kind: str, at_least: float = _MENTIONED) -> str | None:
    """The truest value of one kind, or None where none is true enough."""
    found = values_of(terms, kind)
    return found[0][0] if found and found[0][1] >= at_least else None


def count_terms(count: float) -> dict[str, float]:
    """Soft counts around a mean count: 6.4 people seen on average is "6" more than "7"."""
    whole = int(count)
    terms = {term("count", str(n)): max(0.0, 1.0 - abs(count - n) / 1.5) for n in range(max(0, whole - 1), whole + 3)}
    return {name: round(degree, 2) for name, degree in terms.items() if degree >= MIN_DEGREE}
