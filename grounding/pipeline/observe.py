"""What is known of each second of each track."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from grounding.describe.action import RAISED, action_terms, surely_a_body
from grounding.describe.motion import Movement, motion_terms
from grounding.describe.pitch import pitch_terms
from grounding.describe.place import place_terms
from grounding.describe.play import likeness
from grounding.describe.relation import relation_terms
from grounding.describe.soft import keep
from grounding.describe.terms import kit_terms, vote_number, vote_number_around, vote_shares, vote_shares_around
from grounding.describe.text import describe
from grounding.geometry import boxes_at
from grounding.types import Observation
from grounding.vocabulary import PERSON_LABEL, is_offered, term

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from grounding.describe.motion import Ground
    from grounding.describe.tilt import Tilt
    from grounding.pitch.places import Pitch
    from grounding.types import Box, CropSample, Floats, Terms, Tube, VideoInfo


_ALONE = 0.6
"""How far raised arms are believed that are not seen in the second before or after."""
_MATE = 0.7
"""How alike the shirts of team mates are."""


def seconds_of(tube: Tube) -> list[int]:
    """The whole seconds in which the tube has a time."""
    return sorted({int(t + 1e-6) for t in tube.times})


@dataclass(eq=False)
class Surroundings:
    """Who else is where, for relations: people at the middle of each second.

    play: (key of a person, second) → terms of what they do with the ball.
    """

    people: dict[int, list[tuple[int, Floats]]] = field(default_factory=lambda: defaultdict(list))
    play: Mapping[tuple[int, int], Mapping[str, float]] = field(default_factory=dict)

    def add_person(self, key: int, tube: Tube) -> None:
        seconds = seconds_of(tube)
        for second, box in zip(seconds, boxes_in_the_middle(tube, seconds), strict=True):
            self.people[second].append((key, box))

    def others(self, second: int, key: int) -> tuple[list[int], Floats]:
        """Keys and (N, 4) boxes of the people but `key`."""
        here = [(other, box) for other, box in self.people.get(second, ()) if other != key]
        return [other for other, _ in here], np.asarray([box for _, box in here], np.float32).reshape(-1, 4)


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
    """What the observations of all tracks of a video share.

    moved: key of an identity → second → its movement; bodies: key of a person → second → terms told by the box alone;
    kits: key → terms of what is worn.
    """

    info: VideoInfo
    ground: Ground
    around: Surroundings
    tilt: Tilt
    moved: Mapping[int, Mapping[int, Movement]]
    bodies: Mapping[int, Mapping[int, Mapping[str, float]]]
    kits: Mapping[int, Mapping[str, float]]
    pitch: Pitch | None = None


def kit_of(identity: Identity) -> dict[str, float]:
    """Terms of what is worn, voted over all samples and readings."""
    if identity.label != PERSON_LABEL:
        return {}
    shirt, shorts = vote_shares(identity.samples)
    return kit_terms(shirt, shorts, vote_number((n.text, n.confidence) for n in identity.numbers))


def _kits(identity: Identity, seconds: Sequence[int]) -> list[dict[str, float]]:
    """Terms of what is worn in each second, voted mainly over the samples and readings around it."""
    if identity.label != PERSON_LABEL:
        return [{} for _ in seconds]
    middles = np.asarray(seconds, np.float64) + 0.5
    readings = [(n.text, n.confidence) for n in identity.numbers]
    numbers = vote_number_around(readings, [(n.start, n.end) for n in identity.numbers], middles)
    shares = vote_shares_around(identity.samples, middles)
    return [kit_terms(shirt, shorts, number) for (shirt, shorts), number in zip(shares, numbers, strict=True)]


def observe(identity: Identity, scene: Scene, role: Terms | None = None, *, unfit: bool = False) -> list[Observation]:
    """One observation for each second of the identity's tube.

    role: terms of who it is that hold throughout; unfit: with the terms that are not offered, too.
    """
    tube, info = identity.tube, scene.info
    seconds = seconds_of(tube)
    moved = scene.moved.get(identity.key, {})
    done = _done(identity, scene) if identity.label == PERSON_LABEL else {}
    spots = scene.pitch.spots(tube) if scene.pitch and identity.label == PERSON_LABEL else None
    observations = []
    rows = zip(seconds, boxes_in_the_middle(tube, seconds), _kits(identity, seconds), strict=True)
    for second, box, kit in rows:
        terms = {term("object", identity.label): 1.0, **(role or {}), **kit, **_place(tube, second, info)}
        if spots is not None:
            terms |= pitch_terms(spots, _rows(tube, second))
        movement = moved.get(second)
        if movement is not None:
            terms |= motion_terms(movement)
        if identity.label == PERSON_LABEL:
            terms |= _relations(identity.key, second, box, scene)
            terms |= done.get(second, {})
        if not unfit:
            terms = {name: degree for name, degree in terms.items() if is_offered(name)}
        observations.append(Observation(second, _box(box), terms, describe(identity.label, terms)))
    return observations


def _relations(key: int, second: int, box: Floats, scene: Scene) -> dict[str, float]:
    keys, others = scene.around.others(second, key)
    own, depth = scene.kits.get(key, {}), scene.tilt.depth(second + 0.5, float(box[3] - box[1]))
    mates = [likeness(own, scene.kits.get(other, {})) >= _MATE for other in keys]
    terms = relation_terms(box, others, picture_height=scene.info.height, depth=depth, mates=mates)
    return terms | dict(scene.around.play.get((key, second), {}))


def _done(identity: Identity, scene: Scene) -> dict[int, dict[str, float]]:
    """Second → terms of actions, of the box and of the pose."""
    sure = surely_a_body(identity.samples)
    out: dict[int, dict[str, float]] = defaultdict(dict)
    for second, body in scene.bodies.get(identity.key, {}).items():
        out[second] |= keep({name: degree * sure for name, degree in body.items()})
    told = {sample.second: action_terms(sample.box, sample.keypoints) for sample in identity.samples}
    for second, pose in told.items():
        beside = max((told.get(second + k, {}).get(RAISED, 0.0) for k in (-1, 1)), default=0.0)
        # Arms are up for longer than a second; one pose alone may be mistaken.
        alone = {RAISED: pose[RAISED] * (_ALONE + (1 - _ALONE) * beside)} if RAISED in pose else {}
        out[second] |= keep({**pose, **alone})
    return out


def _box(box: Floats) -> Box:
    x1, y1, x2, y2 = (round(float(v), 2) for v in box)
    return x1, y1, x2, y2


def _place(tube: Tube, second: int, info: VideoInfo) -> dict[str, float]:
    """Mean of the places over the second: who crosses a border in it was on both sides for part of it."""
    return _mean([place_terms(_box(tube.boxes[k]), info.width, info.height) for k in _rows(tube, second)])


def _rows(tube: Tube, second: int) -> NDArray[np.intp]:
    """Which of the tube's times lie in a second."""
    low, high = np.searchsorted(tube.times, (second - 1e-6, second + 1 - 1e-6))
    return np.arange(low, high)


def _mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for row in rows:
        for name, degree in row.items():
            sums[name] += degree
    return keep({name: total / len(rows) for name, total in sums.items()})
