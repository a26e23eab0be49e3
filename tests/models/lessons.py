"""Clips as lessons for the small chat model: pictures as it sees them, questions with answers, and facts about places.

A clip is asked about many times over: with the same pictures and another question the answer is another one, and that
is what makes a model look. The facts train heads that are thrown away afterwards: at the places of a person's number
and shirt, which number it is, what that person wears and does, and which second it is.
"""

from __future__ import annotations

import itertools
import multiprocessing
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from queue import Empty
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from grounding.types import Image
from grounding.verify.looking.marks import placed, second_box
from grounding.verify.looking.prompts import pick_prompt, yes_prompt
from tests.models.clips import Clip, Seen, make_clip
from tests.models.filmed import Picture, clip_of
from tests.models.guides import Guides
from tests.models.players import COLOURS, POSES
from tests.models.questions import UNTOLD, Wanted, another, fits
from tests.models.scenes import MOST_PEOPLE
from tests.models.words import ACROSS, CELL, TALL, TOKENS, WIDE, Chat, Shown, Turn, Words

MOST_SECONDS: Final = 40
SEEING: Final = 0.3
"""Share of a training in which it only learns to see, before any word; words take more time, so fewer pictures then."""
FACTS: Final = {
    "number": MOST_PEOPLE + 2, "shirt": len(COLOURS), "shorts": len(COLOURS), "pose": len(POSES), "ball": 2,
    "second": MOST_SECONDS,
}  # fmt: skip
"""What is told of each place, and of how many kinds it is."""
UNKNOWN: Final = -100


_SHORT: Final = 8
_LONGEST_FILMED: Final = 8
"""Pictures of one shot; longer ones are rare."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Clips of equally many pictures.

    pictures (B, N, 192, 320, 3) uint8. clip (Q,): of each question the clip it is about. tokens (Q, L): question and
    answer as `Words` writes them; own (A, 2): row and column of those that are an answer's. ask (G, 3) and where (G,
    L): of `Guides`.
    place (P, 3): clip, picture and cell of each fact; fact (P, 6): classes in the order of `FACTS`, or unknown.
    """

    pictures: NDArray[np.uint8]
    clip: NDArray[np.int64]
    tokens: NDArray[np.int64]
    own: NDArray[np.int64]
    ask: NDArray[np.int64]
    where: NDArray[np.bool_]
    place: NDArray[np.int64]
    fact: NDArray[np.int64]


def pressed(picture: Image) -> Image:
    """(192, 320, 3): as the processor of the model does it."""
    return np.asarray(Pillow.fromarray(picture).resize((WIDE, TALL), Pillow.Resampling.BILINEAR))


def lesson_of(clips: list[Clip], words: Words, rng: np.random.Generator) -> Lesson:
    """All that can be learnt from clips of equally many pictures."""
    chats = [(k, chat) for k, clip in enumerate(clips) for chat in _chats(clip, rng)]
    tokens, own, stretches = words.encode([chat for _, chat in chats], len(clips[0].pictures))
    facts = [
        ((k, n, cell), fact)
        for k, clip in enumerate(clips) for n in range(len(clip.pictures)) for cell, fact in _facts(clip, n)
    ]  # fmt: skip
    ask, where = Guides(words, tokens, [k for k, _ in chats], list(FACTS)).of(stretches, facts)
    return Lesson(
        ask=ask, where=where,
        pictures=np.stack([[pressed(one) for one in clip.pictures] for clip in clips]),
        clip=np.array([k for k, _ in chats]), tokens=tokens, own=np.argwhere(own),
        place=np.array([place for place, _ in facts]), fact=np.array([fact for _, fact in facts]),
    )  # fmt: skip


def _chats(clip: Clip, rng: np.random.Generator) -> Iterator[Chat]:
    """What the product asks, each by itself, and short questions of the same kind in one go, which cost little."""
    other = another(clip.seen, clip.seconds, rng)
    wanted, words = (clip.wanted, clip.asked), clip.question
    answer = clip.answer
    if other is not None and rng.random() < 0.5:
        wanted, words, answer = other
    right = _right(clip, wanted)
    yield [Turn(pick_prompt(words, clip.ids, clip.seconds), answer, right)]
    judged = _judged(clip, wanted, rng)
    if judged is not None and rng.random() < 0.5:
        yield [Turn(yes_prompt(words, judged[0], clip.ids), judged[1], right)]
    short = [one for _ in range(_SHORT) for one in _short(clip, rng)]
    if short:
        yield short


def _right(clip: Clip, wanted: Wanted) -> frozenset[Shown]:
    """Who it is, and in which pictures."""
    return frozenset(
        (n, one.number) for n, seen in enumerate(clip.seen) for one in seen
        if one.number is not None and fits(one.player, wanted)
    )  # fmt: skip


def _judged(clip: Clip, wanted: Wanted, rng: np.random.Generator) -> tuple[int, str] | None:
    """One of the numbers, and whether it is the one, yes or no; as often yes as no where both are possible."""
    marked = [one for seen in clip.seen for one in seen if one.number is not None]
    right = sorted({number for _, number in _right(clip, wanted)})
    untold = {one.number for one in marked if "pose" in wanted[1] and one.player.pose == UNTOLD}
    wrong = sorted(set(clip.ids) - set(right) - untold)
    chosen = right if right and (not wrong or rng.random() < 0.5) else wrong
    if not chosen:
        return None
    number = chosen[int(rng.integers(len(chosen)))]
    return number, "yes" if number in right else "no"


def _short(clip: Clip, rng: np.random.Generator) -> Iterator[Turn]:
    """Questions of training alone: who is it, is it that one, and what does that one wear."""
    other = another(clip.seen, clip.seconds, rng)
    if other is not None:
        wanted, words, answer = other
        right = _right(clip, wanted)
        judged = _judged(clip, wanted, rng)
        if judged is not None and rng.random() < 0.4:
            yield Turn(f'Looked for: "{words}"\nIs it {judged[0]}?', judged[1], right)
        else:
            ids = re.findall(r'"id": (\d+)', answer)
            yield Turn(f'Looked for: "{words}"\nWho?', "".join(f" {one}" for one in ids) or "none", right)
    told = [
        (one.number, one.player) for seen in clip.seen for one in seen
        if one.number is not None and {one.player.shirt, one.player.shorts} <= set(COLOURS)
    ]  # fmt: skip
    if told and rng.random() < 0.3:
        number, player = told[int(rng.integers(len(told)))]
        there = frozenset((n, number) for n, seen in enumerate(clip.seen) if number in {one.number for one in seen})
        yield Turn(f"What does {number} wear?", f" {player.shirt} shirt, {player.shorts} shorts", there)


def _facts(clip: Clip, n: int) -> Iterator[tuple[int, list[int]]]:
    """(cell, classes) of picture n: at every shirt and every red number who it is, and its second where that stands."""
    height, width = clip.pictures[n].shape[:2]
    second = min(clip.seconds[n], MOST_SECONDS - 1)
    x1, y1, x2, y2 = second_box(width, height)
    yield cell_at((x1 + 0.35 * (x2 - x1), (y1 + y2) / 2), width, height), [*[UNKNOWN] * 5, second]
    by_number = {one.number: one for one in clip.seen[n] if one.number is not None}
    for mark in placed({number: one.box for number, one in by_number.items()}, width, height):
        middle = (mark.box[0] + mark.box[2]) / 2, (mark.box[1] + mark.box[3]) / 2
        yield cell_at(middle, width, height), _fact(by_number[mark.number])
    for one in clip.seen[n]:
        x1, y1, x2, y2 = one.box
        yield cell_at(((x1 + x2) / 2, y1 + 0.35 * (y2 - y1)), width, height), _fact(one)


def _fact(one: Seen) -> list[int]:
    player = one.player
    told = (player.shirt, COLOURS), (player.shorts, COLOURS), (player.pose, POSES)
    return [
        one.number or 0, *(names.index(name) if name in names else UNKNOWN for name, names in told),
        UNKNOWN if player.pose == UNTOLD else int(player.ball), UNKNOWN,
    ]  # fmt: skip


def cell_at(spot: tuple[float, float], width: int, height: int) -> int:
    """The cell of a spot in a picture of that size."""
    across = min(ACROSS - 1, max(0, int(spot[0] / width * ACROSS)))
    down = min(TOKENS // ACROSS - 1, max(0, int(spot[1] / height * TALL / CELL)))
    return down * ACROSS + across


class School:
    """Processes that make lessons as fast as they are taken. To be opened before torch has threads.

    filmed: pictures of matches, of which half of the lessons are made. progress: 0 at the beginning of the training, 1
    at its end; lessons begin with single pictures.
    """

    def __init__(self, folder: Path, processes: int, frames: int, seed: int, filmed: Sequence[Picture] = ()) -> None:
        self._folder, self._filmed = folder, filmed
        around = multiprocessing.get_context("fork")
        self.progress: Synchronized[float] = around.Value("d", 0.0)
        self._queue: Any = around.Queue(max(4, 2 * processes))
        self._processes = [
            around.Process(target=self._teach, args=(frames, seed + k, seed), daemon=True)
            for k in range(1, processes + 1)
        ]  # fmt: skip
        for one in self._processes:
            one.start()

    def take(self) -> Lesson:
        """The next one; waits for it. Raises RuntimeError where nobody makes any more."""
        while True:
            try:
                lesson: Lesson = self._queue.get(timeout=60)
            except Empty:
                if not all(one.is_alive() for one in self._processes):
                    raise RuntimeError("a process that makes lessons has died") from None
                continue
            return lesson

    def close(self) -> None:
        for one in self._processes:
            one.terminate()

    def _teach(self, frames: int, number: int, seed: int) -> None:
        cv2.setNumThreads(1)
        words = Words(self._folder)
        rng = np.random.default_rng([number, seed])
        seeds = itertools.count(1_000_000 * number)
        while True:
            done = self.progress.value
            count = pictures_at(done, rng)
            clips: list[Clip] = []
            filmed = bool(self._filmed) and count <= _LONGEST_FILMED and rng.random() < 0.5
            while len(clips) < max(2, (frames if done < SEEING else frames // 3) // count):
                people = int(rng.integers(1, 1 + (3 if SEEING <= done < 0.5 else MOST_PEOPLE)))
                made = (
                    clip_of(self._filmed, next(seeds), count) if filmed
                    else make_clip(next(seeds), pictures=count, people=people)
                )  # fmt: skip
                clips += [made] if made else []
            self._queue.put(lesson_of(clips, words, rng))


def pictures_at(done: float, rng: np.random.Generator) -> int:
    """How many pictures a clip has: one for long, since one is found by the other first, then up to sixteen."""
    if done > 0.85 and rng.random() < 0.2:
        return int(rng.integers(9, 17))
    return int(rng.integers(1, 1 + (1 if done < 0.6 else 3 if done < 0.75 else 8)))
