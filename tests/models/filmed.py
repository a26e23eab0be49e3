"""Clips of generated matches, as the product shows them: people numbered in the pictures of some seconds of a shot.

Only the pictures that are looked at are drawn, one a second, so that many matches cost little.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from grounding.synth.arena import FPS, arena_of
from grounding.synth.arena import HEIGHT as FILM_HEIGHT
from grounding.synth.arena import WIDTH as FILM_WIDTH
from grounding.synth.match import Match
from grounding.synth.render import Sight
from grounding.synth.sim import FLOORED, Act
from grounding.types import Box
from grounding.verify.looking.answers import read_answer
from grounding.verify.looking.marks import marked
from tests.models.clips import HEIGHT, WIDTH, Clip, Seen
from tests.models.players import NUMBERS, Player
from tests.models.questions import UNTOLD, another
from tests.models.scenes import MOST_PEOPLE, kits

_INSIDE, _VISIBLE, _HIGH = 0.5, 0.6, 0.1
"""Share of a body in the picture and uncovered, and its height as a share of the picture's, to be numbered."""
_RUNS, _STANDS = 3.0, 0.25
"""Metres a second from which somebody runs, and up to which they stand; nothing is told between."""
_QUALITY: Final = 92


@dataclass(frozen=True, slots=True)
class Picture:
    """data: as a JPEG of 384 x 216. people: who can be numbered in it, by id."""

    shot: int
    data: bytes
    people: dict[int, tuple[Player, Box]]


def film(sport: str, seed: int, seconds: int) -> list[Picture]:
    """One picture a second of a match; none where somebody wears colours that are kept back from training."""
    cv2.setNumThreads(1)
    match = Match.make(arena_of(sport), seed, seconds * FPS)
    if any((one.shirt, one.shorts) in kits(apart=True) for one in match.cast.actors):
        return []
    velocity = match.motion.velocity()
    made = []
    for shot, take in enumerate(match.takes):
        for frame in range(-(-take.start // FPS) * FPS, take.end, FPS):
            view = take.views[frame - take.start]
            image = match.renderer.draw(frame, view, take.style)
            image = np.asarray(cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
            _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            sight = match.renderer.sight(frame, view)
            speeds = np.hypot(*velocity[frame].T)
            people = {
                place: (_player(match, frame, place, float(speeds[place])), _box(sight, place))
                for place in range(len(match.cast.actors)) if _can_be_numbered(sight, place)
            }  # fmt: skip
            made.append(Picture(shot, data.tobytes(), people))
    return made


def _can_be_numbered(sight: Sight, place: int) -> bool:
    tall = float(sight.boxes[place, 3] - sight.boxes[place, 1])
    return bool(sight.inside[place] > _INSIDE and sight.visible[place] > _VISIBLE and tall > _HIGH * FILM_HEIGHT)


def _box(sight: Sight, place: int) -> Box:
    x1, y1, x2, y2 = np.clip(sight.boxes[place], 0, [FILM_WIDTH, FILM_HEIGHT, FILM_WIDTH, FILM_HEIGHT]).tolist()
    return (x1 * WIDTH / FILM_WIDTH, y1 * HEIGHT / FILM_HEIGHT, x2 * WIDTH / FILM_WIDTH, y2 * HEIGHT / FILM_HEIGHT)


def _player(match: Match, frame: int, place: int, speed: float) -> Player:
    actor = match.cast.actors[place]
    act, phase = int(match.motion.act[frame, place]), float(match.motion.act_phase[frame, place])
    pose = UNTOLD
    if act == Act.RAISE and 0.15 < phase < 0.85:
        pose = "arms raised"
    elif act in FLOORED and 0.3 < phase < 0.8:
        pose = "diving"
    elif act == Act.NONE:
        pose = "running" if speed > _RUNS else "standing" if speed < _STANDS else UNTOLD
    return Player(actor.shirt, actor.shorts, actor.number or NUMBERS[0], pose, ball=False)


def clip_of(pictures: Sequence[Picture], seed: int, count: int, *, several: bool = True) -> Clip | None:
    """So many seconds of one shot with a question, always the same for a seed; None where nothing can be asked.

    several: whether several people may be the answer.
    """
    rng = np.random.default_rng([seed, 52])
    first = int(rng.integers(len(pictures)))
    shown = [one for one in pictures[first : first + count] if one.shot == pictures[first].shot]
    if len(shown) < count:
        return None
    often = {k for one in shown for k in one.people if sum(k in other.people for other in shown) > len(shown) / 2}
    chosen = rng.permutation(sorted(often))[: int(rng.integers(1, MOST_PEOPLE + 1))].tolist()
    if not chosen:
        return None
    numbers = dict(zip(chosen, range(1, 1 + len(chosen)), strict=True))
    seconds = tuple(range(len(shown)))
    images, seen = [], []
    for second, one in zip(seconds, shown, strict=True):
        image = np.asarray(cv2.imdecode(np.frombuffer(one.data, np.uint8), cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
        there = tuple(Seen(player, numbers.get(k), box) for k, (player, box) in one.people.items())
        images.append(marked(image, {one.number: one.box for one in there if one.number is not None}, second))
        seen.append(there)
    ids = tuple(sorted(numbers.values()))
    asked = another(seen, seconds, rng, several=several)
    if asked is None:
        return None
    (wanted, fields), words, text = asked
    answer = read_answer(text, ids, len(shown))
    choice = answer.choices[0] if len(answer.choices) == 1 else None
    return Clip(
        kind="filmed", question=words, pictures=tuple(images), ids=ids, seconds=seconds,
        number=choice.number if choice else None, span=choice.span if choice else None, wanted=wanted, asked=fields,
        seen=tuple(seen), text=text,
    )  # fmt: skip


def films(folder: Path, seeds: Sequence[int], seconds: int = 40) -> list[Picture]:
    """The pictures of many matches, drawn once and kept in a folder; shots of different matches never join."""
    folder.mkdir(parents=True, exist_ok=True)
    every: list[Picture] = []
    for seed in seeds:
        sport = ("football", "basketball")[seed % 2]
        path = folder / f"{sport}-{seed}-{seconds}.pickle"
        if not path.exists():
            path.write_bytes(pickle.dumps(film(sport, seed, seconds)))
        made: list[Picture] = pickle.loads(path.read_bytes())
        every += [Picture(10_000 * seed + one.shot, one.data, one.people) for one in made]
    return every
