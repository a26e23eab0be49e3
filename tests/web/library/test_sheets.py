"""The team sheet of a video: filled in, pasted, copied, and kept as it was meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from grounding.sheets import Player, Sheet, Team
from tests.web.library.cast import World
from videosearch.accounts.models import User
from videosearch.library import sheets
from videosearch.library.models import Player as PlayerRow
from videosearch.library.models import Team as TeamRow
from videosearch.library.models import Video

pytestmark = pytest.mark.django_db

BEARS = Team("Bears", "red", "white", "green", "right", (Player(1, "Vidal"), Player(10, "Kowalski", ("Lamy", "K"))))
LIONS = Team("Lions", "white", players=(Player(10, "de Jong"),))


def at(video: Video) -> str:
    return reverse("library:sheet", args=[video.pk])


def fields(side: str, team: Team) -> dict[str, Any]:
    return {
        f"{side}-name": team.name, f"{side}-shirt": team.shirt, f"{side}-shorts": team.shorts,
        f"{side}-keeper": team.keeper, f"{side}-attacks": team.attacks,
        f"{side}-number": [*(str(one.number) for one in team.players), "", ""],
        f"{side}-player": [*(one.name for one in team.players), "", ""],
        f"{side}-nicknames": [*(", ".join(one.nicknames) for one in team.players), "", ""],
    }  # fmt: skip


def post(
    world: World, video: Video, home: Team = BEARS, away: Team = LIONS, more: Mapping[str, str] | None = None
) -> Any:
    return world.client("eve").post(at(video), {**fields("home", home), **fields("away", away), **(more or {})})


def test_it_works(world: World, django_assert_max_num_queries: Any) -> None:
    video = world.video()
    assert post(world, video).url == f"{video.get_absolute_url()}#teams"
    assert sheets.sheet_of(video) == Sheet((BEARS, LIONS))
    page = world.client("victor").get(video.get_absolute_url()).content.decode()
    assert "Kowalski" in page
    assert "attacks to the right in the first half" in page
    assert at(video) not in page, "a viewer is not offered what is an editor's"
    others = [world.video(title=f"Match {number}") for number in range(5)]
    for other in others:
        sheets.replace(other, Sheet((BEARS, LIONS)))
    with django_assert_max_num_queries(2):
        assert len(sheets.sheets_of([video.pk, *(other.pk for other in others)])) == 6


def test_the_form_shows_what_is_kept(world: World) -> None:
    video = world.video()
    sheets.replace(video, Sheet((BEARS, LIONS)))
    page = world.client("eve").get(at(video)).content.decode()
    assert 'value="Lamy, K"' in page
    assert post(world, video, BEARS, Team()).status_code == 302
    assert sheets.sheet_of(video) == Sheet((BEARS, Team()))


def test_names_of_all_kinds_are_kept(world: World) -> None:
    odd = Team(
        '=Bears\' "B" <b>', "red", players=(Player(1, '=HYPERLINK("x")'), Player(2, "O'Neill 🦁"), Player(3, "田中"))
    )
    video = world.video()
    post(world, video, odd)
    assert sheets.sheet_of(video) == Sheet((odd, LIONS))
    page = world.client("eve").get(video.get_absolute_url()).content.decode()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("home", "sentence"),
    [
        (Team("Bears", players=(Player(10, "A Berg"), Player(10, "Carl"))), "Number 10 is A Berg already."),
        (Team("Bears", players=(Player(100, "Berg"),)), "“100” is no shirt number; they go from 0 to 99."),
        (Team("Bears", players=(Player(7, "!?"),)), "Number 7 needs a name with letters in it."),
        (Team("Bears", players=(Player(7, "B" * 61),)), "A name has at most 60 characters."),
        (Team("Bears", "tartan"), "Bears: tartan is none of the colours"),
        (Team("Bears", attacks="up"), "Bears: a team attacks to the left or to the right."),  # type: ignore[arg-type]
        (Team("B" * 61), "Home: a team’s name has at most 60 characters."),
        (Team("Bears", players=(Player(7, "Berg", tuple("abcdef")),)), "number 7 may have 5 nicknames"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_kept(world: World, home: Team, sentence: str) -> None:
    video = world.video()
    sheets.replace(video, Sheet((BEARS, LIONS)))
    answer = post(world, video, home)
    assert answer.status_code == 422
    assert sentence in answer.content.decode().replace("&#x27;", "’")
    assert sheets.sheet_of(video) == Sheet((BEARS, LIONS))


def test_both_teams_cannot_attack_the_same_end(world: World) -> None:
    answer = post(world, world.video(), BEARS, Team("Lions", attacks="right"))
    assert "Both teams cannot attack to the right in the first half." in answer.content.decode()


def test_pasted_lines_are_shown_before_they_are_kept(world: World) -> None:
    video = world.video()
    lines = "10, Lamine Kowalski\nCoach Smith\n#9 Berg"
    answer = post(world, video, more={"home-lines": lines, "do": "read-home"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "2 players read" in page
    assert "Line 2, “Coach Smith”: it has no shirt number." in page
    assert "Number 10 was Kowalski and is now Lamine Kowalski." in page
    assert 'value="Berg"' in page
    assert not video.teams.exists(), "only saving keeps it"
    assert "Coach Smith" in page.split("<textarea")[1], "lines with a fault stay to be mended"
    nothing = post(world, video, more={"home-lines": "", "do": "read-home"}).content.decode()
    assert "There is nothing to read yet" in nothing


def test_a_team_of_another_video_is_copied(world: World) -> None:
    video, before = world.video(), world.video(title="Semi-final")
    sheets.replace(before, Sheet((BEARS, LIONS)))
    team = before.teams.get(side="home")
    page = post(world, video, Team(), Team(), {"away-from": str(team.pk), "do": "copy-away"}).content.decode()
    away = page.split('id="team-away"')[1]
    assert 'value="Kowalski"' in away
    assert "Copied from Semi-final." in away
    assert '<option value="right" selected>' not in away, "ends are another match's"
    assert 'value="Kowalski"' not in page.split('id="team-away"')[0].split('id="team-home"')[1]


def test_teams_of_other_libraries_are_not_offered(world: World) -> None:
    elsewhere = Video.objects.create(library=world.other, title="Secret")
    sheets.replace(elsewhere, Sheet((BEARS,)))
    team = elsewhere.teams.get()
    video = world.video()
    page = post(world, video, Team(), Team(), {"home-from": str(team.pk), "do": "copy-home"}).content.decode()
    assert "Choose a team of another video first." in page
    assert "Secret" not in page
    assert 'value="Kowalski"' not in page


def test_a_sheet_is_deleted_and_goes_with_its_video(world: World) -> None:
    video = world.video()
    sheets.replace(video, Sheet((BEARS, LIONS)))
    assert world.client("eve").post(at(video), {"do": "delete"}).status_code == 302
    assert sheets.sheet_of(video) is None
    sheets.replace(video, Sheet((BEARS, LIONS)))
    video.delete()
    assert not PlayerRow.objects.exists()


def test_half_a_form_empties_nothing(world: World) -> None:
    video = world.video()
    sheets.replace(video, Sheet((BEARS, LIONS)))
    assert world.client("eve").post(at(video), {"away-name": "x"}).status_code == 422
    assert sheets.sheet_of(video) == Sheet((BEARS, LIONS))


def test_administrators_edit_it_too(world: World) -> None:
    video = world.video()
    sheets.replace(video, Sheet((BEARS, LIONS)))
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    team = video.teams.get(side="home")
    row = team.players.get(number=10)
    page = reverse("admin:library_team_change", args=[team.pk])
    assert root.get(page).status_code == 200
    given = {
        "video": str(video.pk), "side": "home", "name": "Bears", "shirt": "red", "shorts": "", "keeper": "",
        "attacks": "", "players-TOTAL_FORMS": "2", "players-INITIAL_FORMS": "1", "players-MIN_NUM_FORMS": "0",
        "players-MAX_NUM_FORMS": "100", "players-0-id": str(row.pk), "players-0-team": str(team.pk),
        "players-0-number": "10", "players-0-name": "Żuraw", "players-0-nicknames": "Crane,Z",
        "players-1-team": str(team.pk), "players-1-number": "11", "players-1-name": "Berg", "players-1-nicknames": "",
    }  # fmt: skip
    twice = root.post(page, given | {"players-1-number": "10"})
    assert twice.status_code == 200, "a number given twice is refused"
    assert root.post(page, given).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.nicknames, row.keys) == ("Żuraw", ["Crane", "Z"], ["zuraw", "crane", "z"])
    assert TeamRow.objects.get(pk=team.pk).players.filter(number=11).exists()
