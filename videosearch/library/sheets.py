"""The team sheet of a video: read and written as the value that `grounding.sheets` knows, always as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch

from grounding.sheets import MOST_NUMBER, Player, Sheet, Team, fold
from grounding.vocabulary import COLOURS
from videosearch.library import models
from videosearch.library.models import Video

HOME_AND_AWAY: Final = tuple(models.Team.Side)
MOST_PLAYERS: Final = MOST_NUMBER + 1
LONGEST_NAME: Final = 60
LONGEST_NICKNAME: Final = 40
MOST_NICKNAMES: Final = 5

_JOINERS: Final = "\u200c\u200d"
"""Inside words of some scripts, and inside pictures made of several."""


class SheetError(ValueError):
    """A sheet that cannot be; `str(error)` is a sentence for people."""


def sheets_of(videos: Iterable[UUID]) -> dict[UUID, Sheet]:
    """The sheets of those videos that have one: two statements, however many they are."""
    rows = models.Team.objects.filter(video__in=set(videos)).prefetch_related(
        Prefetch("players", models.Player.objects.order_by("number"))
    )
    teams: dict[UUID, dict[str, Team]] = {}
    for row in rows:
        teams.setdefault(row.video_id, {})[row.side] = value_of(row)
    return {video: Sheet(tuple(found.get(side, Team()) for side in HOME_AND_AWAY)) for video, found in teams.items()}


def sheet_of(video: Video) -> Sheet | None:
    return sheets_of([video.pk]).get(video.pk)


def value_of(row: models.Team) -> Team:
    players = tuple(Player(one.number, one.name, tuple(one.nicknames)) for one in row.players.all())
    return Team(row.name, row.shirt, row.shorts, row.keeper, row.attacks, players)  # type: ignore[arg-type]


def replace(video: Video, sheet: Sheet) -> None:
    """Put a checked sheet in the place of the video's; teams of which nothing is said are left out.

    Raises: SheetError.
    """
    check(sheet)
    with transaction.atomic():
        Video.objects.select_for_update().get(pk=video.pk)  # two people who save at once: the later one's whole sheet
        models.Team.objects.filter(video=video).delete()
        for side, team in zip(HOME_AND_AWAY, sheet.teams, strict=False):
            if team == Team():
                continue
            row = models.Team.objects.create(
                video=video, side=side, name=team.name, shirt=team.shirt, shorts=team.shorts, keeper=team.keeper,
                attacks=team.attacks,
            )  # fmt: skip
            models.Player.objects.bulk_create(
                models.Player(team=row, number=one.number, name=one.name, nicknames=one.nicknames, keys=one.keys)
                for one in team.players
            )


def check(sheet: Sheet) -> None:
    """Raises SheetError for what does not go together."""
    if len(sheet.teams) > len(HOME_AND_AWAY):
        raise SheetError("A sheet has two teams, home and away.")
    for side, team in zip(HOME_AND_AWAY, sheet.teams, strict=False):
        _check_team(side.label, team)
    ends = [team.attacks for team in sheet.teams if team.attacks]
    if len(ends) == 2 and ends[0] == ends[1]:
        raise SheetError(f"Both teams cannot attack to the {ends[0]} in the first half.")


def _check_team(side: str, team: Team) -> None:
    called = team.name or side
    if len(team.name) > LONGEST_NAME:
        raise SheetError(f"{side}: a team's name has at most {LONGEST_NAME} characters.")
    for colour in (team.shirt, team.shorts, team.keeper):
        if colour and colour not in COLOURS:
            raise SheetError(f"{called}: {colour[:20]} is none of the colours {', '.join(COLOURS)}.")
    if team.attacks not in ("", "left", "right"):
        raise SheetError(f"{called}: a team attacks to the left or to the right.")
    taken: dict[int, str] = {}
    for player in team.players:
        _check_player(called, player)
        if player.number in taken:
            raise SheetError(
                f"{called}: number {player.number} is given twice, to {taken[player.number]} and {player.name}."
            )
        taken[player.number] = player.name


def _check_player(called: str, player: Player) -> None:
    if not 0 <= player.number <= MOST_NUMBER:
        raise SheetError(f"{called}: shirt numbers go from 0 to {MOST_NUMBER}; {player.name[:30]} has {player.number}.")
    if not fold(player.name):
        raise SheetError(f"{called}: number {player.number} needs a name with letters in it.")
    if len(player.name) > LONGEST_NAME:
        raise SheetError(f"{called}: the name of number {player.number} is longer than {LONGEST_NAME} characters.")
    if len(player.nicknames) > MOST_NICKNAMES or any(len(one) > LONGEST_NICKNAME for one in player.nicknames):
        raise SheetError(
            f"{called}: number {player.number} may have {MOST_NICKNAMES} nicknames of {LONGEST_NICKNAME} characters."
        )


def clean(text: str, most: int = 10_000) -> str:
    """One line of what people typed: no control characters, which no database takes, and single spaces."""
    return " ".join("".join(char if char.isprintable() or char in _JOINERS else " " for char in text[:most]).split())


def nicknames_of(text: str) -> tuple[str, ...]:
    """ "Lamy, the Wall" → two names; commas and semicolons are between them."""
    parts = (clean(part) for part in text.replace(";", ",").split(","))
    return tuple(dict.fromkeys(part for part in parts if part))
