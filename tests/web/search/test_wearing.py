"""Filters for teams and players, with a sheet and without one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from grounding.errors import BadQueryError
from grounding.sheets import Player, Sheet, Team
from tests.web.reels.made import signed_in
from tests.web.search.world import Cast, make_track, make_video
from videosearch.library import sheets
from videosearch.library.models import Membership, Role, Video
from videosearch.search import filters, service
from videosearch.search.service import Asked

PERSON = {"object:person": 0.95}


def seen(cast: Cast, video: Video, shirt: str, shorts: str = "", number: str = "", seconds: int = 8) -> None:
    attributes = {"shirt_colour": shirt, "shorts_colour": shorts, "number": number}
    known = {kind: value for kind, value in attributes.items() if value}
    terms = {**PERSON, **{f"{kind}:{value}": 0.9 for kind, value in known.items()}}
    start = 10 * video.tracks.count()
    make_track(video, cast.version, terms, start=start, end=start + seconds, attributes=known)


@pytest.fixture
def match(cast: Cast, worker: list[str]) -> Video:
    """Red and white; a keeper in green, a referee in black, and a red shirt in the shade."""
    video = make_video(cast.library, duration=200.0)
    for shirt, shorts, number in [
        ("red", "white", "10"), ("red", "white", "7"), ("brown", "white", ""), ("white", "black", "10"),
        ("white", "black", "4"), ("green", "green", "1"), ("black", "black", ""),
    ]:  # fmt: skip
        seen(cast, video, shirt, shorts, number, seconds=3 if shirt in ("brown", "green", "black") else 10)
    return video


@pytest.fixture
def sheet(match: Video) -> Video:
    players = (Player(1, "Vidal"), Player(10, "Lamine Kowalski"))
    home = Team("Golden Bears", "red", "white", "green", players=players)
    sheets.replace(match, Sheet((home, Team("Lions", "white", players=(Player(10, "Nowak"),)))))
    return match


def labels(cast: Cast, *given: str, text: str = "") -> set[str]:
    found = filters.read(given, [cast.library])
    _, rows = service.search(cast.alice, Asked(text, found), [cast.library])
    return {row.label for row in rows}


BEARS = {"Number 10, red shirt", "Number 7, red shirt", "Number 1, green shirt"}
LIONS = {"Number 10, white shirt", "Number 4, white shirt"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["team:Golden Bears"], BEARS),
        (["team:bears"], BEARS),
        (["team:red"], BEARS),
        (["team:home"], BEARS),
        (["team:lions"], LIONS),
        (["team:away"], LIONS),
        (["team:bears", "team:lions"], BEARS | LIONS),
        (["team:bears", "number:7"], {"Number 7, red shirt"}),
        (["player:Kowalski"], {"Number 10, red shirt"}),
        (["player:VIDAL"], {"Number 1, green shirt"}),
        (["player:kowalski", "player:Nowak"], {"Number 10, red shirt", "Number 10, white shirt"}),
        (["player:kowalski", "team:lions"], set()),
    ],
)
def test_with_a_sheet(cast: Cast, sheet: Video, given: list[str], found: set[str]) -> None:
    assert labels(cast, *given, text="person") == found
    if found:
        assert labels(cast, *given) == found, "also without words"


def test_without_a_sheet(cast: Cast, match: Video) -> None:
    """The kits are found; red in the shade counts, keeper and referee do not."""
    assert labels(cast, "team:red", text="person") == {"Number 10, red shirt", "Number 7, red shirt", "Brown shirt"}
    assert labels(cast, "team:White", text="person") == LIONS


def test_each_video_has_its_own(cast: Cast, sheet: Video) -> None:
    away = make_video(cast.library, "Away game")
    seen(cast, away, "blue", "white", "9")
    seen(cast, away, "red", "white", "10")
    sheets.replace(away, Sheet((Team("Bears", "blue", players=(Player(9, "Kowalski"),)),)))
    assert labels(cast, "player:kowalski", text="person") == {"Number 10, red shirt", "Number 9, blue shirt"}
    assert "Number 9, blue shirt" in labels(cast, "team:bears", text="person")
    assert labels(cast, "team:bears", "video:Away", text="person") == {"Number 9, blue shirt"}


@pytest.mark.parametrize("wrong", ["team:Tigers", "player:Nobody", "team:!", "player:?", "team:mauve"])
def test_what_is_not_known_is_told(cast: Cast, sheet: Video, wrong: str) -> None:
    with pytest.raises(BadQueryError, match=r"\.$"):
        filters.read([wrong], [cast.library])


def test_other_teams_sheets_are_not_known(cast: Cast, match: Video) -> None:
    sheets.replace(make_video(cast.other, "Secret"), Sheet((Team("Spies", "pink", players=(Player(7, "Bond"),)),)))
    for wrong in ("team:Spies", "player:Bond"):
        with pytest.raises(BadQueryError, match="in what you search"):
            filters.read([wrong], [cast.library])
    suggested = signed_in(cast.alice).get(reverse("search:suggest"), {"token": "player:B"})
    assert json.loads(suggested.content) == {"suggestions": []}


def test_suggestions(cast: Cast, sheet: Video) -> None:
    def offered(token: str) -> list[str]:
        answer = signed_in(cast.alice).get(reverse("search:suggest"), {"token": token})
        return [one["value"] for one in json.loads(answer.content)["suggestions"]]

    assert offered("te") == ["team:"]
    assert offered("pl") == ["player:"]
    assert offered("team:be") == ['team:"Golden Bears"']
    assert "team:red" in offered("team:r")
    assert offered("player:kow") == ['player:"Lamine Kowalski"']


def test_more_like_this_within_a_team(cast: Cast, sheet: Video, django_assert_max_num_queries: Any) -> None:
    found = filters.read(["team:lions", "player:nowak"], [cast.library])
    assert found.words == "number 10, white shirt"
    with django_assert_max_num_queries(6):
        filters.read(["team:lions", "player:nowak"], [cast.library])


def test_kits_begin_a_sheet(cast: Cast, match: Video) -> None:
    viewer, page = signed_in(cast.bob), reverse("indexing:kits", args=[match.pk])
    shown = viewer.get(page).content.decode()
    assert "f=team:Red" in shown
    assert "Use these" not in shown
    Membership.objects.filter(user=cast.alice).update(role=Role.EDITOR)
    editor = signed_in(cast.alice)
    assert "Use these" in editor.get(page, headers={"HX-Request": "true"}).content.decode()
    use = reverse("indexing:use_kits", args=[match.pk])
    assert viewer.post(use).status_code == 403
    assert editor.post(use)["Location"] == reverse("library:sheet", args=[match.pk])
    assert sheets.sheet_of(match) == Sheet((Team(shirt="red", shorts="white"), Team(shirt="white", shorts="black")))
    told = sheets.sheet_of(match)
    assert told is not None
    sheets.replace(match, Sheet((Team("Bears", "red"), Team())))
    editor.post(use)
    assert sheets.sheet_of(match) == Sheet((Team("Bears", "red"), Team())), "a sheet that is there stays"


def test_kits_that_cannot_be_told(cast: Cast, worker: list[str]) -> None:
    video = make_video(cast.library)
    seen(cast, video, "red", "white")
    assert (
        "Two kits cannot be told"
        in signed_in(cast.alice).get(reverse("indexing:kits", args=[video.pk])).content.decode()
    )
    Membership.objects.filter(user=cast.alice).update(role=Role.EDITOR)
    signed_in(cast.alice).post(reverse("indexing:use_kits", args=[video.pk]))
    assert sheets.sheet_of(video) is None
