"""Names of people, and what stands for them: "Kowalski" is number 10 in red."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from typing import Final

from grounding.types import Predicate

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"}
)
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe"})


def fold(text: str) -> str:
    """Lower case, without accents: "Ødegaard" and "Odegaard", "Müller" and "Muller" are the same."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char)).translate(_PLAIN)


class Names:
    """Who goes by which name or nickname. Built once for a set of team sheets, then asked for each query.

    Names are found whatever their case and accents, the longest first. One that two people share gives both: a choice.
    """

    def __init__(self, people: Iterable[tuple[str, Sequence[Predicate]]]) -> None:
        """
        Args:
            people: (name, predicates that hold of who goes by it), e.g. ("Kowalski", (Predicate("shirt_colour", "red",
                ("shirt_colour:red",)), Predicate("number", "10", ("number:10",)))). Every name a person goes by is an
                item of its own: "Robert Lewandowski", "Lewandowski", "Lewy".
        """
        self._people: dict[tuple[str, ...], list[tuple[Predicate, ...]]] = {}
        self._longest: dict[str, int] = {}
        for name, predicates in people:
            for key in {_key(name), _key(name.casefold().translate(_UMLAUTS))}:
                known = self._people.setdefault(key, [])
                if key and tuple(predicates) not in known:
                    known.append(tuple(predicates))
                    self._longest[key[0]] = max(self._longest.get(key[0], 0), len(key))

    def __bool__(self) -> bool:
        return bool(self._longest)

    def find(
        self, tokens: Sequence[tuple[str, str]], at: int, words: Container[str]
    ) -> tuple[int, Sequence[Sequence[Predicate]]] | None:
        """The longest name that starts at a token.

        Args:
            tokens: (as typed, as matched) of the query.
            at: where the name must start.
            words: of the language; one of them alone is a name ("Brown") only where it is written with a capital.

        Returns:
            How many tokens it takes, and for each person the predicates; None where no name starts there.
        """
        for length in range(min(self._longest.get(fold(tokens[at][0]), 0), len(tokens) - at), 0, -1):
            typed = [token for token, _ in tokens[at : at + length]]
            people = self._people.get(tuple(map(fold, typed)))
            if people and (length > 1 or typed[0][:1].isupper() or typed[0].casefold() not in words):
                return length, people
        return None


def _key(name: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in _WORD.findall(name))
