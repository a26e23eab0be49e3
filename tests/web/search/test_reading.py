"""How a question was read: chips, and asking again without what was not meant."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.search.conftest import GUESSES
from tests.web.search.world import Cast, make_track, make_video
from videosearch.library.models import Player, Team
from videosearch.search import asking, embedding, reading
from videosearch.search.models import Query, SavedSearch

pytestmark = pytest.mark.django_db
PAGE = reverse("search:page")
HTMX = {"HX-Request": "true"}
RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.9}
BLUE = {"object:person": 0.9, "shirt_colour:blue": 0.9, "number:4": 0.9}


@pytest.fixture
def match(cast: Cast) -> Cast:
    video = make_video(cast.library)
    make_track(video, cast.version, RED_TEN, start=80, end=90, attributes={"shirt_colour": "red", "number": "10"})
    make_track(video, cast.version, BLUE, attributes={"shirt_colour": "blue", "number": "4"})
    return cast


@pytest.fixture
def alice(match: Cast) -> Client:
    client = Client()
    client.force_login(match.alice)
    return client


def chips(page: bytes) -> list[str]:
    """The chips as they are read, with the word before them."""
    reading = re.search(r'<ul class="row reading".*?</ul>', page.decode(), re.S)
    found = re.findall(r"<li>(.*?)</li>", reading[0], re.S) if reading else []
    plain = [" ".join(re.sub(r"<[^>]*>", " ", one).split()) for one in found]
    return [html.unescape(one).removesuffix(" ×") for one in plain]


def without(page: bytes, part: str) -> str:
    found = re.search(rf'href="([^"]*)" aria-label="Ask without {re.escape(part)}"', page.decode())
    assert found is not None, part
    return html.unescape(found[1])


def predicates() -> list[tuple[str, str]]:
    return [(one["kind"], one["value"]) for one in Query.objects.latest("created_at").parsed["predicates"]]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("number 10 in red", ["number 10", "shirt red"]),
        ("red or blue shirt", ["shirt red", "or shirt blue"]),
        ("walks then runs", ["moving walking", "then moving running"]),
        ("not in red", ["not shirt red"]),
        ("Nummer 10 in Rot", ["number 10", "shirt red"]),
        ("red tackling", ["shirt red", "doing tackling (not measured)", "not understood tackling"]),
        (
            "number 10 or the keeper in yellow",
            ["number 10", "or who person", "and shirt yellow", "not understood keeper"],
        ),
    ],
)
def test_chips_say_how_it_was_read(alice: Client, text: str, read: list[str]) -> None:
    assert chips(alice.get(PAGE, {"q": text}).content) == read
    assert chips(alice.get(PAGE, {"q": text}, headers=HTMX).content) == read
    result = reverse("search:result", args=[Query.objects.latest("created_at").pk])
    assert chips(alice.get(result).content) == read


def test_without_a_part_it_is_asked_again(alice: Client) -> None:
    page = alice.get(PAGE, {"q": "number 10 in red"}).content
    again = alice.get(without(page, "number 10"))
    assert predicates() == [("shirt_colour", "red")]
    assert chips(again.content) == ["shirt red"]
    assert Query.objects.latest("created_at").text == "number 10 in red"
    assert b"Remove the filter ignore number 10" in again.content, "it can be put back in the search box"
    assert without(again.content, "shirt red") == PAGE, "without the last part there is nothing to ask"


def test_what_is_ignored_is_not_in_the_sentence_either(
    alice: Client, worker: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    vector = embedding.query_vector

    def noted(text: str, *rest: object) -> object:
        asked.append(text)
        return vector(text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(embedding, "query_vector", noted)
    alice.get(PAGE, {"q": "number 10 in red juggling", "f": ["ignore:shirt red"]})
    assert asked[-1] == "number 10, juggling"
    alice.get(PAGE, {"q": "number 10 in red juggling", "f": ["ignore:other words"]})
    assert asked[-1] == "number 10, red shirt"
    assert Query.objects.latest("created_at").parsed["rest"] == ""


def test_what_is_not_there_cannot_be_ignored(alice: Client) -> None:
    alice.get(PAGE, {"q": "number 10 in red", "f": ["ignore:shirt blue", "score:10"]})
    assert Query.objects.get().filters == ["score:10"]
    assert predicates() == [("number", "10"), ("shirt_colour", "red")]


def test_it_may_be_typed_and_kept(alice: Client, match: Cast) -> None:
    alice.get(PAGE, {"q": 'number 10 in red ignore:"shirt red"'})
    query = Query.objects.get()
    assert (query.text, query.filters) == ("number 10 in red", ["ignore:shirt red"])
    alice.post(reverse("search:save", args=[query.pk]), {"name": "Ten"})
    alice.get(reverse("search:saved", args=[SavedSearch.objects.get().pk]), follow=True)
    assert predicates() == [("number", "10")]


def test_a_name_is_one_chip_and_goes_as_a_whole(alice: Client, match: Cast) -> None:
    team = Team.objects.create(video=match.library.videos.get(), side="home", name="Reds", shirt="red", keys=["reds"])
    Player.objects.create(team=team, number="10", name="Jan Kowalski", keys=["jan kowalski", "kowalski"])
    page = alice.get(PAGE, {"q": "Kowalski running"}).content
    assert chips(page) == ["name Kowalski → 10 red", "moving running"]
    alice.get(without(page, "Kowalski"))
    assert predicates() == [("motion", "running")]


def test_a_guess_is_told_and_can_be_taken_away(alice: Client, worker: list[str]) -> None:
    assert "lonesome" in GUESSES
    page = alice.get(PAGE, {"q": "lonesome player in red blowing bubbles"}).content
    assert chips(page) == ["with alone (a guess)", "who person", "shirt red", "other words blowing bubbles"]
    assert worker.count("search.embed") == 1
    alice.get(PAGE, {"q": "lonesome player in red blowing bubbles"})
    assert worker.count("search.embed") == 1
    alice.get(without(page, "with alone"))
    assert ("relation", "alone") not in predicates()


def test_without_a_worker_nothing_is_guessed(alice: Client) -> None:
    assert chips(alice.get(PAGE, {"q": "lonesome in red"}).content) == ["shirt red", "not understood lonesome"]


def test_times_of_filters_are_taken_away_where_they_were_given(alice: Client) -> None:
    page = alice.get(PAGE, {"q": "red", "f": "from:1:00"}).content
    assert chips(page) == ["shirt red", "when 60-"]
    assert b"Ask without when 60-" not in page
    assert b"Remove the filter from 1:00" in page


def test_old_rows_are_shown(alice: Client, match: Cast) -> None:
    query = Query(
        text="red", parsed={"predicates": [{"kind": "shirt_colour", "value": "red", "terms": ["shirt_colour:red"]}]}
    )
    assert [(one["label"], one["value"], one["lead"]) for one in reading.understood(query)] == [("shirt", "red", "")]
    assert asking.parts(query, [("q", "red")])[0]["without"] == PAGE
