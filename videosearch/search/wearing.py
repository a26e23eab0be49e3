"""Teams and players as filters: who that is in each video, by its team sheet, or by the kits that were seen in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from grounding.errors import BadQueryError
from grounding.sheets import Team, fold, kit_name
from videosearch.indexing.kits import kits_of
from videosearch.library import models
from videosearch.library.models import Library, Video

MOST_VIDEOS: Final = 500
"""Videos without a sheet whose kits are looked for, the newest first."""
MOST: Final = 100


class Worn(NamedTuple):
    """What somebody wears in one video; "" is anything."""

    video: UUID
    shirt: str = ""
    shorts: str = ""
    number: str = ""


def of_team(said: str, libraries: Sequence[Library], videos: Sequence[UUID] | None) -> list[Worn]:
    """Whoever plays for a team: by its name or a part of it, by its colours, as "home" or as "away".

    Raises: BadQueryError where no team is called so.
    """
    asked = fold(said)
    sheets = _both_teams(libraries, videos)
    found = [
        worn
        for both in sheets.values()
        for row in both
        if asked and _is_called(row, asked)
        for worn in _kit(row, next((other for other in both if other is not row), None))
    ]
    found += _by_kits(asked, libraries, videos, sheets)
    if not found:
        raise BadQueryError(
            f"No team in what you search is called {said}. Teams are named on the team sheet of a video."
        )
    return found


def of_player(said: str, libraries: Sequence[Library], videos: Sequence[UUID] | None) -> list[Worn]:
    """Whoever goes by a name on a team sheet. Raises: BadQueryError where nobody does."""
    rows = models.Player.objects.filter(keys__contains=[fold(said)], team__video__library__in=libraries)
    if videos is not None:
        rows = rows.filter(team__video__in=videos)
    players = list(rows.select_related("team"))
    if not players:
        raise BadQueryError(f"No team sheet in what you search has a player called {said}.")
    both = _both_teams(libraries, [row.team.video_id for row in players])
    return [
        worn._replace(number=str(row.number))
        for row in players
        for worn in _kit(row.team, next((one for one in both[row.team.video_id] if one.pk != row.team_id), None))
        or [Worn(row.team.video_id)]
    ]


def teams_called(start: str, libraries: Sequence[Library]) -> list[str]:
    """Names of teams that begin so, and colours of shirts, for suggestions."""
    rows = models.Team.objects.filter(video__library__in=libraries).order_by("-video__created_at")
    names = list(dict.fromkeys(str(row) for row in rows.only("name", "shirt", "shorts", "side")[:MOST]))
    return [name for name in names if fold(start) in fold(name)]


def players_called(start: str, libraries: Sequence[Library]) -> list[str]:
    rows = models.Player.objects.filter(team__video__library__in=libraries).order_by("name")
    names = rows.filter(name__icontains=start).values_list("name", flat=True).distinct()
    return list(names[:MOST])


def _both_teams(libraries: Sequence[Library], videos: Iterable[UUID] | None) -> dict[UUID, list[models.Team]]:
    rows = models.Team.objects.filter(video__library__in=libraries)
    if videos is not None:
        rows = rows.filter(video__in=set(videos))
    both: dict[UUID, list[models.Team]] = {}
    for row in rows:
        both.setdefault(row.video_id, []).append(row)
    return both


def _is_called(row: models.Team, asked: str) -> bool:
    kits = (row.shirt, kit_name(row.shirt, row.shorts, alike=True), row.side)
    return f" {asked}" in f" {fold(row.name)}" or asked in {fold(kit) for kit in kits if kit}


def _kit(row: models.Team, other: models.Team | None) -> list[Worn]:
    """Shirt, with the shorts only where they tell the teams apart; and the keeper's, unless the others play in it."""
    against = Team(shirt=other.shirt, shorts=other.shorts) if other else Team()
    alike = bool(row.shirt) and row.shirt == against.shirt and row.shorts != against.shorts
    worn = [Worn(row.video_id, row.shirt, row.shorts if alike else "")] if row.shirt else []
    if row.keeper and row.keeper != against.shirt:
        worn.append(Worn(row.video_id, row.keeper))
    return worn


def _by_kits(
    asked: str, libraries: Sequence[Library], videos: Sequence[UUID] | None, sheets: Iterable[UUID]
) -> list[Worn]:
    """In videos without a sheet: who wears the kit that is called so by its colours."""
    rows = Video.objects.filter(library__in=libraries, indexed_seconds__gt=0).exclude(pk__in=list(sheets))
    if videos is not None:
        rows = rows.filter(pk__in=videos)
    without = list(rows.order_by("-created_at").values_list("pk", flat=True)[:MOST_VIDEOS])
    return [
        Worn(video, shirt, shorts or NOT_SEEN)
        for video, kits in (kits_of(without) if without else {}).items()
        for kit in kits.teams
        if asked in {fold(kit.name), fold(kit.shirt)}
        for shirt, shorts in kit.worn
    ]


NOT_SEEN: Final = "-"
"""Shorts of which nothing was read, where "" would be any."""
