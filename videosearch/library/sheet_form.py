"""The form of a team sheet: whatever was typed comes back as it was, with a sentence beside what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.http import QueryDict

from grounding.sheets import Player, Sheet, Team, fold, number_of
from videosearch.library import models, pasted
from videosearch.library.models import Video
from videosearch.library.sheets import HOME_AND_AWAY, LONGEST_NAME, MOST_PLAYERS, SheetError, check, clean, nicknames_of

FREE_ROWS: Final = 3
"""Empty rows after the players; and so many that a new team has room for eleven."""
FIRST_ROWS: Final = 11
MOST_TEAMS: Final = 60
"""Teams of other videos that are offered."""


@dataclass(slots=True)
class Row:
    number: str = ""
    name: str = ""
    nicknames: str = ""
    wrong: str = ""
    fresh: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.number or self.name or self.nicknames)

    @classmethod
    def of(cls, player: Player, *, fresh: bool = False) -> Row:
        return cls(str(player.number), player.name, ", ".join(player.nicknames), fresh=fresh)


@dataclass(slots=True)
class Part:
    """One team as it stands in the form. lines: what was pasted; said: sentences about what was just done with it."""

    side: str
    label: str
    name: str = ""
    shirt: str = ""
    shorts: str = ""
    keeper: str = ""
    attacks: str = ""
    rows: list[Row] = field(default_factory=list)
    lines: str = ""
    done: str = ""
    said: list[str] = field(default_factory=list)

    def fill(self, team: Team, *, fresh: bool = False) -> None:
        self.name, self.shirt, self.shorts, self.keeper = team.name, team.shirt, team.shorts, team.keeper
        self.attacks = team.attacks
        self.rows = [Row.of(player, fresh=fresh) for player in team.players]

    def add(self, players: Iterable[Player]) -> None:
        """Put what was read below what is there; a number that is there already gets the new name."""
        for player in players:
            there = next((row for row in self.rows if number_of(row.number.strip()) == player.number), None)
            if there is None:
                self.rows.append(Row.of(player, fresh=True))
            elif fold(there.name) != fold(player.name):
                self.said.append(f"Number {player.number} was {there.name or 'nobody'} and is now {player.name}.")
                self.rows[self.rows.index(there)] = Row.of(player, fresh=True)

    @property
    def shown(self) -> list[Row]:
        filled = [row for row in self.rows if not row.is_empty]
        free = min(max(FREE_ROWS, FIRST_ROWS - len(filled)), MOST_PLAYERS - len(filled))
        return [*filled, *(Row() for _ in range(free))]

    def players(self) -> tuple[Player, ...]:
        """Those of the rows; what is wrong with a row is written to it."""
        found: dict[int, Player] = {}
        for row in self.rows:
            row.wrong = "" if row.is_empty else _wrong(row, found)
            number = number_of(row.number)
            if number is not None and not row.wrong and not row.is_empty:
                found[number] = Player(number, row.name, nicknames_of(row.nicknames))
        return tuple(sorted(found.values(), key=lambda one: one.number))


def _wrong(row: Row, before: dict[int, Player]) -> str:
    number = number_of(row.number)
    if number is None:
        said = f"“{row.number[:12]}” is no shirt number" if row.number else f"{row.name[:30]} has no number"
        return f"{said}; they go from 0 to 99."
    if not fold(row.name):
        return f"Number {number} needs a name with letters in it."
    if len(row.name) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters."
    if number in before:
        return f"Number {number} is {before[number].name} already."
    return ""


class SheetForm:
    """parts: home and away; problems: sentences about the sheet as a whole."""

    def __init__(self, sheet: Sheet | None = None) -> None:
        self.parts = [Part(side.value, side.label) for side in HOME_AND_AWAY]
        self.problems: list[str] = []
        for part, team in zip(self.parts, sheet.teams if sheet else (), strict=False):
            part.fill(team)

    @classmethod
    def posted(cls, given: QueryDict) -> SheetForm:
        form = cls()
        for part in form.parts:
            for name in ("name", "shirt", "shorts", "keeper", "attacks"):
                setattr(part, name, clean(given.get(f"{part.side}-{name}", "")))
            part.lines = given.get(f"{part.side}-lines", "").replace("\0", "")
            columns = [given.getlist(f"{part.side}-{name}") for name in ("number", "player", "nicknames")]
            part.rows = [
                Row(clean(number).lstrip("# "), clean(name), clean(nicknames))
                for number, name, nicknames in zip(*columns, strict=False)
            ]
        return form

    def part(self, side: str) -> Part | None:
        return next((one for one in self.parts if one.side == side), None)

    @property
    def is_wrong(self) -> bool:
        return bool(self.problems) or any(row.wrong for part in self.parts for row in part.rows)

    def sheet(self) -> Sheet:
        """What the form says. Ask `is_wrong` after it."""
        sheet = Sheet(tuple(_team(part) for part in self.parts))
        try:
            check(sheet)
        except SheetError as error:
            self.problems = [str(error)]
        return sheet

    def read_lines(self, part: Part) -> None:
        """Turn what was pasted into rows, to be looked at before anything is saved."""
        found = pasted.read(part.lines)
        part.add(found.players)
        count = len(found.players)
        part.done = f"{count} player{'' if count == 1 else 's'} read. Look through the rows, then save."
        if not count and not found.problems:
            part.done = "There is nothing to read yet: paste a line for each player, such as 10, Kowalski."
        elif not count:
            part.done = "None of these lines names a player."
        part.said += found.problems
        part.lines = "" if not found.problems else part.lines

    def copy(self, part: Part, team: models.Team, value: Team) -> None:
        part.fill(value, fresh=True)
        part.attacks = ""  # where they attacked in the other match says nothing of this one
        part.done = f"Copied from {team.video.title}. Look through it, then save."


def _team(part: Part) -> Team:
    return Team(part.name, part.shirt, part.shorts, part.keeper, part.attacks, part.players())  # type: ignore[arg-type]


def teams_elsewhere(video: Video) -> Sequence[models.Team]:
    """The teams of the library's other videos that may be copied, the newest first and of each kit one."""
    rows = (
        models.Team.objects.filter(video__library=video.library_id)
        .exclude(video=video)
        .select_related("video")
        .prefetch_related("players")
        .order_by("-video__created_at", "-side")[: 4 * MOST_TEAMS]
    )
    newest: dict[tuple[str, ...], models.Team] = {}
    for row in rows:
        newest.setdefault((row.name.casefold(), row.shirt, "" if row.name else str(row.video_id)), row)
    return list(newest.values())[:MOST_TEAMS]
