"""The ball, chosen for a whole shot at once out of everything that may be one.

At a few pixels a ball looks like a boot, a knee or a penalty spot, and a detector that is to find it on nearly every
picture has to be asked for weak answers, dozens on each. Which of them is the ball shows in time: it is the chain with
the best evidence that moves as a ball can, over the ground, the motion of the camera taken out. There is one ball in
play at a time, so chains exclude each other; where none is good enough, the ball is hidden or out of the picture, and
nothing is said. The best chains are found by dynamic programming (Viterbi, 1967).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grounding.geometry import Array, centres, warp_points
from grounding.track.spots import Evidence, Spots, evidence, with_colour
from grounding.types import Floats, Tracklet
from grounding.vocabulary import BALL_LABEL

_MOST_KEPT = 12
_MOST_CHOICES = 8
_FEWEST = 6
_NEVER = 1e9


@dataclass(frozen=True, slots=True)
class BallSettings:
    """What makes a chain. Evidence and costs are log-odds; lengths are heights of the people nearby.

    bias: evidence that every detection gets in advance, since some ball is mostly in the picture; least: evidence
    below which a detection is not looked at. start: cost of a chain; missed: cost of 0.2 s inside one in which the ball
    is not seen; patience: longest absence inside a chain, seconds. A ball that is where it was, or where its velocity
    carries it, give or take `push`, costs nothing, and farther off `turn` for each factor of e, up to `fastest`
    heights a second. free: distance from everybody at which a ball is not held or at the feet; sure: mean evidence of a
    chain that is believed, twice the share of it that is free added. still_seconds, still_reach: what does not move for
    so long while nobody comes so near is no ball in play.
    """

    bias: float = 2.5
    least: float = -2.5
    start: float = 6.0
    missed: float = 2.0
    patience: float = 1.0
    push: float = 0.5
    turn: float = 0.5
    fastest: float = 18.0
    free: float = 0.08
    sure: float = 2.4
    still_seconds: float = 3.0
    still_reach: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """What may be a ball on one picture, the likeliest first; first: of its shot; camera: from the picture before."""

    t: float
    first: bool
    camera: Array
    spots: Spots
    seen: Evidence


class BallFinder:
    """Fed with one segment, picture by picture; tells at the end where the ball was.

    rate: nominal pictures a second.
    """

    def __init__(self, rate: float, settings: BallSettings | None = None) -> None:
        if rate <= 0:
            raise ValueError(f"rate must be positive, got {rate}")
        chosen = settings or BallSettings()
        self.settings = replace(chosen, patience=max(chosen.patience, 2.5 / rate))
        self.rate = rate
        self._pictures: list[_Picture] = []
        self._cut = True

    def look(self, t: float, spots: Spots, people: Floats, camera: ArrayLike | None = None) -> None:
        """Takes in the picture at `t` seconds: what may be a ball on it, people (M, 4), and the (3, 3) homography from
        the picture before. Raises ValueError when time does not advance."""
        if self._pictures and t <= self._pictures[-1].t:
            raise ValueError(f"time must advance, got {t} after {self._pictures[-1].t}")
        seen = evidence(spots, people)
        best = np.argsort(-with_colour(seen.shape, spots, None), kind="stable")[:_MOST_KEPT]
        kept = Spots(spots.boxes[best], spots.scores[best], spots.colours[best], spots.contrasts[best])
        motion = np.eye(3) if camera is None else np.asarray(camera, np.float64)
        facts = Evidence(seen.shape[best], seen.body[best], seen.apart[best])
        self._pictures.append(_Picture(t, self._cut, motion, kept, facts))
        self._cut = False

    def cut(self) -> None:
        """The next picture, still to come, belongs to another shot."""
        self._cut = True

    def tracklets(self, first_id: int = 0) -> list[Tracklet]:
        """A tracklet for each chain so far that is believed, in order of time; scores are degrees of belief in 0..1."""
        chains: list[list[_Choice]] = []
        search = _Search(self.rate, self.settings)
        for picture, odds in zip(self._pictures, self._odds(), strict=True):
            if picture.first:
                chains += search.end()
                search = _Search(self.rate, self.settings)
            search.step(picture, odds)
        chains += search.end()
        believed = [chain for chain in chains if len(chain) > 1 and self._is_sure(chain)]
        return [_tracklet(first_id + k, chain) for k, chain in enumerate(believed)]

    def _odds(self) -> list[Array]:
        """Evidence of each picture's spots, with what only the whole segment tells: what lies still, and the ball's
        colour, which is that of the surest spots."""
        lying = lying_still(self._pictures, self.settings)
        rows = [with_colour(p.seen.shape, p.spots, None) for p in self._pictures]
        loose = [
            np.where(lies | (p.seen.apart < self.settings.free), -_NEVER, odds)
            for p, lies, odds in zip(self._pictures, lying, rows, strict=True)
        ]
        colour = self._colour(loose)
        rows = [with_colour(p.seen.shape, p.spots, colour) + self.settings.bias for p in self._pictures]
        return [np.where(lies, -_NEVER, odds) for lies, odds in zip(lying, rows, strict=True)]

    def _colour(self, odds: list[Array]) -> Array | None:
        """(3,) median colour of the best spots away from people, or None where there are few good ones."""
        flat = np.concatenate([np.zeros(0), *odds])
        best = np.argsort(-flat, kind="stable")[: max(_FEWEST, len(self._pictures) // 10)]
        best = best[flat[best] > -self.settings.bias]
        if len(best) < _FEWEST:
            return None
        return np.asarray(np.median(np.concatenate([p.spots.colours for p in self._pictures])[best], axis=0))

    def _is_sure(self, chain: list[_Choice]) -> bool:
        """Boots and heads never leave their bodies; a chain that does needs less evidence otherwise."""
        free = sum(choice.apart > self.settings.free for choice in chain)
        return sum(choice.odds for choice in chain) + 2.0 * free >= self.settings.sure * len(chain)


@dataclass(slots=True, eq=False)
class _Choice:
    """One spot that may be the ball, and the best chain that ends with it.

    place (2,) and velocity (2,) in pixels of the newest picture; total: evidence less costs of the chain and all chains
    before; before: the choice before in the chain; earlier: at the start of a chain, where the chain before ended.
    """

    t: float
    box: Floats
    odds: float
    body: float
    apart: float
    place: Array
    velocity: Array
    total: float = 0.0
    before: _Choice | None = None
    earlier: _Choice | None = None


class _Search:
    """The best chains of one shot."""

    def __init__(self, rate: float, settings: BallSettings) -> None:
        self.rate, self.settings = rate, settings
        self._living: list[_Choice] = []
        self._best: _Choice | None = None

    def step(self, picture: _Picture, odds: Array) -> None:
        """Takes in the next picture with the evidence (N,) of its spots."""
        s, t = self.settings, picture.t
        self._living = [choice for choice in self._living if t - choice.t <= s.patience + 1e-6]
        _carry(self._living, picture.camera)
        fresh = _choices(picture, odds, s.least)
        if not fresh:
            return
        gains, before = self._gains(t, fresh), self._best
        for column, choice in enumerate(fresh):
            choice.total = (before.total if before is not None else 0.0) - s.start + choice.odds
            choice.earlier = before
            row = int(np.argmax(gains[:, column])) if self._living else -1
            if row >= 0 and gains[row, column] + choice.odds > choice.total:
                last = self._living[row]
                choice.total, choice.before, choice.earlier = float(gains[row, column]) + choice.odds, last, None
                choice.velocity = (choice.place - last.place) / (t - last.t)
        self._living += fresh
        best = max(fresh, key=lambda choice: choice.total)
        if best.total > (self._best.total if self._best is not None else 0.0):
            self._best = best

    def end(self) -> list[list[_Choice]]:
        """The chains, in order of time."""
        chains: list[list[_Choice]] = []
        chain: list[_Choice] = []
        choice = self._best
        while choice is not None:
            chain.append(choice)
            if choice.before is None:
                chains.append(chain[::-1])
                chain = []
            choice = choice.before or choice.earlier
        return chains[::-1]

    def _gains(self, t: float, fresh: list[_Choice]) -> Array:
        """(living, fresh) totals of the chains, less what going on there costs."""
        s, old = self.settings, self._living
        if not old:
            return np.zeros((0, len(fresh)))
        place, to = np.array([c.place for c in old]), np.array([c.place for c in fresh])
        velocity = np.array([c.velocity for c in old])
        seconds = np.array([t - c.t for c in old])[:, None]
        body = (np.array([c.body for c in old])[:, None] + np.array([c.body for c in fresh])) / 2
        # It may be stopped or kicked at any time: what stays where it was is as good as what flies on.
        on = np.linalg.norm(to - (place + velocity * seconds)[:, None], axis=2)
        off = np.linalg.norm(to - place[:, None], axis=2)
        deviation = np.minimum(on, off) / body / np.maximum(1.0, seconds * 5.0)
        cost = s.turn * np.log1p((deviation / s.push) ** 2)
        cost += s.missed * 5.0 * np.maximum(0.0, seconds - 1.0 / self.rate)
        cost[off / body / seconds > s.fastest] = _NEVER
        return np.asarray(np.array([c.total for c in old])[:, None] - cost, np.float64)


def _choices(picture: _Picture, odds: Array, least: float) -> list[_Choice]:
    middle, seen = centres(picture.spots.boxes), picture.seen
    return [
        _Choice(
            picture.t, picture.spots.boxes[k], float(odds[k]), float(seen.body[k]), float(seen.apart[k]),
            middle[k], np.zeros(2),
        )
        for k in np.argsort(-odds, kind="stable")[:_MOST_CHOICES]
        if odds[k] >= least
    ]  # fmt: skip


def _carry(choices: list[_Choice], camera: Array) -> None:
    """Moves places, and where velocities point to, into the newest picture."""
    if not choices:
        return
    place = np.array([c.place for c in choices])
    moved = warp_points(np.concatenate([place, place + [c.velocity for c in choices]]), camera)
    for choice, here, tip in zip(choices, moved[: len(choices)], moved[len(choices) :], strict=True):
        choice.place, choice.velocity = here, tip - here


def _tracklet(tracklet_id: int, chain: list[_Choice]) -> Tracklet:
    odds = np.array([choice.odds for choice in chain])
    return Tracklet(
        tracklet_id,
        BALL_LABEL,
        np.array([choice.t for choice in chain], np.float64),
        np.array([choice.box for choice in chain], np.float32).reshape(-1, 4),
        np.asarray(1.0 / (1.0 + np.exp(-odds)), np.float32),
    )


@dataclass(slots=True, eq=False)
class _Lying:
    """Something at one place over the ground. visited: how many of its members had somebody near."""

    place: Array
    reach: float
    first: float
    last: float
    members: list[tuple[int, int]]
    visited: int = 0


def lying_still(pictures: list[_Picture], settings: BallSettings) -> list[NDArray[np.bool_]]:
    """Which spots of each picture lie where something lay for long with nobody near: a mark, a letter, a spare ball."""
    lying = [np.zeros(len(picture.spots), bool) for picture in pictures]
    living: list[_Lying] = []
    for k, picture in enumerate(pictures):
        gone = [x for x in living if picture.first or picture.t - x.last > settings.patience + 1e-6]
        _mark(gone, lying, settings)
        living = [x for x in living if x not in gone]
        if living:
            places = warp_points(np.array([x.place for x in living]), picture.camera)
            for x, place in zip(living, places, strict=True):
                x.place = place
        _settle(living, k, picture, settings)
    _mark(living, lying, settings)
    return lying


def _settle(living: list[_Lying], k: int, picture: _Picture, settings: BallSettings) -> None:
    """Gives the spots of a picture to what lies at their places; the others begin something new."""
    middle, body = centres(picture.spots.boxes), picture.seen.body
    places, reach = np.array([x.place for x in living]).reshape(-1, 2), np.array([x.reach for x in living])
    away = np.linalg.norm(middle[:, None] - places, axis=2) / reach
    for row, here in enumerate(middle):
        nearest = int(np.argmin(away[row])) if len(reach) else -1
        if nearest >= 0 and away[row, nearest] <= 1.0:
            thing = living[nearest]
            thing.place, thing.last = 0.7 * thing.place + 0.3 * here, picture.t
        else:
            thing = _Lying(here, 0.07 * float(body[row]), picture.t, picture.t, [])
            living.append(thing)
        thing.members.append((k, row))
        thing.visited += int(picture.seen.apart[row] < settings.still_reach)


def _mark(things: list[_Lying], lying: list[NDArray[np.bool_]], settings: BallSettings) -> None:
    for thing in things:
        if thing.last - thing.first >= settings.still_seconds and thing.visited <= 0.2 * len(thing.members):
            for k, row in thing.members:
                lying[k][row] = True
