"""Colours: of the shirt, unless shorts or something else are named."""

from __future__ import annotations

from grounding.retrieve.items import Line
from grounding.retrieve.lexicon import english
from grounding.types import Predicate, PredicateKind
from grounding.vocabulary import term

_ADJECTIVES = ("striped", "coloured", "colored", "plain", "playing", "home", "away")
_WHOLE_KIT = ("kit", "uniform", "outfit", "strip", "colours", "colors", "tracksuit", "clothes", "clothing")
"""Garments that are shirt and shorts together: the second of two colours may be that of the shorts."""


def read_colours(line: Line) -> None:
    at = 0
    while at < len(line.items):
        if line.items[at].role in ("colour", "colour_plural", "shade"):
            group = _colour_group(line, at)
            _read_group(line, group)
            at = group[-1] + 1
        else:
            at += 1
    _let_either_hold(line)
    for item in line.items:
        if item.role == "garment":
            item.role = "used" if item.entry.value != "other" else "rest"


def _let_either_hold(line: Line) -> None:
    """Shirts named apart ("white 5 and red 9") are those of several people: one of them is enough for each."""
    shirts = [i for i, (_, predicate) in enumerate(line.found) if predicate.kind == "shirt_colour" and predicate.terms]
    groups = {line.found[i][1].terms for i in shirts}
    apart = len(groups) > 1 and _and_numbers(line)
    if apart:
        terms = tuple(dict.fromkeys(name for i in shirts for name in line.found[i][1].terms))
        for i in shirts:
            at, predicate = line.found[i]
            line.found[i] = (at, Predicate(predicate.kind, predicate.value, terms))


def _and_numbers(line: Line) -> bool:
    return sum(item.role == "number" for item in line.items) > 1


def _colour_group(line: Line, at: int) -> list[int]:
    """Colours linked to each other: "red and white", "black/white", "red, blue or green"."""
    group = [at]
    while True:
        link = group[-1] + 1
        if link + 1 >= len(line.items) or line.items[group[0]].role == "colour_plural":
            return group
        following = link + 1 if line.items[link].is_link else link
        if line.items[following].role != "colour" or _garment_after(line, group[-1]) == link:
            return group
        group.append(following)


def _garment_after(line: Line, at: int) -> int | None:
    for following in range(at + 1, min(at + 3, len(line.items))):
        item = line.items[following]
        if item.role in ("garment", "object"):
            return following
        if item.role != "unknown" and item.words not in _ADJECTIVES:
            return None
    return None


def _read_group(line: Line, group: list[int]) -> None:
    noun = _garment_after(line, group[-1])
    if noun is not None and line.items[noun].role == "object":
        _drop(line, group)
        return
    kinds = _kinds(line, group, noun)
    if not kinds:
        _drop(line, group)
        if noun is not None:
            line.items[noun].role = "rest"
        return
    either = len(group) > 1 and (_linked_by_or(line, group) or _people_follow(line, group[-1]))
    for place, at in enumerate(group):
        names = _names(line, group if either else [at])
        kind = kinds[min(place, len(kinds) - 1)]
        terms = [term(kind, name) for name in names]
        if place and not either and kind == "shorts_colour" and (noun is None or not _is_shorts(line, noun)):
            terms.append(term("shirt_colour", names[0]))
        line.add(at, kind, line.items[at].entry.value, terms)
        if len(group) == 1 and len(kinds) == 2:
            line.add(at, kinds[1], line.items[at].entry.value, [term(kinds[1], name) for name in names])


def _kinds(line: Line, group: list[int], noun: int | None) -> list[PredicateKind]:
    """Which garments the colours of a group belong to, in order; none when it is neither shirt nor shorts."""
    garment = line.items[noun].entry.value if noun is not None else _garment_before(line, group[0])
    if garment == "other":
        return []
    if garment == "shorts":
        return ["shirt_colour", "shorts_colour"] if len(group) > 1 else ["shorts_colour"]
    if garment == "shirt":
        whole = noun is not None and line.items[noun].words in _WHOLE_KIT
        if _all_before(line, group[0]) or (whole and len(group) > 1):
            return ["shirt_colour", "shorts_colour"]
        second = line.next(noun) if noun is not None else None
        if second is not None and _is_shorts(line, second) and noun is not None and line.items[noun + 1].words == "and":
            return ["shirt_colour", "shorts_colour"] if len(group) == 1 else ["shirt_colour"]
        return ["shirt_colour"]
    if len(group) == 1:
        return ["shirt_colour", "shorts_colour"] if _all_before(line, group[0]) else ["shirt_colour"]
    return (
        ["shirt_colour"]
        if _linked_by_or(line, group) or _people_follow(line, group[-1])
        else ["shirt_colour", "shorts_colour"]
    )


def _all_before(line: Line, at: int) -> bool:
    """ "all in black", "all white": shirt and shorts."""
    words = [item.words for item in line.items[max(0, at - 2) : at]]
    return words[-1:] in (["all"], ["fully"]) or words in (["all", "in"], ["fully", "in"])


def _is_shorts(line: Line, at: int) -> bool:
    return line.items[at].role == "garment" and line.items[at].entry.value == "shorts"


def _garment_before(line: Line, at: int) -> str:
    """ "his shorts are white", "jersey: red": a garment named before its colour, if it has none of its own."""
    before = line.next(at, step=-1)
    if before is None or line.items[before].role != "garment" or at - before > 3:
        return ""
    if any(line.items[i].words in ("and", "with", "in") for i in range(before + 1, at)):
        return ""
    earlier = line.next(before, step=-1, skip=())
    return "" if line.role(earlier) in ("colour", "used") else line.items[before].entry.value


def _linked_by_or(line: Line, group: list[int]) -> bool:
    return any(line.items[i].words == "or" for i in range(group[0], group[-1]))


def _people_follow(line: Line, at: int) -> bool:
    following = line.next(at)
    return following is not None and line.items[following].entry.plural


def _names(line: Line, group: list[int]) -> list[str]:
    shades = english().shades
    names: list[str] = []
    for at in group:
        entry = line.items[at].entry
        names += shades[entry.value] if entry.role == "shade" else [entry.value]
    return names


def _drop(line: Line, group: list[int]) -> None:
    for at in group:
        line.items[at].role = "rest"
