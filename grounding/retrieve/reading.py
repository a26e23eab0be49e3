"""What the phrases of a query mean beside each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from grounding.retrieve.choices import read_choices
from grounding.retrieve.denials import read_denials
from grounding.retrieve.garments import read_colours
from grounding.retrieve.items import Item, Line
from grounding.retrieve.lexicon import Entry, Lexicon
from grounding.retrieve.movement import read_motions, read_sides
from grounding.retrieve.numerals import read_numerals
from grounding.retrieve.steps import read_steps
from grounding.types import Predicate, PredicateKind
from grounding.vocabulary import PICTURE_LABEL, REFEREE, term

_DIRECT: Final[dict[str, PredicateKind]] = {
    "place": "place",
    "action": "action",
    "relation": "relation",
    "direction": "direction",
}

_MOVERS: Final = frozenset({"bicycle", "motorcycle", "car", "bus", "boat", "bird", "cat", "dog", "horse"})
"""Of these it may be said that they run or jump; whoever runs with the ball is not the ball."""


def read(lexicon: Lexicon, items: list[Item], times: list[tuple[int, Predicate]]) -> tuple[tuple[Predicate, ...], str]:
    """Predicates in the order said, times last and nothing twice; and the words that were not read."""
    line = Line(lexicon, items)
    for step in _STEPS:
        step(line)
    ordered = [predicate for _, predicate in sorted(line.found, key=lambda pair: pair[0])]
    ordered += [replace(one, either=line.choices + 1) if one.either else one for _, one in times]
    unique: dict[Predicate, Predicate] = {}
    for predicate in ordered:
        unique.setdefault(replace(predicate, terms=(), said="", guessed=False), predicate)
    rest = " ".join(item.typed for item in items if item.role in ("rest", "unknown") and item.words != ",")
    return tuple(unique.values()), rest


def _read_landmarks(line: Line) -> None:
    for at, item in enumerate(line.items):
        if item.role != "landmark":
            continue
        group = _noun_phrase(line, at + 1)
        if not any(line.items[i].role in ("person", "called", "number", "colour", "colour_plural") for i in group):
            item.entry = line.lexicon.otherwise(item.words) or Entry(item.entry.value or "stop")
            item.role = item.entry.role
            continue
        if _leads_with_group(line, at):
            _swap_target(line, at)
            continue
        line.add(at, "relation", _beside(line, at, group))
        for i in group:
            line.items[i].role = "used"


def _beside(line: Line, at: int, group: list[int]) -> str:
    """A landmark and who stands there, in English: "next to the referee", "around red 10"."""
    landmark = line.items[at].entry.english
    if not landmark:
        return " ".join(line.items[i].words for i in range(at, group[-1] + 1))
    words = [landmark]
    for item in (line.items[i] for i in group):
        if item.role in ("colour", "colour_plural", "number", "shade"):
            words.append(item.entry.value)
        elif item.role == "person":
            words.append(item.entry.english or "player")
        elif item.role == "called":
            words.append(item.typed)
    return " ".join(words)


def _read_called(line: Line) -> None:
    """Names somebody is known by; of several ("Kowalski or Nowak") one is enough."""
    named = [at for at, item in enumerate(line.items) if item.role == "called"]
    while named:
        group = [named.pop(0)]
        if line.items[group[0]].negated:
            _deny_called(line, group[0])
            continue
        while named and all(map(line.is_link, range(group[-1] + 1, named[0]))):
            group.append(named.pop(0))
        people = [
            [replace(predicate, said=line.items[at].typed) for predicate in person]
            for at in group
            for person in line.items[at].people
        ]
        line.choose(group[0], people)
        for at in range(group[0], group[-1] + 1):
            line.items[at].role = "used"


def _deny_called(line: Line, at: int) -> None:
    """Not Kowalski: another shirt or another number."""
    item = line.items[at]
    for person in item.people:
        line.choose(at, [[replace(predicate, negated=True, said=item.typed)] for predicate in person])


def _noun_phrase(line: Line, at: int) -> list[int]:
    """Items from `at` that describe one person: "the tall keeper in green", "blue 4"."""
    roles = ("stop", "person", "called", "number", "cue", "colour", "colour_plural", "shade", "garment", "unknown")
    end = at
    while end < len(line.items) and line.items[end].role in roles:
        if line.items[end].words == "," or line.is_a(end, "clause"):
            break
        end += 1
    while end > at and line.items[end - 1].role in ("stop", "unknown"):
        end -= 1
    return list(range(at, end))


def _leads_with_group(line: Line, at: int) -> bool:
    """ "two reds around number 10": the one in the middle is meant."""
    return line.is_a(at, "gathering") and any(kind.kind == "count" and i < at for i, kind in line.found)


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
        if item.role == "person" and item.entry.value in ("official", "officials"):
            line.add(at, "object", REFEREE, (term("object", REFEREE),))
            item.role, person = "used", True
        elif item.role == "person":
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
    """Words with a capital that no lexicon has; not where every noun has one."""
    if line.lexicon.nouns_have_capitals:
        return
    known = line.lexicon.known
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


# What is denied is marked first; people who stand beside the target go before colours and numbers are given to it.
_STEPS: Final = (
    read_denials,
    read_numerals,
    _read_landmarks,
    _read_called,
    read_colours,
    read_motions,
    read_sides,
    _read_direct,
    _read_objects,
    _read_names,
    read_choices,
    read_steps,
)
