"""How well the two kits of a match are found without a team sheet: in person-seconds, beside the truth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.geometry import iou_matrix
from grounding.kits import Kits, Wear, find_kits
from grounding.synth.truth import STEP
from grounding.types import Floats
from grounding.vocabulary import PERSON_LABEL

if TYPE_CHECKING:
    from grounding.synth import Truth
    from grounding.types import Track, VideoIndex

OVERLAP: Final = 0.5
"""IoU from which a track's box is that of a person."""
_AT: Final = 2
"""The box of a second is compared at so many fifths of it."""

Boxes = list[tuple[int, Floats]]


@dataclass(frozen=True, slots=True)
class Score:
    """Person-seconds in which a track is somebody.

    players: of those of the field players, right: those put into their own team; others: of keepers and referees,
    apart: those put into neither. named: whether both teams are called by the true colour of their shirts.
    """

    players: int
    right: int
    others: int
    apart: int
    named: bool
    teams: tuple[str, ...]


def wear_of(track: Track) -> Wear:
    return track.attributes.get("shirt_colour", ""), track.attributes.get("shorts_colour", "")


def kits_of(tracks: Iterable[Track]) -> Kits | None:
    """The kits by what each track was read as, for as long as it was seen."""
    seen: Counter[Wear] = Counter()
    for track in tracks:
        seen[wear_of(track)] += len(track.observations)
    return find_kits(seen)


def score(truth: Truth, index: VideoIndex) -> Score:
    tracks = [track for track in index.tracks if track.label == PERSON_LABEL]
    found = kits_of(tracks)
    places = [found.team_of(wear_of(track)) if found else None for track in tracks]
    teams = {player.id: player.team if player.role == "player" else None for player in truth.players}
    seen = Counter((teams[player], places[row]) for row, player in _matched(truth, tracks))
    # Which of the two is which is chosen so that most are right; the names are held against the colours.
    straight, crossed = seen[0, 0] + seen[1, 1], seen[0, 1] + seen[1, 0]
    true = truth.teams if straight >= crossed else truth.teams[::-1]
    return Score(
        players=sum(count for (team, _), count in seen.items() if team is not None),
        right=max(straight, crossed),
        others=sum(count for (team, _), count in seen.items() if team is None),
        apart=seen[None, None],
        named=found is not None and [kit.shirt for kit in found.teams] == [team.shirt for team in true],
        teams=tuple(kit.name for kit in found.teams) if found else (),
    )


def _matched(truth: Truth, tracks: Sequence[Track]) -> Iterator[tuple[int, int]]:
    """(place of the track, player) for each second of each track in which they are nearest to each other."""
    people: dict[int, Boxes] = defaultdict(list)
    for tube in truth.tubes:
        for time, box in zip(tube.tube.times, tube.tube.boxes, strict=True):
            second, fifth = divmod(round(float(time) / STEP), round(1 / STEP))
            if fifth == _AT:
                people[second].append((tube.player, box))
    for second, seen in _by_second(tracks).items():
        if people[second]:
            overlaps = iou_matrix(np.stack([box for _, box in seen]), np.stack([box for _, box in people[second]]))
            for place, (row, _) in enumerate(seen):
                best = int(overlaps[place].argmax())
                if overlaps[place, best] >= OVERLAP and int(overlaps[:, best].argmax()) == place:
                    yield row, people[second][best][0]


def _by_second(tracks: Sequence[Track]) -> dict[int, Boxes]:
    seen: dict[int, Boxes] = defaultdict(list)
    for row, track in enumerate(tracks):
        tube = track.tube
        for observation in track.observations:
            away = np.abs(tube.times - (observation.second + _AT * STEP))
            if away.min() <= tube.step / 2 + 1e-6:
                seen[observation.second].append((row, tube.boxes[int(away.argmin())]))
    return seen
