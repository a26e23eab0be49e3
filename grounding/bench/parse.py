"""How well the parser reads phrasings that were written down with what they should give.

A file of phrasings has one a line: kind, language, text and slots, parted by tabs; lines with # are remarks. A slot is
`kind=value`; before it may stand `not`, `or1`, `or2` ... (the branch of a choice) and `then1`, `then2` ... (the step).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grounding.errors import BadInputError
from grounding.retrieve import Names
from grounding.types import Predicate, Query
from grounding.vocabulary import term


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A text of a kind ("number", "then") and a language, and the slots it should give."""

    kind: str
    language: str
    text: str
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slots:
    """Counts of slots: right, found and wanted; and phrasings of which every slot was right."""

    right: int = 0
    found: int = 0
    wanted: int = 0
    texts: int = 0
    whole: int = 0

    def __add__(self, other: Slots) -> Slots:
        return Slots(
            self.right + other.right,
            self.found + other.found,
            self.wanted + other.wanted,
            self.texts + other.texts,
            self.whole + other.whole,
        )

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0

    @property
    def share(self) -> float:
        """Slots right of all that were wanted or found: a slot too many counts like one too few."""
        every = self.found + self.wanted - self.right
        return self.right / every if every else 1.0


def load_phrasings(path: Path) -> list[Phrasing]:
    """The phrasings of a file. Raises BadInputError where it cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} cannot be read: {error}") from error
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    if not rows or any(len(row) != 4 for row in rows):
        raise BadInputError(f"{path} is no file of phrasings: each line has kind, language, text and slots.")
    return [
        Phrasing(kind, language, text, tuple(slot.strip() for slot in slots.split(";") if slot.strip()))
        for kind, language, text, slots in rows
    ]


def slot(predicate: Predicate) -> str:
    """A predicate as a slot of the file: "not shirt_colour=red", "or2 number=7", "then1 action=shooting"."""
    marks = [f"or{predicate.branch}"] if predicate.either else []
    marks += [f"then{predicate.step}"] if predicate.step else []
    marks += ["not"] if predicate.negated else []
    return " ".join([*marks, f"{predicate.kind}={predicate.value}"])


def score(phrasings: Iterable[Phrasing], read: Callable[[str], Query]) -> Mapping[tuple[str, str], Slots]:
    """The counts by (kind, language), in the order of the file."""
    sums: dict[tuple[str, str], Slots] = {}
    for phrasing in phrasings:
        found = [slot(predicate) for predicate in read(phrasing.text).predicates]
        key = (phrasing.kind, phrasing.language)
        sums[key] = sums.get(key, Slots()) + compare(found, phrasing.slots)
    return sums


def compare(found: Sequence[str], wanted: Sequence[str]) -> Slots:
    """The counts of one phrasing; order does not matter, repetition does."""
    both = Counter(found) & Counter(wanted)
    right = both.total()
    return Slots(right, len(found), len(wanted), 1, int(right == len(found) == len(wanted)))


def load_names(path: Path) -> Names:
    """Names from a JSON file: `{"Kowalski": [{"shirt_colour": "red", "number": "10"}]}`, a list item for each person.

    Raises BadInputError where it cannot be read.
    """
    try:
        people = json.loads(path.read_text(encoding="utf-8"))
        return Names(
            (name, [Predicate(kind, value, (term(kind, value),)) for kind, value in one.items()])
            for name, every in people.items()
            for one in every
        )
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise BadInputError(f"{path} holds no names: {error}") from error
