"""Small slips of the keyboard: "sprintin", "yelow", "goalkeper"."""

from __future__ import annotations

from functools import lru_cache

from grounding.retrieve.lexicon import Lexicon

MIN_LENGTH = 5


@lru_cache(maxsize=8192)
def correct(word: str, lexicon: Lexicon) -> str | None:
    """The one word of the lexicon that a misspelt word must mean, or None.

    Guesses only where little can go wrong: five letters or more, the same first letter (or the first two swapped), one
    slip (two from nine letters), no second word as close, and not a word that is known to mean something else.
    """
    if len(word) < MIN_LENGTH or not word.isalpha() or word in lexicon.words or word in lexicon.known:
        return None
    allowed = 1 if len(word) < 9 else 2
    near = sorted(
        (distance, other)
        for letter in {word[0], word[1]}
        for other in lexicon.guessable.get(letter, ())
        if (other[0] == word[0] or word[:2] == other[1::-1])
        and abs(len(other) - len(word)) <= allowed
        and (distance := edit_distance(word, other)) <= allowed
    )
    if not near or (len(near) > 1 and near[0][0] == near[1][0] and not _same_meaning(near[0][1], near[1][1], lexicon)):
        return None
    return near[0][1]


def _same_meaning(one: str, other: str, lexicon: Lexicon) -> bool:
    found = lexicon.find([one], 0)
    return found is not None and found == lexicon.find([other], 0)


def edit_distance(one: str, other: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that turn one word into the other."""
    older: list[int] = []
    previous = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        older, previous = previous, row
    return previous[-1]
