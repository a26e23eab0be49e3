"""What the phrases of a query mean beside each other."""

from __future__ import annotations

from typing import Final

from grounding.retrieve.garments import read_colours
from grounding.retrieve.items import Item, Line
from grounding.retrieve.lexicon import english
from grounding.retrieve.movement import read_motions, read_sides
from grounding.retrieve.numerals import read_numerals
from grounding.types import Predicate, PredicateKind
from grounding.vocabulary import PICTURE_LABEL, term

_DIRECT: Final[dict[str, PredicateKind]] = {
    "place": "place",
    "action": "action",
    "relation": "relation",
    "direction": "direction",
}

_MOVERS: Final = frozenset({"bicycle", "motorcycle", "car", "bus", "boat", "bird", "cat", "dog", "horse"})
"""Of these it may be said that they run or jump; whoever runs with the ball is not the ball."""


def read(items: list[Item], times: list[tuple[int, Predicate]]) -> tuple[tuple[Predicate, ...], str]:
    """Predicates in the order said, times last and nothing twice; and the words that were not read."""
    line = Line(items)
    for step in _STEPS:
        step(line)
    ordered = [predicate for _, predicate in sorted(line.found, key=lambda pair: pair[0])]
    ordered += [predicate for _, predicate in sorted(times, key=lambda pair: pair[0])]
    unique: dict[tuple[str, str], Predicate] = {}
    for predicate in ordered:
        unique.setdefault((predicate.kind, predicate.value), predicate)
    rest = " ".join(item.typed for item in items if item.role in ("rest", "unknown") and item.words != ",")
    return tuple(unique.values()), rest


def _read_negations(line: Line) -> None:
    for at, item in enumerate(line.items):
        if item.role == "keep":
            item.role = "rest"
        if item.role != "negation":
            continue
        item.role = "rest"
        target = line.next(at)
        while target is not None and line.items[target].role in ("colour", "shade"):
            line.items[target].role = "rest"
            target = line.next(target)
            if target is None or line.items[target].role != "garment":
                return
        if target is not None:
            cued = line.items[target].role == "cue"
            line.items[target].role = "rest"
            following = line.next(target)
            if cued and following is not None and line.items[following].role == "numeral":
                line.items[following].role = "rest"


def _read_landmarks(line: Line) -> None:
    for at, item in enumerate(line.items):
        if item.role != "landmark":
            continue
        group = _noun_phrase(line, at + 1)
        if not any(line.items[i].role in ("person", "number", "colour", "colour_plural") for i in group):
            item.role = "stop"
            continue
        if _leads_with_group(line, at):
            _swap_target(line, at)
            continue
        words = " ".join(line.items[i].words for i in range(at, group[-1] + 1))
        line.add(at, "relation", words)
        for i in group:
            line.items[i].role = "used"


def _noun_phrase(line: Line, at: int) -> list[int]:
    """Items from `at` that describe one person: "the tall keeper in green", "blue 4"."""
    roles = ("stop", "person", "number", "cue", "colour", "colour_plural", "shade", "garment", "unknown")
    end = at
    while end < len(line.items) and line.items[end].role in roles and line.items[end].words not in (",", "and", "who"):
        end += 1
    while end > at and line.items[end - 1].role in ("stop", "unknown"):
        end -= 1
    return list(range(at, end))


def _leads_with_group(line: Line, at: int) -> bool:
    """ "two reds around number 10": the one in the middle is meant."""
    counted = any(kind.kind == "count" and i < at for i, kind in line.found)
    return counted and line.items[at].words in (
        "around",
        "near",
        "marking",
        "chasing",
        "beside",
        "tackling",
        "pressing",
    )


def _swap_target(line: Line, at: int) -> None:
    for i in range(at):
        item = line.items[i]
        if item.role in ("colour", "colour_plural"):
            line.add(i, "shirt_colour", item.entry.value)
        elif item.role == "person":
            item.role = "used"
    line.add(at, "relation", "in a group", (term("relation", "in a group"),))


def _read_direct(line: Line) -> None:
    for at, item in enumerate(line.items):
        entry = item.entry
        if item.role == "number":
            line.add(at, "number", entry.value, entry.terms)
        elif item.role == "place" and entry.split:
            parts = [name.removeprefix("place:") for name in entry.terms]
            for part in parts:
                wider = [f"far {part}"] if part in ("left", "right") else []
                line.add(at, "place", part, [term("place", name) for name in (part, *wider)])
        elif item.role in _DIRECT:
            line.add(at, _DIRECT[item.role], entry.value or item.words, entry.terms)
            if not entry.terms:
                item.role = "rest"
        elif item.role == "motion_used":
            item.role = "used"


def _read_objects(line: Line) -> None:
    kinds = {predicate.kind for _, predicate in line.found}
    person = bool(kinds & {"shirt_colour", "shorts_colour", "number"})
    moving = bool(kinds & {"motion", "action"})
    for at, item in enumerate(line.items):
        if item.role == "person":
            counted = any(predicate.kind == "count" for _, predicate in line.found) and item.entry.plural
            # How many people there are is known of the whole picture.
            names = ("person", PICTURE_LABEL) if counted else ("person",)
            line.add(at, "object", "person", [term("object", name) for name in names])
            if item.entry.value in ("role", "roles"):
                item.role = "rest"
            person = True
        elif item.role == "object" and not person and (not moving or item.entry.value in _MOVERS):
            line.add(at, "object", item.entry.value, item.entry.terms)
            person = True
        elif item.role == "object":
            item.role = "used" if item.entry.value == "ball" else "rest"
        elif item.role in ("unit", "side", "to_side", "landmark"):
            item.role = "stop"


def _read_names(line: Line) -> None:
    known = english().known
    shouting = all(typed == typed.upper() for item in line.items for typed, _ in item.tokens)
    at = 0
    while at < len(line.items):
        end = at
        while end < len(line.items) and _looks_like_name(line, end) and not shouting:
            end += 1
        if end > at and not (end == at + 1 and line.items[at].words in known):
            line.add(at, "name", " ".join(item.typed for item in line.items[at:end]))
            for i in range(at, end):
                line.items[i].role = "used"
        at = max(end, at + 1)


def _looks_like_name(line: Line, at: int) -> bool:
    item = line.items[at]
    typed = item.typed
    return item.role == "unknown" and typed[:1].isupper() and len(typed) > 1


# What is denied is set aside first; people who stand beside the target before colours and numbers are given to it.
_STEPS: Final = (
    _read_negations,
    read_numerals,
    _read_landmarks,
    read_colours,
    read_motions,
    read_sides,
    _read_direct,
    _read_objects,
    _read_names,
)
