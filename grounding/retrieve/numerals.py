"""Numerals: a shirt number or a count."""

from __future__ import annotations

from grounding.retrieve.items import Line
from grounding.retrieve.lexicon import Entry
from grounding.vocabulary import term

MAX_SHIRT_NUMBER = 99


def read_numerals(line: Line) -> None:
    numbers: list[int] = []
    for at, item in enumerate(line.items):
        if item.role == "both":
            _count(line, at, 2)
        elif item.role == "numeral":
            if _is_number(line, at):
                numbers.append(at)
            else:
                _count_or_drop(line, at)
    for at in numbers:
        number = line.items[at].entry.value
        line.items[at].entry = Entry("number", number, (term("number", number),))
        line.items[at].role = "number"
    for item in line.items:
        if item.role == "cue":
            item.role = "stop"


def _is_number(line: Line, at: int) -> bool:
    item = line.items[at]
    before, after = _before(line, at), line.next(at, skip=())
    cued = line.role(before) == "cue" or (line.role(before) == "garment" and not line.items[before or 0].entry.plural)
    if int(item.entry.value) > MAX_SHIRT_NUMBER:
        return False
    # "number 2 and two players": what names the first numeral does not name a counted second one.
    if cued and (line.next(at, step=-1) == before or not _plural_follows(line, at)):
        return True
    if line.role(after) == "unit":
        return False
    if after is not None and line.is_a(after, "of"):
        return line.role(line.next(after)) == "colour"
    if _plural_follows(line, at) or (line.is_a(at, "one") and line.role(before) != "colour"):
        return False
    if line.is_a(at, "few") and after is not None:
        return not line.is_a(after, "about") and line.role(after) != "landmark"
    return True


def _before(line: Line, at: int) -> int | None:
    """The item before a numeral that says what it is: "number 7", "numbers 7 and 10"."""
    before = line.next(at, step=-1)
    while before is not None and line.role(before) in ("numeral", "number"):
        before = line.next(before, step=-1)
    return before


def _plural_follows(line: Line, at: int) -> bool:
    if line.lexicon.plural_endings and _several_follow(line, at):
        return True
    following = line.next(at, skip=("stop", "colour", "shade", "unknown"))
    steps = 0 if following is None else following - at
    return (
        following is not None and steps <= 4 and line.items[following].entry.plural and not _broken(line, at, following)
    )


def _several_follow(line: Line, at: int) -> bool:
    """Whether people follow at once, in a language whose plurals cannot be told from the word."""
    following = line.next(at, skip=())
    if line.role(following) != "colour":
        return line.role(following) == "person"
    inflected = following is not None and line.items[following].words.endswith(line.lexicon.plural_endings)
    after = line.next(following, skip=()) if following is not None else None
    return inflected and line.role(after) not in ("garment", "numeral")


def _broken(line: Line, start: int, end: int) -> bool:
    """A word between that ends the noun phrase: "10 in red and two players"."""
    return line.between(start, end, "breaks")


def _count_or_drop(line: Line, at: int) -> None:
    item = line.items[at]
    if line.is_a(at, "one"):
        item.role = "stop"
    elif line.role(line.next(at, skip=())) == "unit" or int(item.entry.value) > MAX_SHIRT_NUMBER:
        item.role = "rest"
        unit = line.next(at, skip=())
        if unit is not None and line.role(unit) == "unit":
            line.items[unit].role = "rest"
    else:
        _count(line, at, int(item.entry.value))


def _count(line: Line, at: int, count: int) -> None:
    line.add(at, "count", str(count), (term("count", str(count)),))
