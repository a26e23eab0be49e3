"""Where the small chat model is shown to look, while it learns: which words of a question matter, who they speak of,
and when that is. Without it, answers alone did not make it look anywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.models.words import NAMES, TOKENS, Stretch, Words

GUIDED: Final = ((1, 0), (2, 0), (1, 1), (0, 0))
"""(layer, head) of the text side that is shown where to look: from words to the cells that show what they speak of;
from where something is answered to the cells of who it is about, and to the words that say so; and from people to the
second of the picture before theirs."""
_NOWHERE: Final = (0,)
"""The columns to look at when there is nobody to be seen: the first of all, which says nothing."""
Facts = Sequence[tuple[tuple[int, int, int], list[int]]]
"""(clip, picture, cell) and the classes of what is there, the number first; less than 0 where it is unknown."""


class Guides:
    """What is shown for the rows of a lesson. clip: of each row."""

    def __init__(self, words: Words, tokens: NDArray[np.int64], clip: Sequence[int], names: Sequence[str]) -> None:
        self._words, self._tokens, self._clip, self._names = words, tokens, clip, names
        self._first = int((tokens[0] == words.image).argmax())

    def of(self, stretches: Sequence[Stretch], facts: Facts) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(G, 3) row, column and which of `GUIDED`; (G, L) the columns that should be looked at from there."""
        told = [*self._asked(stretches, facts), *self._dated(facts)]
        where = np.zeros((len(told), self._tokens.shape[1]), bool)
        for row, (_, _, _, columns) in enumerate(told):
            where[row, list(columns)] = True
        return np.array([one[:3] for one in told], np.int64).reshape(-1, 3), where

    def _column(self, picture: int, cell: int) -> int:
        return self._first + picture * TOKENS + cell

    def _asked(self, stretches: Sequence[Stretch], facts: Facts) -> Iterator[tuple[int, int, int, Sequence[int]]]:
        """Of each question what its words speak of; of each answer who it is about, and the words that say so."""
        shown: dict[tuple[int, str, int], list[int]] = defaultdict(list)
        people: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        for (k, n, cell), fact in facts:
            if fact[0] <= 0:
                continue
            people[k, n, fact[0]].append(self._column(n, cell))
            for name, value in zip(self._names, fact, strict=True):
                if name in NAMES or name == "ball":
                    shown[k, name, value].append(self._column(n, cell))
        for one in stretches:
            clip, row = self._clip[one.row], self._tokens[one.row]
            for column, name, value in self._words.spoken(row, one):
                yield one.row, column, 0, shown.get((clip, name, value), _NOWHERE)
            for column, right, words in self._words.decided(row, one):
                cells = [cell for n, number in right for cell in people.get((clip, n, number), ())]
                yield one.row, column, 1, cells or _NOWHERE
                yield one.row, column, 2, words

    def _dated(self, facts: Facts) -> Iterator[tuple[int, int, int, Sequence[int]]]:
        """A picture is read from its top, and its second stands below: so people look at the one before."""
        seconds = {(k, n): self._column(n, cell) for (k, n, cell), fact in facts if fact[0] < 0}
        rows = {k: row for row, k in reversed(list(enumerate(self._clip)))}
        for (k, n, cell), fact in facts:
            if fact[0] > 0:
                before = (seconds[k, n - 1],) if n else _NOWHERE
                yield rows[k], self._column(n, cell), 3, before
