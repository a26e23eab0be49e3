"""What is said of where on the field players are, beside the truth of generated matches, on our own tracks.

It counts by player-second, as for the ball (`grounding.bench.ball`): said is what the verifier takes for true, true is
where the simulation has the feet on at least three of the five times of the second. Tracks of nobody are left out: how
many there are is another measure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.bench.ball import Counts, player_seconds
from grounding.synth.arena import FPS, arena_of
from grounding.synth.match import Match
from grounding.synth.predicates import pitch_places, seconds_of
from grounding.verify.predicates import TRUE
from grounding.vocabulary import PITCH_PLACES, PITCH_SEEN, PITCH_SIDED, PITCH_SIDES, term

if TYPE_CHECKING:
    from grounding.synth.truth import Truth
    from grounding.types import VideoIndex

_NONE: Final = Counts()


@dataclass(frozen=True, slots=True)
class PlaceScore:
    """seconds: player-seconds of the truth; seen: of these, those of which a place on the field was measured; places:
    name → counts, `true` and `told` over the player-seconds in which such a place could be told."""

    seconds: int
    seen: int
    places: Mapping[str, Counts]

    def __add__(self, other: PlaceScore) -> PlaceScore:
        names = [*self.places, *(name for name in other.places if name not in self.places)]
        sums = {name: self.places.get(name, _NONE) + other.places.get(name, _NONE) for name in names}
        return PlaceScore(self.seconds + other.seconds, self.seen + other.seen, sums)


def score_places(index: VideoIndex, truth: Truth) -> PlaceScore:
    """Scores the index of a rendered match."""
    match = Match.make(arena_of(truth.sport), truth.seed, round(truth.seconds * FPS))
    true: dict[tuple[int, int], set[str]] = {}
    for tube in truth.tubes:
        for second, rows in seconds_of(tube.tube.times).items():
            frames = np.rint(tube.tube.times[rows] * FPS).astype(int)
            stands = match.motion.pos[frames, tube.player].astype(np.float64)
            true[tube.player, second] = set(pitch_places(truth.sport, stands))
    told = [(whose, terms) for whose, terms in player_seconds(index, truth) if terms.get(PITCH_SEEN)]
    told = [(whose, terms) for whose, terms in told if whose in true]
    known = dict(told)
    return PlaceScore(
        seconds=len(true),
        seen=len(known),
        places={name: _count(name, told, known, true) for name in PITCH_PLACES},
    )


def _count(
    name: str,
    told: list[tuple[tuple[int, int] | None, Mapping[str, float]]],
    known: Mapping[tuple[int, int] | None, Mapping[str, float]],
    true: Mapping[tuple[int, int], set[str]],
) -> Counts:
    wanted = term("pitch", name)
    said = [whose for whose, terms in told if terms.get(wanted, 0.0) >= TRUE]
    needs = PITCH_SIDES if name in PITCH_SIDED else PITCH_SEEN
    there = [whose for whose, terms in known.items() if whose and terms.get(needs) and name in true[whose]]
    return Counts(
        said=len(said),
        right=sum(whose is not None and name in true[whose] for whose in said),
        true=len(there),
        told=sum(known[whose].get(wanted, 0.0) >= TRUE for whose in there),
    )
