"""What is denied: "not in red", "without the ball", "except number 10", "neither running nor jumping"."""

from __future__ import annotations

from typing import Final

from grounding.retrieve.items import Line
from grounding.retrieve.lexicon import Entry
from grounding.vocabulary import term

_DEEDS: Final = ("motion", "action", "relation", "direction", "place", "side", "to_side")
_DENIABLE: Final = (*_DEEDS, "colour", "shade", "colour_plural", "numeral", "object", "called", "landmark")
_HAS_BALL: Final = Entry("relation", "has ball", (term("relation", "has ball"),))


def read_denials(line: Line) -> None:
    for at, item in enumerate(line.items):
        if item.role == "keep":
            item.role = "rest"
        if item.role != "negation":
            continue
        denied = _denied(line, at)
        item.role = "used" if denied else "rest"
        for target in denied:
            line.items[target].negated = True
            if line.items[target].role == "object" and line.items[target].entry.value == "ball":
                line.items[target].role, line.items[target].entry = "relation", _HAS_BALL


def _denied(line: Line, at: int) -> list[int]:
    """The items that a negation at `at` is about; none when what it denies cannot be said in predicates."""
    target = _target(line, at)
    if target is None:
        before = line.next(at, step=-1)
        trails = line.next(at) is None and before is not None and line.role(before) in _DEEDS
        return [before] if trails and before is not None else []
    if line.role(target) not in _DENIABLE:
        line.items[target].role = "rest"
        return []
    targets = [target]
    while (following := _target(line, targets[-1], garments=True)) is not None:
        links = ["or", "and"] if line.role(target) in ("colour", "numeral") else ["or"]
        linked = any(line.between(targets[-1], following, link) for link in links)
        if not linked or not _alike(line.role(target), line.role(following)):
            break
        targets.append(following)
    return targets


def _target(line: Line, at: int, *, garments: bool = False) -> int | None:
    """The next thing said after `at`, past words for people, "number" and, if wanted, the garment just named."""
    target = line.next(at)
    while target is not None and line.role(target) in ("person", "cue", *(("garment",) if garments else ())):
        if line.role(target) == "person" and not garments:
            line.items[target].role = "rest"
        target = line.next(target)
    return target


def _alike(one: str, other: str) -> bool:
    return one == other or (one in _DEEDS and other in _DEEDS)
