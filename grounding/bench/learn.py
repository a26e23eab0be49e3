"""Makes the learned curves of `describe` from generated matches that are played but not drawn.

Boxes are the true ones, once as they are and once shaken as a detector's are, with a part of the ball's times taken
away; and, of a few matches that were drawn and indexed, those of our own tracks, which are wrong in ways of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.bench.described import info_of, our_identities, players_of, true_identities
from grounding.bench.learn_arms import poses
from grounding.describe import action, doing, strikes
from grounding.describe.action import arm_columns
from grounding.describe.body import moments_of
from grounding.describe.learned import Curve, fit
from grounding.describe.play import kick_columns
from grounding.pipeline.scene import ground_of
from grounding.pipeline.settings import Settings
from grounding.synth.arena import FPS
from grounding.synth.sim import FLOORED
from grounding.synth.sketch import sketch
from grounding.track.stage import Stage
from grounding.types import Progress, Tube
from grounding.vocabulary import BALL_LABEL, PERSON_LABEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from grounding.describe.models import Pose
    from grounding.describe.tilt import Tilt
    from grounding.synth.sketch import Sketch
    from grounding.synth.truth import Truth
    from grounding.types import SegmentResult

    Array = NDArray[np.float64]
    Bools = NDArray[np.bool_]

SHAKES: Final = (0.0, 0.03)
"""Standard deviation of a box's edges, in heights of the box."""
_OURS: Final = 3
"""Times that a row of our own tracks counts: there are few, and they are what the curves are for."""
_LOST: Final = 0.15
_ALOFT: Final = 0.08
"""Metres over the ground from which a body is in the air."""


@dataclass
class Rows:
    """Rows to learn one curve from: values of its inputs, whether it is true, whether the row counts."""

    columns: dict[str, list[Array]] = field(default_factory=lambda: defaultdict(list))
    true: list[Bools] = field(default_factory=list)
    counts: list[Bools] = field(default_factory=list)

    def add(self, values: dict[str, Array], true: Bools, aside: Bools) -> None:
        """Takes in rows; those that are `aside` and not true say neither yes nor no."""
        for name, column in values.items():
            self.columns[name].append(column)
        self.true.append(true)
        self.counts.append(true | ~aside)

    def fitted(self, inputs: tuple[str, ...]) -> Curve:
        columns = {name: np.concatenate(self.columns[name]) for name in inputs}
        return fit(columns, inputs, np.concatenate(self.true), np.concatenate(self.counts).astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """Tubes to learn from: keys of people → tube and the player at each of its times (-1 nobody), and the balls."""

    match: Sketch
    people: Mapping[int, Tube]
    players: Mapping[int, NDArray[np.int64]]
    balls: Sequence[Tube]
    tilt: Tilt
    stage: Stage


def learn(
    matches: Sequence[tuple[str, int]],
    seconds: int,
    drawn: Sequence[tuple[Truth, Sequence[SegmentResult]]],
    pose: Pose,
) -> Iterator[Progress | dict[str, Curve]]:
    """The curves learned from matches of (sport, seed), each of so many seconds; yields Progress, and them last.

    drawn: the truth of generated matches with what indexing saw of them; their tracks are learned from as well; pose:
    the network that indexing asks.
    """
    rows: dict[str, Rows] = defaultdict(Rows)
    for index, (sport, seed) in enumerate(matches):
        yield Progress("play", index, len(matches))
        one = sketch(sport, seed, seconds)
        for shake in SHAKES:
            _collect(_as_true(one, shake, np.random.default_rng(seed)), rows)
        for boxes, points, raised, aside in poses(one, pose):
            rows["arms raised"].add(arm_columns(boxes, points), raised, aside)
    for truth, results in drawn:
        ours = _as_ours(truth, results)
        for _ in range(_OURS):
            _collect(ours, rows)
    inputs = {**doing.INPUTS, "kicks ball": strikes.INPUTS, "arms raised": action.INPUTS}
    yield {name: rows[name].fitted(own) for name, own in inputs.items()}


def _as_true(one: Sketch, shake: float, rng: np.random.Generator) -> Followed:
    stage, tubes = Stage(one.times, one.steps, one.cuts), one.truth.tubes
    identities = true_identities(one.truth, {})
    return Followed(
        one,
        {k: _shaken(tube.tube, shake, rng) for k, tube in enumerate(tubes)},
        {k: np.full(len(tube.tube.times), tube.player) for k, tube in enumerate(tubes)},
        [_thinned(identity.tube, _LOST if shake else 0.0, rng) for identity in identities[len(tubes) :]],
        ground_of(info_of(one.truth), identities, stage)[0],
        stage,
    )


def _as_ours(truth: Truth, results: Sequence[SegmentResult]) -> Followed:
    identities, stage = our_identities(truth, results, Settings())
    people = {i.key: i.tube for i in identities if i.label == PERSON_LABEL}
    return Followed(
        sketch(truth.sport, truth.seed, round(truth.seconds)),
        people,
        {key: players_of(tube, truth) for key, tube in people.items()},
        [i.tube for i in identities if i.label == BALL_LABEL],
        ground_of(info_of(truth), identities, stage)[0],
        stage,
    )


def _collect(one: Followed, rows: dict[str, Rows]) -> None:
    truth = one.match.truth
    for key, moments in moments_of(one.people, one.stage, one.tilt, (truth.width, truth.height)).items():
        values = doing.columns(moments)
        for name, (true, aside) in _labels(one.match, one.players[key], moments.times).items():
            rows[name].add(values, true, aside)
    if one.balls:
        where, values = kick_columns(one.balls, one.people.items(), one.tilt)
        if where:
            rows["kicks ball"].add(values, *_kicks(one, where))


def _shaken(tube: Tube, shake: float, rng: np.random.Generator) -> Tube:
    """The tube with edges wrong by `shake` of the height, one time much like the next."""
    if not shake:
        return tube
    wrong = rng.normal(0.0, shake, (len(tube.times), 4))
    wrong = 0.6 * wrong + 0.5 * np.roll(wrong, 1, axis=0)
    boxes = tube.boxes + wrong * (tube.boxes[:, 3:] - tube.boxes[:, 1:2])
    return Tube(tube.times, boxes.astype(np.float32), tube.step)


def _thinned(tube: Tube, lost: float, rng: np.random.Generator) -> Tube:
    kept = np.flatnonzero(rng.random(len(tube.times)) >= lost)
    return Tube(tube.times[kept], tube.boxes[kept], tube.step)


def _labels(one: Sketch, players: NDArray[np.int64], times: Array) -> dict[str, tuple[Bools, Bools]]:
    """Curve → which moments of a tube it is true in, and which are near enough to be neither."""
    motion, known = one.match.motion, players >= 0
    frames = np.minimum(np.rint(times * FPS).astype(np.int64), len(motion) - 1)
    lift = np.where(known, motion.lift[frames, players], 0.0)
    aloft = lift > _ALOFT
    top = aloft & (lift >= _largest_around(lift, 3) - 1e-6)
    down = known & np.isin(motion.act[frames, players], FLOORED)
    phase = motion.act_phase[frames, players]
    begins = down & ~np.concatenate([[True], down[:-1]])
    return {
        "jumping": (top, _near(aloft, 1)),
        "lying": (down & (phase > 0.2) & (phase < 0.85), down),
        "falling": (_near(begins, 2), down),
    }


def _largest_around(values: Array, steps: int) -> Array:
    padded = np.pad(values, steps, constant_values=-np.inf)
    return np.asarray(np.max([padded[k : k + len(values)] for k in range(2 * steps + 1)], axis=0), np.float64)


def _near(true: Bools, steps: int) -> Bools:
    return np.asarray(_largest_around(true.astype(np.float64), steps) > 0.5)


def _kicks(one: Followed, where: list[tuple[int, int]]) -> tuple[Bools, Bools]:
    """Which moments are the last before a pass or shot of football by that player, and which are within 0.45 s."""
    truth, kicks = one.match.truth, defaultdict[int, list[float]](list)
    if truth.sport == "football":
        for event in truth.events:
            if event.kind in ("pass", "shot"):
                kicks[event.player].append(event.start)
    away = np.full(len(where), 9.0)
    for k, (mark, key) in enumerate(where):
        at = np.searchsorted(one.people[key].times, mark / 5 - 1e-3)
        player = int(one.players[key][min(int(at), len(one.players[key]) - 1)])
        away[k] = min((t - mark / 5 for t in kicks.get(player, ())), key=abs, default=9.0)
    return (away >= -0.05) & (away < 0.2), np.abs(away) < 0.45
