"""Of which one is enough: "red or blue shirt", "number 10 or the keeper in yellow", "numbers 7 and 10".

A link joins what stands before it with what stands after it, as far as both say the same kinds of things: in "red 4 or
blue 9 running" it joins a colour and a number with a colour and a number, in "running or sprinting on the left" two
motions only. "And" does so only for people: nobody wears two numbers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from grounding.retrieve.items import Line
from grounding.retrieve.score import STATIC_KINDS
from grounding.types import Predicate

_WORN: Final = frozenset({"shirt_colour", "shorts_colour", "number"})
"""Of each of these one person has one."""


def read_choices(line: Line) -> None:
    line.found.sort(key=lambda pair: pair[0])
    for at in range(len(line.items)):
        if line.items[at].role == "stop" and line.is_a(at, "or"):
            _join(line, at, people_only=False)
        elif line.items[at].role == "stop" and line.is_a(at, "and"):
            _join(line, at, people_only=True)
    _tell_apart(line)
    _renumber(line)


def _join(line: Line, link: int, *, people_only: bool) -> None:
    left = _operand(line, link, -1, bounds=("or",))
    right = _operand(line, link, 1, bounds=("or", "and"))
    if not left or not right:
        return
    kinds = _kinds(line, right)
    size = next((n for n in range(min(len(left), len(right)), 0, -1) if _kinds(line, left)[-n:] == kinds[:n]), 0)
    if people_only and not (size and _WORN.issuperset(kinds[:size])):
        return
    if size:
        left, right = left[-size:], right[:size]
    elif not STATIC_KINDS.intersection((_kinds(line, left)[-1], kinds[0])):
        left, right = left[-1:], right[:1]
    if all(line.found[i][1].negated for i in (*left, *right)):
        return  # Neither is wanted: both are denied.
    branches = [*_listed_before(line, left), left, right]
    _choose(line, branches)


def _operand(line: Line, link: int, way: int, *, bounds: tuple[str, ...]) -> list[int]:
    """Indices into `found` of what is said on one side of a link, up to a comma, a step or another link."""
    end = link + way
    while 0 <= end < len(line.items):
        item = line.items[end]
        if item.words == "," or item.role in ("then", "after"):
            break
        if item.role == "stop" and any(line.is_a(end, bound) for bound in bounds):
            break
        end += way
    low, high = (end, link) if way < 0 else (link, end)
    return [i for i, (at, _) in enumerate(line.found) if low < at < high]


def _kinds(line: Line, chosen: list[int]) -> list[str]:
    return [line.found[i][1].kind for i in chosen]


def _listed_before(line: Line, first: list[int]) -> list[list[int]]:
    """What is listed with commas before the first operand: "7, 10 or 11"."""
    size, listed = len(first), [first]
    while True:
        start = listed[0][0]
        earlier = list(range(start - size, start))
        if earlier[0] < 0 or _kinds(line, earlier) != _kinds(line, first):
            return listed[:-1]
        low, high = line.found[earlier[-1]][0], line.found[start][0]
        apart = [line.items[at] for at in range(low + 1, high)]
        if not any(item.words == "," for item in apart) or any(item.role not in ("stop", "used") for item in apart):
            return listed[:-1]
        listed.insert(0, earlier)


def _choose(line: Line, branches: list[list[int]]) -> None:
    """Makes one choice of the branches, together with those that are branches of a choice already."""
    line.choices += 1
    place = 0
    for branch in branches:
        known = {line.found[i][1].either for i in branch} - {0}
        parts: list[list[int]] = [] if known else [branch]
        for either in known:
            members = [i for i, (_, one) in enumerate(line.found) if one.either == either]
            of = sorted({line.found[i][1].branch for i in members})
            parts += [[i for i in members if line.found[i][1].branch == number] for number in of]
        for part in parts:
            place += 1
            for i in part:
                at, predicate = line.found[i]
                line.found[i] = (at, replace(predicate, either=line.choices, branch=place))


def _tell_apart(line: Line) -> None:
    """Numbers and shirts of several people, named one after the other: "white 5 passes to red 9"."""
    people: list[list[int]] = []
    for i, (_, predicate) in enumerate(line.found):
        if predicate.kind not in _WORN or predicate.negated or predicate.either:
            continue
        if not people or any(line.found[other][1].kind == predicate.kind for other in people[-1]):
            people.append([])
        people[-1].append(i)
    if len(people) > 1:
        _choose(line, people)


def _renumber(line: Line) -> None:
    """Choices and branches numbered from 1 in the order in which they were said; one without an alternative is none."""
    eithers: dict[int, dict[int, int]] = {}
    for _, predicate in line.found:
        if predicate.either:
            branches = eithers.setdefault(predicate.either, {})
            branches.setdefault(predicate.branch, len(branches) + 1)
    real = [either for either, branches in eithers.items() if len(branches) > 1]
    for i, (at, predicate) in enumerate(line.found):
        if predicate.either:
            line.found[i] = (at, _numbered(predicate, real, eithers))
    line.choices = len(real)


def _numbered(predicate: Predicate, real: list[int], eithers: dict[int, dict[int, int]]) -> Predicate:
    if predicate.either not in real:
        return replace(predicate, either=0, branch=0)
    branch = eithers[predicate.either][predicate.branch]
    return replace(predicate, either=real.index(predicate.either) + 1, branch=branch)
