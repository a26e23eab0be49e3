"""The team sheet of a video, read and written by programs."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from grounding import sheets as values
from videosearch.api import bodies, schemas
from videosearch.api.auth import ApiRequest, endpoint
from videosearch.api.errors import ApiError
from videosearch.indexing.kits import kits_in
from videosearch.lib.scopes import By, member
from videosearch.library import sheets
from videosearch.library.access import get_video
from videosearch.library.models import Role, Video


@member(by=By.TOKEN, write=Role.EDITOR)
@endpoint("GET", "PUT")
def sheet(request: ApiRequest, video_id: UUID) -> HttpResponse:
    if request.method == "GET":
        return _answer(get_video(request.user, video_id))
    video = get_video(request.user, video_id, Role.EDITOR)
    given = bodies.validated(schemas.SheetRequest, bodies.read_json(request))
    teams: dict[str, values.Team] = {team.side: _team(team) for team in given.teams}
    if len(teams) < len(given.teams):
        raise ApiError(422, "Give the home team and the away team once each.")
    try:
        sheets.replace(video, values.Sheet(tuple(teams.get(side, values.Team()) for side in sheets.HOME_AND_AWAY)))
    except sheets.SheetError as error:
        raise ApiError(422, str(error)) from None
    return _answer(video)


def _team(given: schemas.SheetTeam) -> values.Team:
    players = tuple(
        values.Player(
            one.number, sheets.clean(one.name), tuple(name for name in map(sheets.clean, one.nicknames) if name)
        )
        for one in given.players
    )
    return values.Team(sheets.clean(given.name), given.shirt, given.shorts, given.keeper, given.attacks, players)


def _answer(video: Video) -> HttpResponse:
    kept = sheets.sheet_of(video)
    found = None if kept else kits_in(video)
    return bodies.answer(
        schemas.Sheet(
            video_id=video.pk,
            teams=[
                _said(side, team)
                for side, team in zip(sheets.HOME_AND_AWAY, kept.teams if kept else (), strict=False)
                if team != values.Team()
            ],
            seen=[
                schemas.SeenKit(name=kit.name, shirt=kit.shirt, shorts=kit.shorts, seconds=kit.seconds)
                for kit in (found.teams if found else ())
            ],
        )
    )


def _said(side: str, team: values.Team) -> schemas.SheetTeam:
    return schemas.SheetTeam(
        side=side,
        name=team.name,
        shirt=team.shirt,
        shorts=team.shorts,
        keeper=team.keeper,
        attacks=team.attacks,
        players=[
            schemas.SheetPlayer(number=one.number, name=one.name, nicknames=list(one.nicknames)) for one in team.players
        ],
    )
