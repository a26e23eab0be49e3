"""Registers a shot: which homography takes the ground to each picture of it, where the lines tell.

The camera's own motion between pictures is known, so the lines of some seconds are laid into one picture and searched
together; what is found there is carried to the rest of the shot and drawn to the lines of each picture on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.pitch.fit import CARRIED, NEAR_PIXELS, Fit, error_metres, judge, pull
from grounding.pitch.lens import homographies, inverse, lens_of, position, project
from grounding.pitch.search import Sight, propose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grounding.pitch.markings import Field
    from grounding.pitch.paint import Paint

    Array = NDArray[np.float64]

_AROUND: Final = 3
"""Pictures before and after that are laid into one."""
_DRIFT: Final = 1.2
"""Pixels by which a picture may have slipped for each one that it is away from the anchor."""
_TRIES: Final = 2
_POINTS: Final = 1200
_PULLED: Final = 300
_COARSE: Final = (25.0, 18.0, 13.0, 10.0, 8.0)
_FINE: Final = (8.0, 7.0, 6.0, 5.0, 5.0, 4.0)
_FOLLOW: Final = (8.0, 6.0, 5.0)
_FINALISTS: Final = 8
_EXPLAINED: Final = 0.5
_SEEN: Final = 0.75
_SCORE: Final = 0.5
_METRES: Final = 0.3
"""Metres of lines that have to be seen, as a share of the length of the field."""
_ALL_EXPLAINED: Final = 0.85
_HALF_SEEN: Final = 0.45
_MANY_METRES: Final = 0.45
_FARTHEST: Final = 0.7
_FLATTEST: Final = 0.08
"""How far off the field a camera may stand, in lengths of it, and the least sine of its tilt."""
_RIVAL: Final = 0.85
"""Score of the best other place, as a share of the best, from which on nobody can tell which it is."""
_ELSEWHERE: Final = 3.0
_UNSEEN: Final = 3
"""Pictures in a row without lines over which a lens is carried."""
_SLIP: Final = 0.2
"""Metres that a lens may be off more for each picture that it is carried."""
_MAX_ERROR: Final = 2.5
_STILL_EXPLAINED: Final = 0.4
_STILL_SEEN: Final = 0.85
_TALL: Final = 0.28
"""Height of people, as a share of the picture's, from which on it is a close-up."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One picture of a shot: when, its paint (None: too little ground or lines), the boxes (P, 4) of the people on it
    and the homography from the look before, all in pixels of the small copy."""

    t: float
    paint: Paint | None
    people: Array
    motion: Array


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A picture with its lens (6,) and how sure it is: error in metres (one standard deviation), and how it fits."""

    look: int
    lens: Array
    error: float
    fit: Fit


def register_shot(field: Field, looks: Sequence[Look]) -> list[Placed]:
    """The pictures of one shot that could be placed, in order of time; empty where none could without doubt."""
    placed: dict[int, Placed] = {}
    tried: set[int] = set()
    for _ in range(_TRIES):
        anchor = _anchor(looks, {*tried, *placed})
        if anchor is None:
            break
        tried |= set(range(anchor - _AROUND, anchor + _AROUND + 1))
        lens = _search(field, _Mosaic(looks, anchor, _AROUND))
        if lens is not None:
            found = _follow(field, looks, anchor, lens)
            placed = {one.look: one for one in found} | placed
    return [placed[k] for k in sorted(placed) if placed[k].error < _MAX_ERROR]


def _anchor(looks: Sequence[Look], done: set[int]) -> int | None:
    """The picture to search next: the one with the most lines, of those with people on it and not too near."""
    best, most = None, 0.0
    for k, look in enumerate(looks):
        if look.paint is None or k in done or not len(look.people) or _near(look):
            continue
        lines = look.paint.lines
        worth = float(np.linalg.norm(lines[:, 2:] - lines[:, :2], axis=1).sum()) + 0.25 * len(look.paint.points)
        worth += 60.0 * len(lines)
        if worth > most:
            best, most = k, worth
    return best


def _near(look: Look) -> bool:
    """Whether the camera shows people so large that too little of the field can be on the picture."""
    assert look.paint is not None
    heights = look.people[:, 3] - look.people[:, 1]
    return float(np.median(heights)) > _TALL * look.paint.size[1]


class _Mosaic:
    """Pictures around an anchor, with the homographies (in small pixels) from the anchor's picture to theirs."""

    def __init__(self, looks: Sequence[Look], anchor: int, around: int) -> None:
        self.anchor = looks[anchor]
        assert self.anchor.paint is not None
        self.size = self.anchor.paint.size
        self.parts: list[tuple[Paint, Array, int]] = []
        for step in (-1, 1):
            motion = np.eye(3)
            for k in range(1 if step > 0 else 0, around + 1):
                at = anchor + step * k
                if not 0 <= at < len(looks):
                    break
                if k:
                    motion = looks[at].motion @ motion if step > 0 else inverse(looks[at + 1].motion) @ motion
                paint = looks[at].paint
                if paint is not None:
                    self.parts.append((paint, motion / motion[2, 2], k))

    def sight(self) -> Sight:
        points, lines, outlines = [], [], []
        share = max(1, round(sum(len(p.points) for p, _, _ in self.parts) / _POINTS))
        for paint, motion, _ in self.parts:
            back = inverse(motion)
            points.append(project(back, paint.points[::share])[0])
            lines.append(project(back, paint.lines.reshape(-1, 2))[0].reshape(-1, 4))
            outlines.append(project(back, paint.ground)[0])
        every = np.concatenate(lines)
        order = np.argsort(-np.linalg.norm(every[:, 2:] - every[:, :2], axis=1))
        return Sight(np.concatenate(points), every[order], tuple(outlines), self.anchor.people, self.size)

    def judge(self, field: Field, lens: Array) -> Fit:
        """The fit over all parts, each counting as much as it shows."""
        homography = homographies(lens, self.size)
        fits = [
            judge(field, motion @ homography, paint, NEAR_PIXELS + _DRIFT * away) for paint, motion, away in self.parts
        ]
        weights = np.array([len(paint.points) for paint, _, _ in self.parts], np.float64)
        weights /= weights.sum()
        return Fit(
            float(weights @ [f.explained for f in fits]),
            float(weights @ [f.seen for f in fits]),
            max(f.metres for f in fits),
        )


def _search(field: Field, mosaic: _Mosaic) -> Array | None:
    """The lens at the anchor, or None where nothing fits or two different places fit alike."""
    sight = mosaic.sight()
    lenses = propose(field, sight)
    if not len(lenses):
        return None
    few = sight.points[:: max(1, len(sight.points) // 100)]
    lenses = pull(field, lenses, few, mosaic.size, _COARSE)
    rough = [judge_quick(field, lens, few, mosaic.size) for lens in lenses]
    lenses = _distinct(lenses[np.argsort(rough)], mosaic.size)[:_FINALISTS]
    lenses = pull(field, lenses, _some(sight.points), mosaic.size, _FINE)
    fits = [mosaic.judge(field, lens) for lens in lenses]
    order = sorted(range(len(fits)), key=lambda k: -fits[k].score)
    best = fits[order[0]]
    if not _plausible(field, lenses[order[0]]):
        return None
    if not _convincing(best, field):
        return None
    for k in order[1:]:
        if fits[k].score > _RIVAL * best.score and not _same(lenses[k], lenses[order[0]], mosaic.size):
            return None
    return np.asarray(lenses[order[0]], np.float64)


def _convincing(fit: Fit, field: Field) -> bool:
    """Whether a fit is no accident: most of what should be seen is there, or, where paint is worn, very much of what is
    seen lies on many metres of lines."""
    share = fit.metres / field.length
    if fit.explained >= _EXPLAINED and fit.seen >= _SEEN and fit.score >= _SCORE:
        return share >= _METRES
    return fit.explained >= _ALL_EXPLAINED and fit.seen >= _HALF_SEEN and share >= _MANY_METRES


def _plausible(field: Field, lens: Array) -> bool:
    """Whether somebody would film from there: not from the next street, and not from the grass."""
    x, y, _ = position(lens)
    off = max(-x, x - field.length, -y, y - field.width)
    return bool(off < _FARTHEST * field.length and np.exp(lens[3]) > _FLATTEST)


def judge_quick(field: Field, lens: Array, points: Array, size: tuple[int, int]) -> float:
    """Share of the points that lie far from every line."""
    homography = homographies(lens, size)
    ground, _ = project(inverse(homography), points)
    placed, _ = project(homography, field.nearest(ground)[0])
    return float((np.linalg.norm(placed - points, axis=1) > 5.0).mean())


def _distinct(lenses: Array, size: tuple[int, int]) -> Array:
    """The lenses in order, without those that see the same as an earlier one."""
    kept: list[Array] = []
    for lens in lenses:
        if not any(_same(lens, other, size, 1.0) for other in kept):
            kept.append(lens)
    return np.array(kept)


def _same(lens: Array, other: Array, size: tuple[int, int], metres: float = _ELSEWHERE) -> bool:
    """Whether two lenses see about the same ground in the lower middle of the picture."""
    width, height = size
    spots = np.array([[width * 0.25, height * 0.6], [width * 0.5, height * 0.5], [width * 0.75, height * 0.8]])
    first, second = (project(inverse(homographies(one, size)), spots)[0] for one in (lens, other))
    return float(np.median(np.linalg.norm(first - second, axis=1))) < metres


def _follow(field: Field, looks: Sequence[Look], anchor: int, lens: Array) -> list[Placed]:
    """Carries the lens of the anchor through the shot, both ways."""
    paint = looks[anchor].paint
    assert paint is not None
    size, place = paint.size, position(lens)
    points = _some(_Mosaic(looks, anchor, 1).sight().points)
    error = error_metres(field, lens, points, size)
    placed = [Placed(anchor, lens, error, judge(field, homographies(lens, size), paint))]
    for step in (-1, 1):
        at, last, unseen = anchor + step, placed[0], 0
        while 0 <= at < len(looks) and unseen <= _UNSEEN:
            motion = looks[at].motion if step > 0 else inverse(looks[at + 1].motion)
            carried = lens_of(motion @ homographies(last.lens, size), place, size)
            one = _settle(field, looks, at, carried, last.error + _SLIP)
            if one is None:
                break
            unseen = unseen + 1 if looks[at].paint is None else 0
            placed.append(one)
            last, at = one, at + step
    return placed


def _settle(field: Field, looks: Sequence[Look], at: int, carried: Array, error: float) -> Placed | None:
    """Draws a carried lens to the lines of its picture and those beside it; None where they contradict it.

    error: of what was carried, in metres."""
    paint = looks[at].paint
    if paint is None:
        return Placed(at, carried, error, Fit(0.0, 0.0, 0.0))
    hold = CARRIED.copy()
    hold[:2] = np.clip(error, 0.3, 3.0)
    points = _some(_Mosaic(looks, at, 1).sight().points)
    lens = pull(field, carried[None], points, paint.size, _FOLLOW, hold)[0]
    fit = judge(field, homographies(lens, paint.size), paint)
    if fit.explained < _STILL_EXPLAINED or fit.seen + 0.5 * fit.explained < _STILL_SEEN:
        return None
    return Placed(at, lens, error_metres(field, lens, points, paint.size, hold), fit)


def _some(points: Array) -> Array:
    """As many of the points as are worth drawing to."""
    return points[:: max(1, round(len(points) / _PULLED))]
