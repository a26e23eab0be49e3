"""The team sheet over the API: read by members, written by editors, as the description says."""

from __future__ import annotations

from typing import Any

import pytest

from grounding.sheets import Player, Sheet, Team
from tests.web.api.test_api import Caller
from tests.web.search.world import Cast, make_track, make_video
from videosearch.library import sheets
from videosearch.library.models import Membership, Role, Video

PLAYERS = [{"number": 1, "name": "Vidal"}, {"number": 10, "name": '=Łoś 🦌 "K"', "nicknames": ["Lamy"]}]
BEARS = {"side": "home", "name": "Bears", "shirt": "red", "attacks": "left", "players": PLAYERS}


@pytest.fixture
def video(cast: Cast) -> Video:
    Membership.objects.filter(user=cast.alice).update(role=Role.EDITOR)
    return make_video(cast.library)


def at(video: Video) -> str:
    return f"/api/v1/videos/{video.pk}/sheet"


def test_written_and_read(cast: Cast, video: Video) -> None:
    alice = Caller(cast.alice)
    assert alice.get(at(video)) == (200, {"video_id": str(video.pk), "teams": [], "seen": []})
    status, answer = alice.put(at(video), {"teams": [BEARS]})
    assert status == 200
    players = (Player(1, "Vidal"), Player(10, '=Łoś 🦌 "K"', ("Lamy",)))
    assert sheets.sheet_of(video) == Sheet((Team("Bears", "red", attacks="left", players=players), Team()))
    assert Caller(cast.bob).get(at(video)) == (200, answer)
    assert [one["name"] for one in answer["teams"][0]["players"]] == ["Vidal", '=Łoś 🦌 "K"']
    assert alice.put(at(video), {"teams": answer["teams"]}) == (200, answer), "what was read can be written"
    assert alice.put(at(video), {"teams": []})[1]["teams"] == []
    assert sheets.sheet_of(video) is None


@pytest.mark.parametrize(
    ("teams", "sentence"),
    [
        ([{**BEARS, "players": [PLAYERS[0], PLAYERS[0]]}], "Bears: number 1 is given twice, to Vidal and Vidal."),
        ([BEARS, BEARS], "Give the home team and the away team once each."),
        ([BEARS, {**BEARS, "side": "away"}], "Both teams cannot attack to the left in the first half."),
        ([{**BEARS, "shirt": "tartan"}], "teams.0.shirt: "),
        ([{**BEARS, "players": [{"number": 100, "name": "A"}]}], "teams.0.players.0.number: "),
        ([{**BEARS, "players": [{"number": 1, "name": "\u0000"}]}], "Bears: number 1 needs a name with letters in it."),
        ([{**BEARS, "colour": "red"}], "teams.0.colour: "),
        ("Bears", "teams: "),
    ],
)
def test_what_is_wrong_is_said(cast: Cast, video: Video, teams: Any, sentence: str) -> None:
    status, answer = Caller(cast.alice).put(at(video), {"teams": teams})
    assert status == 422
    assert answer["error"].startswith(sentence)
    assert sheets.sheet_of(video) is None


def test_roles_and_strangers(cast: Cast, video: Video) -> None:
    sheets.replace(video, Sheet((Team("Bears", "red"),)))
    assert Caller(cast.bob).put(at(video), {"teams": []})[0] == 403
    for method in ("get", "put"):
        status, _ = getattr(Caller(cast.charlie), method)(at(video), {"teams": []})
        assert status == 404
    assert sheets.sheet_of(video) == Sheet((Team("Bears", "red"), Team()))


def test_the_kits_that_were_seen(cast: Cast, video: Video) -> None:
    for place, (shirt, shorts) in enumerate([("red", "white"), ("white", "black")] * 2):
        worn = {"shirt_colour": shirt, "shorts_colour": shorts}
        make_track(video, cast.version, {}, start=10 * place, end=10 * place + 9, attributes=worn)
    bob = Caller(cast.bob)
    assert [(one["name"], one["shorts"]) for one in bob.get(at(video))[1]["seen"]] == [
        ("Red", "white"),
        ("White", "black"),
    ]
    sheets.replace(video, Sheet((Team("Bears", "red"),)))
    assert bob.get(at(video))[1]["seen"] == [], "the sheet says it better"


def test_searches_say_how_names_were_understood(cast: Cast, video: Video, worker: list[str]) -> None:
    status, answer = Caller(cast.alice).get("/api/v1/search", {"query": "Kowalski sprinting", "wait": 0})
    assert status == 200
    assert answer["notes"] == ["No team sheet in what you search knows “Kowalski”; the rest of the words was searched."]
