"""What is known of each second of each track."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from grounding.describe.action import action_terms
from grounding.describe.motion import Movement, motion_terms, movements
from grounding.describe.place import place_terms
from grounding.describe.relation import relation_terms
from grounding.describe.soft import keep
from grounding.describe.terms import kit_terms, nearness, vote_number, vote_shares
from grounding.describe.text import describe
from grounding.geometry import boxes_at
from grounding.pipeline.balls import PERSON
from grounding.types import Observation
from grounding.vocabulary import term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grounding.describe.motion import Ground
    from grounding.types import Box, CropSample, Floats, Tracklet, Tube, VideoInfo

_NOTHING = np.zeros((0, 4), np.float32)


def seconds_of(tube: Tube) -> list[int]:
    """The whole seconds in which the tube has a time."""
    return sorted({int(t + 1e-6) for t in tube.times})


@dataclass(eq=False)
class Surroundings:
    """Who else is where, for relations: people at the middle of each second, balls at each of their times."""

    people: dict[int, list[tuple[int, Floats]]] = field(default_factory=lambda: defaultdict(list))
    balls: dict[int, list[tuple[float, Floats]]] = field(default_factory=lambda: defaultdict(list))

    def add_person(self, key: int, tube: Tube) -> None:
        seconds = seconds_of(tube)
        for second, box in zip(seconds, boxes_in_the_middle(tube, seconds), strict=True):
            self.people[second].append((key, box))

    def add_balls(self, tracklets: Iterable[Tracklet]) -> None:
        for tracklet in tracklets:
            for t, box in zip(tracklet.times, tracklet.boxes, strict=True):
                self.balls[int(t + 1e-6)].append((float(t), box))

    def others(self, second: int, key: int) -> Floats:
        """(N, 4) boxes of the people but `key`."""
        boxes = [box for other, box in self.people.get(second, ()) if other != key]
        return np.asarray(boxes, np.float32).reshape(-1, 4)

    def balls_near(self, t: float, within: float) -> Floats:
        """(N, 4) boxes of balls seen within so many seconds of `t`."""
        near = [
            box
            for second in range(int(t - within), int(t + within) + 1)
            for time, box in self.balls.get(second, ())
            if abs(time - t) <= within
        ]
        return np.asarray(near, np.float32).reshape(-1, 4)


def boxes_in_the_middle(tube: Tube, seconds: Sequence[int]) -> Floats:
    """(len(seconds), 4) boxes at the middles of seconds, or at the nearest time of the tube in that second."""
    wanted = np.asarray(seconds, np.float64) + 0.5
    nearest = np.clip(np.searchsorted(tube.times, wanted), 1, max(1, len(tube.times) - 1))
    if len(tube.times) > 1:
        nearest = nearest - (wanted - tube.times[nearest - 1] < tube.times[nearest] - wanted)
    else:
        nearest = np.zeros(len(wanted), np.int64)
    inside = np.abs(tube.times[nearest] - wanted) <= tube.step
    at = np.where(inside, np.clip(wanted, tube.times[0], tube.times[-1]), tube.times[nearest])
    return np.asarray(boxes_at(tube.times, tube.boxes, at), np.float32)


@dataclass(frozen=True, slots=True)
class SpottedNumber:
    """One reading of a shirt number, somewhere in `[start, end]` of one pure run."""

    text: str
    confidence: float
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """One person or thing before it becomes a `Track`: its tube and all that was sampled of it."""

    key: int
    label: str
    score: float
    tube: Tube
    samples: tuple[CropSample, ...]
    numbers: tuple[SpottedNumber, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What the observations of all tracks of a video share."""

    info: VideoInfo
    ground: Ground
    around: Surroundings


def kit_of(identity: Identity, around: float | None = None) -> dict[str, float]:
    """Terms of what is worn, voted over the samples and readings: of all, or mainly of those `around` a time."""
    if identity.label != PERSON:
        return {}
    shirt, shorts = vote_shares(identity.samples, around)
    readings = [(n.text, n.confidence * nearness(n.start, n.end, around)) for n in identity.numbers]
    return kit_terms(shirt, shorts, vote_number(readings))


def observe(identity: Identity, scene: Scene) -> list[Observation]:
    """One observation for each second of the identity's tube."""
    tube, info = identity.tube, scene.info
    seconds = seconds_of(tube)
    moved = movements(tube, seconds, scene.ground, picture_height=info.height)
    samples = {sample.second: sample for sample in identity.samples}
    observations = []
    for second, box in zip(seconds, boxes_in_the_middle(tube, seconds), strict=True):
        terms = {term("object", identity.label): 1.0, **kit_of(identity, second + 0.5), **_place(tube, second, info)}
        movement = moved.get(second)
        if movement is not None:
            terms |= motion_terms(movement)
        if identity.label == PERSON:
            terms |= _relations(identity.key, tube, second, box, scene)
            terms |= _actions(samples.get(second), box, movement, scene)
        observations.append(Observation(second, _box(box), terms, describe(identity.label, terms)))
    return observations


def _box(box: Floats) -> Box:
    x1, y1, x2, y2 = (round(float(v), 2) for v in box)
    return x1, y1, x2, y2


def _place(tube: Tube, second: int, info: VideoInfo) -> dict[str, float]:
    """Mean of the places over the second: who crosses a border in it was on both sides for part of it."""
    inside = tube.boxes[(tube.times >= second - 1e-6) & (tube.times < second + 1 - 1e-6)]
    rows = [place_terms(_box(box), info.width, info.height) for box in inside]
    return _mean(rows)


def _mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for row in rows:
        for name, degree in row.items():
            sums[name] += degree
    return keep({name: total / len(rows) for name, total in sums.items()})


def _relations(key: int, tube: Tube, second: int, box: Floats, scene: Scene) -> dict[str, float]:
    height = scene.info.height
    terms = relation_terms(box, scene.around.others(second, key), _NOTHING, picture_height=height)
    near = term("relation", "near ball")
    degrees = []
    times = [t for t, _ in scene.around.balls.get(second, ())]
    if times:
        own = np.asarray(boxes_at(tube.times, tube.boxes, np.asarray(times)), np.float32)
        for (_, ball), at in zip(scene.around.balls[second], own, strict=True):
            degrees.append(relation_terms(at, _NOTHING, ball[None], picture_height=height).get(near, 0.0))
        # Most of the second counts: a ball that flies past somebody is not at their feet.
        terms[near] = sum(degrees) / len(degrees)
    return keep(terms)


def _actions(sample: CropSample | None, box: Floats, movement: Movement | None, scene: Scene) -> dict[str, float]:
    if sample is None:
        return action_terms(box, None, movement)
    balls = scene.around.balls_near(sample.t, 0.25)
    return action_terms(sample.box, sample.keypoints, movement, balls)
