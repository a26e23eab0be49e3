"""Players out of lines that somebody pasted: a table from a spreadsheet, CSV, or a list as people write them.

10, Lamine Kowalski      Kowalski 10      #10 Kowalski      10. Kowalski (Lamy)      10⇥Kowalski⇥Lamy
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from grounding.sheets import MOST_NUMBER, Player, fold
from videosearch.library.sheets import LONGEST_NAME, LONGEST_NICKNAME, MOST_NICKNAMES, clean, nicknames_of

MOST_LINES: Final = 150
LONGEST: Final = 20_000

_SIGN: Final = r"(?:#|№|(?:no|nr|num|number|n)\b\s?[.°º]?|n[.°º])?\s*"
_NUMBER: Final = re.compile(rf"{_SIGN}(\d{{1,6}})\s*[.):]?", re.IGNORECASE)
_FRONT: Final = re.compile(rf"{_SIGN}(\d{{1,6}})\s*(?:[.):,;=–-]+\s*|\s+|(?=[^\W\d_]))(\S.*)", re.IGNORECASE)
_BACK: Final = re.compile(rf"(.*?\S)[\s,;:=(–-]+{_SIGN}(\d{{1,6}})[\s).]*", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|[“\"„]([^“”\"]*)[”\"“]")
_COLUMNS: Final = {
    "first": ("first", "firstname", "forename", "given", "vorname", "prenom"),
    "nicknames": ("nickname", "nicknames", "nick", "alias", "aka", "spitzname", "apodo", "surnom"),
    "number": ("number", "no", "nr", "num", "shirt", "jersey", "numer", "nummer", "numero", "dorsal", "rugnummer"),
    "name": (
        "name", "player", "last", "surname", "lastname", "spieler", "jugador", "joueur", "giocatore", "zawodnik",
        "nombre", "nom", "nome", "speler",
    ),
}  # fmt: skip
"""What columns are called, the narrower meaning first: "First name" is not the name."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """players: in the order of their lines. problems: a sentence for each line that is none."""

    players: tuple[Player, ...]
    problems: tuple[str, ...]


class _Line(NamedTuple):
    number: str
    name: str
    nicknames: str


class _BadLineError(ValueError):
    pass


def read(text: str) -> Pasted:
    """Every line that names a player; the others each get a sentence that says what is wrong with them."""
    lines = [(at, line.strip("\ufeff \r")) for at, line in enumerate(text[:LONGEST].split("\n"), 1)]
    lines = [(at, line) for at, line in lines if line.strip()]
    problems = []
    if len(text) > LONGEST or len(lines) > MOST_LINES:
        problems.append(f"Only the first {MOST_LINES} lines were read.")
    heads = _heads(_cells(lines[0][1])) if lines else {}
    found: dict[int, Player] = {}
    for at, line in lines[1 if heads else 0 :][:MOST_LINES]:
        try:
            player = _player(_by_heads(_cells(line), heads) if heads else _line(line))
            if player.number in found:
                raise _BadLineError(f"number {player.number} was given to {found[player.number].name} before")
            found[player.number] = player
        except _BadLineError as error:
            problems.append(f"Line {at}, “{clean(line, 40)}”: {error}.")
    return Pasted(tuple(found.values()), tuple(problems))


def _cells(line: str) -> list[str]:
    mark = next((mark for mark in "\t;," if mark in line), ",")
    try:
        [cells] = csv.reader([line], delimiter=mark, skipinitialspace=True)
    except (csv.Error, ValueError):
        cells = line.split(mark)
    return [clean(cell) for cell in cells]


def _heads(cells: Sequence[str]) -> dict[str, int]:
    """Which column is what, where the first line says so; empty where it is a player like the others."""
    places: dict[str, int] = {}
    for at, cell in enumerate(cells):
        words = set(fold(cell).split())
        kind = next((kind for kind, known in _COLUMNS.items() if words & set(known)), None)
        if kind is not None:
            places.setdefault(kind, at)
    return places if {"number", "name"} <= set(places) and not any(map(str.isdigit, "".join(cells))) else {}


def _by_heads(cells: Sequence[str], heads: dict[str, int]) -> _Line:
    given = {kind: cells[at] if at < len(cells) else "" for kind, at in heads.items()}
    name = f"{given.get('first', '')} {given['name']}".strip()
    number = _NUMBER.fullmatch(given["number"])
    return _Line(number[1] if number else given["number"], name, given.get("nicknames", ""))


def _line(line: str) -> _Line:
    cells = [cell for cell in _cells(line) if cell]
    numbers = [at for at, cell in enumerate(cells) if _NUMBER.fullmatch(cell)]
    if len(numbers) > 1:
        said = " and ".join(cells[at] for at in numbers[:2])
        raise _BadLineError(f"it has two numbers, {said}")
    if numbers and len(cells) > 1:
        number = _NUMBER.fullmatch(cells[numbers[0]])
        name, *more = [cell for at, cell in enumerate(cells) if at != numbers[0]]
        return _without_brackets(number[1] if number else "", name, ", ".join(more))
    whole = clean(line.replace("\t", " "))
    for pattern, places in ((_FRONT, (1, 2)), (_BACK, (2, 1))):
        match = pattern.fullmatch(whole)
        if match is not None:
            return _without_brackets(match[places[0]], match[places[1]], "")
    number = _NUMBER.fullmatch(whole)
    return _Line(number[1] if number else "", "" if number else whole, "")


def _without_brackets(number: str, name: str, nicknames: str) -> _Line:
    """ "Kowalski (Lamy)", 'Lamine "Lamy" Kowalski': the nickname out of the name."""
    inner = [next(filter(None, match.groups()), "") for match in _BRACKETS.finditer(name)]
    outer = clean(_BRACKETS.sub(" ", name)).strip(" ,;:-–") if inner else name
    if not outer:
        return _Line(number, clean(" ".join(inner)), nicknames)
    return _Line(number, outer, ", ".join(filter(None, [*inner, nicknames])))


def _player(line: _Line) -> Player:
    """Checked; "Kowalski, Lamine" is Lamine Kowalski."""
    if not line.number:
        raise _BadLineError("it has no shirt number")
    if not line.number.isascii() or not line.number.isdigit():
        raise _BadLineError(f"“{line.number[:20]}” is no shirt number")
    if int(line.number) > MOST_NUMBER:
        raise _BadLineError(f"shirt numbers go from 0 to {MOST_NUMBER}")
    last, comma, first = line.name.partition(",")
    name = clean(f"{first} {last}") if comma and first.strip() else line.name.rstrip(",").strip()
    if not fold(name):
        raise _BadLineError("it has no name")
    if any(char.isdigit() for char in name):
        raise _BadLineError("it has two numbers")
    if len(name) > LONGEST_NAME:
        raise _BadLineError(f"the name is longer than {LONGEST_NAME} characters")
    nicknames = nicknames_of(line.nicknames)
    if any(len(one) > LONGEST_NICKNAME for one in nicknames):
        raise _BadLineError(f"a nickname has at most {LONGEST_NICKNAME} characters")
    return Player(int(line.number), name, nicknames[:MOST_NICKNAMES])
