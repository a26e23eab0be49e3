"""The phrases of a query in a row, and what has been read from them so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grounding.retrieve.lexicon import Entry
from grounding.types import Predicate, PredicateKind

_LINKS = ("and", "or", "&", "/", ",")


@dataclass(slots=True)
class Item:
    """One phrase of the text. `role` starts as the lexicon's and changes to "used" or "rest" as the reading goes on."""

    role: str
    entry: Entry
    tokens: Sequence[tuple[str, str]]

    @property
    def typed(self) -> str:
        return " ".join(typed for typed, _ in self.tokens)

    @property
    def words(self) -> str:
        return " ".join(matched for _, matched in self.tokens)

    @property
    def is_link(self) -> bool:
        return self.role == "stop" and self.words in _LINKS


@dataclass(slots=True)
class Line:
    """The items of a query; `found` holds predicates with the index of the item that said them."""

    items: list[Item]
    found: list[tuple[int, Predicate]] = field(default_factory=list)

    def add(self, at: int, kind: PredicateKind, value: str, terms: Sequence[str] = ()) -> None:
        """Notes a predicate said by item `at`, which is used up by it."""
        self.found.append((at, Predicate(kind, value, tuple(terms))))
        self.items[at].role = "used"

    def next(self, at: int, *, step: int = 1, skip: Sequence[str] = ("stop",)) -> int | None:
        """Index of the next item whose role is not skipped; None at the end and at a comma."""
        at += step
        while 0 <= at < len(self.items):
            item = self.items[at]
            if item.words == ",":
                return None
            if item.role not in skip:
                return at
            at += step
        return None

    def role(self, at: int | None) -> str:
        """The role of item `at`, "" for None."""
        return "" if at is None else self.items[at].role
