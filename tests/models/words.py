"""What is written to and by the small chat model: the tokens of questions and answers, and which of them speak of
something that is seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from tests.models.players import COLOURS, POSES
from tests.models.scenes import MOST_PEOPLE

IMAGE, END, PAD = "<image>", "<|im_end|>", "<|endoftext|>"
CHAT: Final = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}{% if c['type'] == 'image' %}"
    "<image>{% else %}{{ c['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WIDE, TALL = 320, 192
"""Pixels that a picture is scaled to."""
CELL: Final = 32
"""Pixels of the squares that the model knows something about."""
ACROSS: Final = WIDE // CELL
TOKENS: Final = ACROSS * (TALL // CELL)
"""Of each picture."""
NAMES: Final = {
    "number": ("none", *(f" {number}" for number in range(1, MOST_PEOPLE + 2))),
    "shirt": tuple(f" {name}" for name in COLOURS), "shorts": tuple(f" {name}" for name in COLOURS),
    "pose": tuple(f" {name.split()[0]}" for name in POSES),
}  # fmt: skip
"""Words for the kinds of facts that have one, as they stand in questions and answers."""
_ALSO: Final = (
    (" sprinting", "pose", POSES.index("running")), (" raising", "pose", POSES.index("arms raised")),
    (" ball", "ball", 1),
)  # fmt: skip
Shown = tuple[int, int]
"""A picture of a clip, and the red number of somebody in it."""


class Turn(NamedTuple):
    """A question and its answer, or None where that is to come. right: who must be looked at to know it."""

    asked: str
    answer: str | None = None
    right: frozenset[Shown] = frozenset()


Chat = Sequence[Turn]


class Stretch(NamedTuple):
    """Where a turn stands: the row, and the columns where question and answer begin and the answer ends."""

    row: int
    asked: int
    answered: int
    end: int
    turn: Turn


class Decided(NamedTuple):
    """A column that is followed by a token which the look of somebody decides. words: the columns that say of whom."""

    column: int
    right: frozenset[Shown]
    words: tuple[int, ...]


class Words:
    """What is written around a question, and the tokens of it all: as the processor of the model does it."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._named = {name: self.tokens_of(words) for name, words in NAMES.items()}
        self._spoken = {
            token: (name, k) for name in ("pose", "shirt", "number") for k, token in enumerate(self._named[name])
        }  # fmt: skip
        del self._spoken[self._named["number"][0]]
        self._spoken |= {self.tokens_of([word])[0]: (name, k) for word, name, k in _ALSO}
        [self._shorts, self._colon, self._who, self._start] = self.tokens_of([" shorts", '":', "id", "start"])
        self.image = self.tokens_of([IMAGE])[0]

    def encode(self, chats: Sequence[Chat], frames: int) -> tuple[NDArray[np.int64], NDArray[np.bool_], list[Stretch]]:
        """(Q, L) tokens, padded on the right; (Q, L) whether they are of an answer; and where each turn stands.

        The pictures stand before the first question. Where the last answer is None the row ends where it would begin.
        """
        rows: list[list[int]] = []
        stretches: list[Stretch] = []
        for line, chat in enumerate(chats):
            row: list[int] = []
            for turn in chat:
                shown = IMAGE * TOKENS * frames if not row else ""
                begun = self._ids(f"<|im_start|>user\n{shown}{turn.asked}{END}\n<|im_start|>assistant\n")
                said = [] if turn.answer is None else self._ids(turn.answer + END)
                answered = len(row) + len(begun)
                stretches.append(Stretch(line, len(row), answered, answered + len(said), turn))
                row += [*begun, *said, *(self._ids("\n") if len(chat) > 1 and said else [])]
            rows.append(row)
        longest = max(len(row) for row in rows)
        tokens = np.full((len(rows), longest), self._tokenizer.token_to_id(PAD), np.int64)
        own = np.zeros((len(rows), longest), bool)
        for k, row in enumerate(rows):
            tokens[k, : len(row)] = row
        for one in stretches:
            own[one.row, one.answered : one.end] = True
        return tokens, own, stretches

    def spoken(self, row: NDArray[np.int64], stretch: Stretch) -> list[tuple[int, str, int]]:
        """(column, kind of fact, class) of what its question speaks of. Whether a colour is that of a shirt or of
        shorts only the next word tells, so that is the column where it is known."""
        found = []
        for column in range(stretch.asked, stretch.answered):
            name, value = self._spoken.get(int(row[column]), ("", 0))
            if name == "shirt":
                worn = "shorts" if int(row[column + 1]) == self._shorts else "shirt"
                found.append((column + 1, worn, value))
            elif name:
                found.append((column, name, value))
        return found

    def decided(self, row: NDArray[np.int64], stretch: Stretch) -> Iterator[Decided]:
        """What in the answer follows from a look: all of it but the words around it."""
        turn, said = stretch.turn, row[stretch.answered : stretch.end].tolist()
        spoken = self.spoken(row, stretch)
        words = tuple(column for column, name, _ in spoken if name != "number")
        numbers = [column for column, name, _ in spoken if name == "number"]
        answer, wears = turn.answer or "", "wear?" in turn.asked
        if answer.startswith(("{", "[")):
            yield from self._picked(stretch, said, words)
            return
        if answer in ("yes", "no") or wears:
            words = (*words, numbers[-1])
        for k, token in enumerate(said):
            if not wears or token in self._named["shirt"]:
                yield Decided(stretch.answered + k - 1, turn.right, words)
            if answer in ("yes", "no"):
                return

    def _picked(self, stretch: Stretch, said: Sequence[int], words: tuple[int, ...]) -> Iterator[Decided]:
        """Of an answer as the product wants it: who it is, from which picture, to which."""
        right, before = stretch.turn.right, stretch.answered - 1
        yield Decided(before, right, words)
        named = self._named["number"]
        number, column = 0, before
        for k, (key, colon, token) in enumerate(zip(said, said[1:], said[2:], strict=False)):
            if colon != self._colon:
                continue
            place = before + k + 2
            if key == self._who:
                yield Decided(place, right, words)
                number, column = named.index(token) if token in named else 0, place + 1
                continue
            ends = min if key == self._start else max
            pictures = [picture for picture, one in right if one == number]
            yield Decided(place, frozenset([(ends(pictures), number)]), (*words, column))

    def tokens_of(self, words: Sequence[str]) -> list[int]:
        """The token of each word. Raises ValueError for one that is more than a token."""
        rows = [self._ids(word) for word in words]
        if any(len(row) != 1 for row in rows):
            raise ValueError(f"not one token each: {words}")
        return [row[0] for row in rows]

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids
