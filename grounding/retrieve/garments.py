"""Colours: of the shirt, unless shorts or something else are named."""

from __future__ import annotations

from grounding.retrieve.items import Line
from grounding.types import PredicateKind
from grounding.vocabulary import term


def read_colours(line: Line) -> None:
    at = 0
    while at < len(line.items):
        if line.items[at].role in ("colour", "colour_plural", "shade"):
            group = _colour_group(line, at)
            _read_group(line, group)
            at = group[-1] + 1
        else:
            at += 1
    for item in line.items:
        if item.role == "garment":
            item.role = "used" if item.entry.value != "other" else "rest"


def _colour_group(line: Line, at: int) -> list[int]:
    """Colours linked to each other: "red and white", "black/white", "red, blue or green"."""
    group = [at]
    while True:
        link = group[-1] + 1
        if link + 1 >= len(line.items) or line.items[group[0]].role == "colour_plural":
            return group
        following = link + 1 if line.is_link(link) else link
        if line.items[following].role != "colour" or _garment_after(line, group[-1]) == link:
            return group
        group.append(following)


def _garment_after(line: Line, at: int) -> int | None:
    for following in range(at + 1, min(at + 3, len(line.items))):
        item = line.items[following]
        if item.role in ("garment", "object"):
            return following
        if item.role != "unknown" and not line.is_a(following, "looks"):
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
    for place, at in enumerate(group):
        names = _names(line, at)
        kind = kinds[min(place, len(kinds) - 1)]
        terms = [term(kind, name) for name in names]
        if place and kind == "shorts_colour" and (noun is None or not _is_shorts(line, noun)):
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
        both = len(group) > 1 and not _linked_by_or(line, group)
        return ["shirt_colour", "shorts_colour"] if both else ["shorts_colour"]
    if garment == "shirt":
        whole = noun is not None and line.is_a(noun, "whole_kit")
        if _all_before(line, group[0]) or (whole and len(group) > 1):
            return ["shirt_colour", "shorts_colour"]
        second = line.next(noun) if noun is not None else None
        if second is not None and _is_shorts(line, second) and noun is not None and line.is_a(noun + 1, "and"):
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
    before = at - 2 if at > 1 and line.is_a(at - 1, "in") else at - 1
    return before >= 0 and line.is_a(before, "all")


def _is_shorts(line: Line, at: int) -> bool:
    return line.items[at].role == "garment" and line.items[at].entry.value == "shorts"


def _garment_before(line: Line, at: int) -> str:
    """ "his shorts are white", "jersey: red": a garment named before its colour, if it has none of its own."""
    before = line.next(at, step=-1)
    if before is None or line.items[before].role != "garment" or at - before > 3:
        return ""
    if line.between(before, at, "wears"):
        return ""
    earlier = line.next(before, step=-1, skip=())
    return "" if line.role(earlier) in ("colour", "used") else line.items[before].entry.value


def _linked_by_or(line: Line, group: list[int]) -> bool:
    return line.between(group[0], group[-1], "or")


def _people_follow(line: Line, at: int) -> bool:
    following = line.next(at)
    return following is not None and line.items[following].entry.plural


def _names(line: Line, at: int) -> tuple[str, ...]:
    entry = line.items[at].entry
    return line.lexicon.shades[entry.value] if entry.role == "shade" else (entry.value,)


def _drop(line: Line, group: list[int]) -> None:
    for at in group:
        line.items[at].role = "rest"
