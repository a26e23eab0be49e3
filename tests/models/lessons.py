"""Clips as lessons for the small chat model: pictures as it sees them, questions with answers, and facts about places.

A clip is asked about many times over: with the same pictures and another question the answer is another one, and that
is what makes a model look. The facts train heads that are thrown away afterwards: at the places of a person's number
and shirt, which number it is, what that person wears and does, and which second it is.
"""

from __future__ import annotations

import multiprocessing
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
from tokenizers import Tokenizer

from grounding.types import Image
from grounding.verify.looking.marks import placed, second_box
from grounding.verify.looking.prompts import pick_prompt
from tests.models.clips import Clip, Seen, make_clip
from tests.models.players import COLOURS, POSES, Player, caption
from tests.models.scenes import MOST_PEOPLE, kits

SIDE: Final = 192
"""Pixels of the square that a picture is pressed into."""
GRID: Final = 16
"""Patches across and down; a power of two, so that places are told exactly in half precision too."""
SHUFFLE: Final = 2
TOKENS: Final = (GRID // SHUFFLE) ** 2
"""Of each picture."""
END, PAD = "<|im_end|>", "<|endoftext|>"
MOST_SECONDS: Final = 40
FACTS: Final = {
    "number": MOST_PEOPLE + 2, "shirt": len(COLOURS), "shorts": len(COLOURS), "pose": len(POSES), "ball": 2,
    "second": MOST_SECONDS,
}  # fmt: skip
"""What is told of each place, and of how many kinds it is."""
UNKNOWN: Final = -100
_TRIES: Final = 8
_FIELDS: Final = (
    ("shirt",), ("shirt",), ("shirt", "shorts"), ("shorts",), ("shirt", "pose"), ("shirt", "pose"), ("pose",),
    ("shirt", "ball"), ("ball",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lesson:
    """Clips of equally many pictures.

    pictures (B, N, 192, 192, 3) uint8. clip (Q,): of each question the clip it is about. tokens (Q, L): question and
    answer as `Words` writes them; own (A, 2): row and column of those that are an answer's. place (P, 3): clip, picture
    and patch of each fact; fact (P, 6): classes in the order of `FACTS`, or unknown.
    """

    pictures: NDArray[np.uint8]
    clip: NDArray[np.int64]
    tokens: NDArray[np.int64]
    own: NDArray[np.int64]
    place: NDArray[np.int64]
    fact: NDArray[np.int64]


class Words:
    """What is written around a question, and the tokens of it all: as the processor of the model does it."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def encode(
        self, asked: Sequence[str], answers: Sequence[str] | None, frames: int
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(Q, L) tokens, padded on the right, and (Q, L) whether they are of the answer.

        Without answers the rows end where the answer begins.
        """
        image = f"<fake_token_around_image><global-img>{'<image>' * TOKENS}<fake_token_around_image>"
        head = self._ids("<|im_start|>user\n" + image * frames)
        rows, marks = [], []
        for k, text in enumerate(asked):
            row = [*head, *self._ids(f"{text}{END}\n<|im_start|>assistant\n")]
            said = self._ids(answers[k] + END) if answers else []
            rows.append([*row, *said])
            marks.append([False] * len(row) + [True] * len(said))
        longest = max(len(row) for row in rows)
        pad = self._tokenizer.token_to_id(PAD)
        tokens = np.full((len(rows), longest), pad, np.int64)
        own = np.zeros((len(rows), longest), bool)
        for k, (row, mark) in enumerate(zip(rows, marks, strict=True)):
            tokens[k, : len(row)], own[k, : len(row)] = row, mark
        return tokens, own

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


def pressed(picture: Image) -> Image:
    """(192, 192, 3): as the processor of the model does it."""
    return np.asarray(Pillow.fromarray(picture).resize((SIDE, SIDE), Pillow.Resampling.BILINEAR))


def lesson_of(clips: list[Clip], words: Words, rng: np.random.Generator) -> Lesson:
    """All that can be learnt from clips of equally many pictures."""
    questions = [(k, *one) for k, clip in enumerate(clips) for one in _questions(clip, rng)]
    tokens, own = words.encode(
        [asked for _, asked, _ in questions], [answer for _, _, answer in questions], len(clips[0].pictures)
    )
    facts = [
        ((k, n, patch), fact)
        for k, clip in enumerate(clips) for n in range(len(clip.pictures)) for patch, fact in _facts(clip, n)
    ]  # fmt: skip
    return Lesson(
        pictures=np.stack([[pressed(one) for one in clip.pictures] for clip in clips]),
        clip=np.array([k for k, _, _ in questions]), tokens=tokens, own=np.argwhere(own),
        place=np.array([place for place, _ in facts]), fact=np.array([fact for _, fact in facts]),
    )  # fmt: skip


def _questions(clip: Clip, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """(what is asked, the right answer): the clip's own question, others of the kind, yes or no, and who wears what."""
    yield clip.prompt, clip.answer
    for _ in range(3):
        other = _other(clip, rng)
        if other is not None:
            yield other
    numbers = list(clip.ids)
    first = clip.number if clip.number is not None and rng.random() < 0.5 else numbers[int(rng.integers(len(numbers)))]
    yield clip.yes_prompt(first), "yes" if first == clip.number else "no"
    marked = [one for seen in clip.seen for one in seen if one.number is not None]
    if marked:
        one = marked[int(rng.integers(len(marked)))]
        yield wears_prompt(one.number or 0), f"{one.player.shirt} shirt, {one.player.shorts} shorts"


def wears_prompt(number: int) -> str:
    """Asked in training alone."""
    return f"What does the one marked with the red number {number} wear?"


def _other(clip: Clip, rng: np.random.Generator) -> tuple[str, str] | None:
    """Another question about the same pictures that has one answer; None where none was found."""
    everybody = [one.player for seen in clip.seen for one in seen]
    if not everybody:
        return None
    for _ in range(_TRIES):
        wanted = everybody[int(rng.integers(len(everybody)))]
        if rng.random() < 0.3:
            also = everybody[int(rng.integers(len(everybody)))]
            wanted = wanted._replace(shorts=also.shorts, pose=also.pose, ball=also.ball)
        if rng.random() < 0.1:
            wanted = wanted._replace(shirt=COLOURS[int(rng.integers(len(COLOURS)))])
        asked = frozenset(_FIELDS[int(rng.integers(len(_FIELDS)))])
        if ("ball" in asked and not wanted.ball) or wanted[:2] in kits(apart=True):
            continue
        found = _answer(clip, wanted, asked)
        if found is not None and (found != '{"id": "none"}' or rng.random() < 0.5):
            return pick_prompt(caption(wanted, rng, asked), clip.ids, clip.seconds), found
    return None


def _answer(clip: Clip, wanted: Player, asked: frozenset[str]) -> str | None:
    """None where it is not one person in one stretch."""
    fitting = [
        (k, one.number)
        for k, seen in enumerate(clip.seen) for one in seen
        if one.number is not None and all(getattr(one.player, field) == getattr(wanted, field) for field in asked)
    ]  # fmt: skip
    if not fitting:
        return '{"id": "none"}'
    first, last = fitting[0][0], fitting[-1][0]
    if len({number for _, number in fitting}) > 1 or last - first + 1 != len(fitting):
        return None
    return f'{{"id": {fitting[0][1]}, "start": {clip.seconds[first]}, "end": {clip.seconds[last]}}}'


def _facts(clip: Clip, n: int) -> Iterator[tuple[int, list[int]]]:
    """(patch, classes) of picture n: at every shirt, every red number, and at the second."""
    height, width = clip.pictures[n].shape[:2]
    second = min(clip.seconds[n], MOST_SECONDS - 1)
    x1, y1, x2, y2 = second_box(width, height)
    yield _patch((x1 + 0.35 * (x2 - x1), (y1 + y2) / 2), width, height), [*[UNKNOWN] * 5, second]
    by_number = {one.number: one for one in clip.seen[n] if one.number is not None}
    for mark in placed({number: one.box for number, one in by_number.items()}, width, height):
        middle = (mark.box[0] + mark.box[2]) / 2, (mark.box[1] + mark.box[3]) / 2
        yield _patch(middle, width, height), _fact(by_number[mark.number], second)
    for one in clip.seen[n]:
        x1, y1, x2, y2 = one.box
        yield _patch(((x1 + x2) / 2, y1 + 0.35 * (y2 - y1)), width, height), _fact(one, second)


def _fact(one: Seen, second: int) -> list[int]:
    player = one.player
    return [
        one.number or 0, COLOURS.index(player.shirt), COLOURS.index(player.shorts), POSES.index(player.pose),
        int(player.ball), second,
    ]  # fmt: skip


def _patch(spot: tuple[float, float], width: int, height: int) -> int:
    across = min(GRID - 1, max(0, int(spot[0] / width * GRID)))
    down = min(GRID - 1, max(0, int(spot[1] / height * GRID)))
    return down * GRID + across


class School:
    """Processes that make lessons as fast as they are taken. To be opened before torch has threads.

    progress: 0 at the beginning of the training, 1 at its end; lessons begin with single pictures and few people.
    """

    def __init__(self, folder: Path, processes: int, frames: int, seed: int) -> None:
        self._folder = folder
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
        first = 1_000_000 * number
        while True:
            done = self.progress.value
            count = pictures_at(done, rng)
            clips = []
            for _ in range(max(4, min(frames // count, 96))):
                people = int(rng.integers(1, 3 + round(min(1.0, 2 * done) * (MOST_PEOPLE - 2))))
                clips.append(make_clip(first, pictures=count, people=people))
                first += 1
            self._queue.put(lesson_of(clips, words, rng))


def pictures_at(done: float, rng: np.random.Generator) -> int:
    """How many pictures a clip has: one to three at first, then up to eight, seldom more."""
    most = 3 if done < 0.15 else 5 if done < 0.3 else 8
    if done > 0.5 and rng.random() < 0.1:
        return int(rng.integers(9, 13))
    return int(rng.integers(1, most + 1))
