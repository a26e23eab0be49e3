"""Names in a query become team and number, in each video by its own sheet."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from grounding.errors import BadQueryError
from grounding.sheets import Player, Sheet, Team
from tests.web.search.world import Cast, make_track, make_video
from videosearch.library import sheets
from videosearch.library.models import Video
from videosearch.search import naming, service

pytestmark = pytest.mark.django_db

PERSON = {"object:person": 0.95}


def worn(colour: str, number: str) -> dict[str, float]:
    return {**PERSON, f"shirt_colour:{colour}": 0.9, f"number:{number}": 0.9}


def seen(cast: Cast, video: Video, colour: str, number: str, start: int) -> int:
    attributes = {"shirt_colour": colour, "number": number}
    track = make_track(video, cast.version, worn(colour, number), start=start, end=start + 6, attributes=attributes)
    return track.track_id


def told(video: Video, *players: Player, shirt: str = "red", **facts: str) -> None:
    away = Team("Lions", "white", players=(Player(7, "Jan Kowalski-Berg"),))
    sheets.replace(video, Sheet((Team("Bears", shirt, players=players, **facts), away)))  # type: ignore[arg-type]


KOWALSKI = Player(10, "Lamine Kowalski", ("Lamy",))


@pytest.fixture
def match(cast: Cast) -> Video:
    video = make_video(cast.library)
    for at, (colour, number) in enumerate([("red", "10"), ("white", "10"), ("red", "7"), ("white", "7")]):
        seen(cast, video, colour, number, start=10 * at)
    told(video, KOWALSKI, Player(4, "Müller"))
    return video


def best(cast: Cast, text: str) -> tuple[str, str]:
    _, rows = service.search(cast.alice, text, [cast.library])
    return str(rows[0].video.title), rows[0].label


@pytest.mark.parametrize(
    "text", ["Kowalski", "KOWALSKI's run", "lamine kowalski", "Łamine Kówalski", "lamy", "10 Kowalski"]
)
def test_a_name_finds_the_player(cast: Cast, match: Video, worker: list[str], text: str) -> None:
    assert best(cast, text) == ("Cup final", "Number 10, red shirt")


@pytest.mark.parametrize("text", ["Bears 7", "number 7 of the bears"])
def test_a_team_finds_its_kit(cast: Cast, match: Video, worker: list[str], text: str) -> None:
    assert best(cast, text) == ("Cup final", "Number 7, red shirt")


def test_a_sheet_that_changes_holds_at_once(cast: Cast, match: Video, worker: list[str]) -> None:
    told(match, Player(7, "Kowalski"))
    assert best(cast, "Kowalski") == ("Cup final", "Number 7, red shirt")
    sheets.replace(match, Sheet())
    query, _ = service.search(cast.alice, "Kowalski sprinting", [cast.library])
    assert query.parsed["notes"][0]["text"] == (
        "No team sheet in what you search knows “Kowalski”; the rest of the words was searched."
    )
    assert [one["kind"] for one in query.parsed["predicates"]] == ["name", "motion"]


def test_the_same_player_in_another_shirt(cast: Cast, match: Video, worker: list[str]) -> None:
    """Away they play in white, and he wears 7: red 10 of one match is nobody in the other, and the other way round."""
    away = make_video(cast.library, "Away game")
    white_seven = seen(cast, away, "white", "7", start=0)
    seen(cast, away, "red", "10", start=10)
    told(away, Player(7, "Lamine Kowalski"), shirt="white")
    unknown = make_video(cast.library, "Nobody's")
    seen(cast, unknown, "red", "10", start=0)

    query, rows = service.search(cast.alice, "lamine kowalski", [cast.library])
    first = {row.video.title: row.track_ids for row in reversed(rows)}
    assert first == {"Away game": [white_seven], "Cup final": [1]}
    meant = {one["videos"][0]: [each["value"] for each in one["predicates"]] for one in query.parsed["meanings"]}
    assert meant == {str(away.pk): ["white", "7"], str(match.pk): ["red", "10"]}
    assert [note["text"] for note in query.parsed["notes"]] == [
        "“lamine kowalski” is on the team sheets of 2 of 3 videos; only there was searched."
    ]
    query.refresh_from_db()
    assert query.answer == "found"
    confirmed = {row.video.title: row.label for row in query.candidates.filter(verification__verdict="confirmed")}
    assert confirmed == {"Away game": "Number 7, white shirt", "Cup final": "Number 10, red shirt"}


def test_two_of_a_name(cast: Cast, match: Video, worker: list[str]) -> None:
    told(match, KOWALSKI, Player(7, "Ola Kowalski"))
    query, rows = service.search(cast.alice, "Kowalski standing", [cast.library])
    assert {row.label for row in rows[:2]} == {"Number 10, red shirt", "Number 7, red shirt"}
    [note] = query.parsed["notes"]
    assert (
        note["text"]
        == "“Kowalski” may be 7 Ola Kowalski (Bears) or 10 Lamine Kowalski (Bears): all of them were searched."
    )
    assert note["choices"] == [
        ["7 Ola Kowalski (Bears)", "Ola Kowalski standing"],
        ["10 Lamine Kowalski (Bears)", "Lamine Kowalski standing"],
    ]
    client = Client()
    client.force_login(cast.alice)
    page = client.get(reverse("search:result", args=[query.pk])).content.decode()
    assert "q=Ola%20Kowalski%20standing" in page
    assert "7 red or 10 red" in page or "10 red or 7 red" in page


def test_several_names(cast: Cast, match: Video, worker: list[str]) -> None:
    other = make_video(cast.library, "Other")
    seen(cast, other, "red", "10", start=0)
    told(other, KOWALSKI)
    only_his = make_video(cast.library, "Only his")
    told(only_his, Player(4, "Müller"))

    def searched(text: str) -> set[str]:
        meanings = naming.understand(text, [cast.library]).meanings
        return {Video.objects.get(pk=video).title for one in meanings for video in one.videos or ()}

    assert searched("Kowalski or mueller") == {"Cup final", "Other", "Only his"}, "one of them is enough"
    assert searched("Kowalski, not Müller") == {"Cup final", "Other"}
    assert searched("Müller") == {"Cup final", "Only his"}


def test_a_keeper_wears_another_colour(cast: Cast, match: Video, worker: list[str]) -> None:
    seen(cast, match, "green", "1", start=60)
    told(match, Player(1, "Vidal"), KOWALSKI, keeper="green")
    assert best(cast, "Vidal") == ("Cup final", "Number 1, green shirt")


def test_words_of_the_language_are_words(cast: Cast, match: Video, worker: list[str]) -> None:
    told(match, KOWALSKI, Player(7, "Tom White"))
    assert best(cast, "white number 10") == ("Cup final", "Number 10, white shirt")
    assert best(cast, "Tom White") == ("Cup final", "Number 7, red shirt")


def test_other_teams_sheets_tell_nothing(cast: Cast, match: Video, worker: list[str]) -> None:
    secret = make_video(cast.other, "Secret")
    told(secret, Player(3, "Zimmer"))
    reading = naming.understand("Zimmer", [cast.library])
    assert reading.meanings[0].videos is None
    assert "No team sheet" in reading.notes[0].text
    only = naming.understand("Kowalski", [cast.library, cast.other], videos=[secret.pk])
    assert "Kowalski-Berg" not in str(only.meanings), "a part in front of a hyphen is no last name"
    assert "No team sheet" in only.notes[0].text


def test_no_more_meanings_than_can_be_asked(cast: Cast, worker: list[str]) -> None:
    for number in range(1, 7):
        video = make_video(cast.library, f"Match {number}")
        seen(cast, video, "red", str(number), start=0)
        told(video, Player(number, "Kowalski"))
    query, rows = service.search(cast.alice, "Kowalski", [cast.library])
    assert {row.video.title for row in rows} == {"Match 6", "Match 5", "Match 4", "Match 3"}
    assert query.parsed["notes"][0]["text"] == (
        "“Kowalski” wears more different shirts than can be searched at once:"
        " the newest 4 of the 6 videos with that name were searched."
    )


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_what_cannot_be_asked_is_said_as_before(cast: Cast, match: Video, text: str) -> None:
    with pytest.raises(BadQueryError):
        naming.understand(text, [cast.library])


@pytest.mark.parametrize(
    "text", ["(Kowalski", "Kowalski\\", "Kowalski’s", "🦁 Kowalski 🦁", "a" * 400, "ﷺ" * 20, "'s 's"]
)
def test_odd_texts_are_read(cast: Cast, match: Video, text: str) -> None:
    assert naming.understand(text, [cast.library]).meanings


def test_it_costs_no_statement_a_video(cast: Cast, match: Video, django_assert_max_num_queries: Any) -> None:
    for number in range(10):
        told(make_video(cast.library, f"Match {number}"), KOWALSKI)
    with django_assert_max_num_queries(5):
        naming.understand("Kowalski", [cast.library])
    with django_assert_max_num_queries(2):
        naming.understand("number 10 in red", [cast.library])
