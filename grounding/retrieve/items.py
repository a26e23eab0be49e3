"""The phrases of a query in a row, and what has been read from them so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from grounding.retrieve.lexicon import Entry, Lexicon
from grounding.types import Predicate, PredicateKind


@dataclass(slots=True)
class Item:
    """One phrase of the text. `role` starts as the lexicon's and changes to "used" or "rest" as the reading goes on.

    people: of a name (role "called"), what each who goes by it is known by. negated: it was denied. guessed: its word
    is none of the lexicon's.
    """

    role: str
    entry: Entry
    tokens: Sequence[tuple[str, str]]
    people: Sequence[Sequence[Predicate]] = ()
    negated: bool = False
    guessed: bool = False
    words: str = field(init=False)

    def __post_init__(self) -> None:
        self.words = self.tokens[0][1] if len(self.tokens) == 1 else " ".join(matched for _, matched in self.tokens)

    @property
    def typed(self) -> str:
        return " ".join(typed for typed, _ in self.tokens)


@dataclass(slots=True)
class Line:
    """The items of a query; `found` holds predicates with the index of the item that said them, `choices` counts the
    choices among them."""

    lexicon: Lexicon
    items: list[Item]
    found: list[tuple[int, Predicate]] = field(default_factory=list)
    choices: int = 0

    def add(self, at: int, kind: PredicateKind, value: str, terms: Sequence[str] = ()) -> None:
        """Notes a predicate said by item `at`, which is used up by it."""
        item = self.items[at]
        self.found.append((at, Predicate(kind, value, tuple(terms), negated=item.negated, guessed=item.guessed)))
        item.role = "used"

    def choose(self, at: int, branches: Sequence[Sequence[Predicate]]) -> None:
        """Notes predicates said by item `at`, those of one branch together: a choice, where there is more than one."""
        if len(branches) > 1:
            self.choices += 1
        for place, predicates in enumerate(branches, start=1):
            either, branch = (self.choices, place) if len(branches) > 1 else (0, 0)
            self.found += [(at, replace(predicate, either=either, branch=branch)) for predicate in predicates]
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

    def is_a(self, at: int | None, name: str) -> bool:
        """Whether item `at` is a word of a class of the language; a comma is of none."""
        return at is not None and self.lexicon.is_a(self.items[at].words, name)

    def is_link(self, at: int) -> bool:
        """Whether item `at` is an "and", an "or" or a comma between two things."""
        item = self.items[at]
        return item.role == "stop" and (item.words == "," or self.is_a(at, "and") or self.is_a(at, "or"))

    def between(self, start: int, end: int, name: str) -> bool:
        """Whether a word of a class stands between two items."""
        return any(self.is_a(at, name) for at in range(start + 1, end))
