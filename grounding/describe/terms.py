"""From single measurements to what is believed of a track: votes over its samples, and terms."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.describe.colour import degrees
from grounding.describe.soft import MIN_DEGREE, keep, ramp
from grounding.vocabulary import term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from grounding.types import CropSample, Terms

    Array = NDArray[np.float64]
    Shares = Mapping[str, float]

_SURE_ALONE = 0.6
_AGREEMENT = 0.6
_MENTIONED = 0.5
_LOCAL_SECONDS = 2.5
_AT_ONCE: Final = 1_000_000
"""Numbers in a table of times and measurements that are held at once: 8 MB."""


def vote_shares(samples: Iterable[CropSample]) -> tuple[dict[str, float], dict[str, float]]:
    """Colours of shirt and of shorts over a track: means of the samples' shares, large and sharp crops counting more.

    Shares that only few samples have (an opponent in front, a line behind) sink in the mean.
    """
    rows = list(samples)
    weights = np.array([[_weight(sample) for sample in rows]])
    return _means([sample.shirt for sample in rows], weights)[0], _means([sample.shorts for sample in rows], weights)[0]


def vote_shares_around(
    samples: Iterable[CropSample], around: ArrayLike
) -> list[tuple[dict[str, float], dict[str, float]]]:
    """`vote_shares` at each of the times `around` (Q,) in seconds: samples count less the farther away they are.

    Where a track went over to somebody else after an occlusion, each part keeps its own colours.
    """
    rows = list(samples)
    shirts, shorts = [sample.shirt for sample in rows], [sample.shorts for sample in rows]
    own, times = np.array([_weight(sample) for sample in rows]), np.array([sample.t for sample in rows])
    voted: list[tuple[dict[str, float], dict[str, float]]] = []
    for part in _parts(around, len(rows)):
        weights = own * nearness(times, times, part)
        voted += zip(_means(shirts, weights), _means(shorts, weights), strict=True)
    return voted


def nearness(starts: ArrayLike, ends: ArrayLike, around: ArrayLike) -> Array:
    """(Q, N) how near the times `around` (Q,) are to `[starts, ends]` (N,): 1 inside, falling with the seconds from it,
    never quite to 0."""
    t = np.asarray(around, np.float64).reshape(-1, 1)
    away = np.maximum(0.0, np.maximum(np.asarray(starts) - t, t - np.asarray(ends)))
    return np.asarray(0.02 + 0.98 / (1.0 + (away / _LOCAL_SECONDS) ** 2), np.float64)


def _parts(around: ArrayLike, width: int) -> list[Array]:
    """`around` in parts whose tables with `width` columns are small: a track of hours has as many rows as columns."""
    times, height = np.asarray(around, np.float64).reshape(-1), max(1, _AT_ONCE // max(1, width))
    return [times[k : k + height] for k in range(0, len(times), height)]


def _weight(sample: CropSample) -> float:
    height = float(sample.box[3] - sample.box[1])
    return float(max(1.0, height) * (1.0 + min(sample.sharpness, 2000.0)) ** 0.5)


def _means(shares: Sequence[Shares], weights: Array) -> list[dict[str, float]]:
    """The mean share of each colour, the largest first, for each row of `weights` (Q, N); `shares` are N."""
    names = list(dict.fromkeys(name for share in shares for name in share))
    if not names:
        return [{} for _ in weights]
    table = np.array([[share.get(name, 0.0) for name in names] for share in shares])
    total = weights @ np.array([1.0 if share else 0.0 for share in shares])
    return [
        {names[k]: round(row[k], 3) for k in sorted(range(len(names)), key=lambda k: -row[k]) if row[k] >= 0.02}
        for row in (weights @ table / total[:, None]).tolist()
    ]


def vote_number(readings: Iterable[tuple[str, float]]) -> tuple[str, float] | None:
    """The shirt number that the readings agree on, with its degree of truth, or None.

    A reading that is part of a longer one ("1" of "10", half turned away) counts half for the longer. Accepted is a
    number with enough confidence in all and clearly more than any other: a wrong number is worse than none.
    """
    sums: dict[str, float] = defaultdict(float)
    for text, confidence in readings:
        if _may_be_worn(text):
            sums[text] += max(0.0, confidence)
    return _agreed(sums)


def vote_number_around(
    readings: Sequence[tuple[str, float]], spans: ArrayLike, around: ArrayLike
) -> list[tuple[str, float] | None]:
    """`vote_number` at each of the times `around` (Q,): readings from spans (N, 2) far away count less."""
    when = np.asarray(spans, np.float64).reshape(-1, 2)
    names = list(dict.fromkeys(text for text, _ in readings if _may_be_worn(text)))
    table = np.zeros((len(readings), len(names)))
    for k, (text, confidence) in enumerate(readings):
        if _may_be_worn(text):
            table[k, names.index(text)] = max(0.0, confidence)
    rows = [row for part in _parts(around, len(when)) for row in nearness(when[:, 0], when[:, 1], part) @ table]
    return [_agreed(dict(zip(names, row.tolist(), strict=True))) for row in rows]


def _may_be_worn(text: str) -> bool:
    return text.isdigit() and len(text) <= 2


def _agreed(sums: Mapping[str, float]) -> tuple[str, float] | None:
    """sums: text → summed confidence."""
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
