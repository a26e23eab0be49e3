"""Times of the match in questions and filters: by the clock of each video, and said where there is none."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from grounding.errors import BadQueryError
from grounding.matchtime import ClockPiece, MatchClock, ScoreChange
from tests.web.search.world import Cast, make_track, make_video
from videosearch.indexing import matchtime
from videosearch.library.models import Video
from videosearch.search import filters, service
from videosearch.search.cards import cards
from videosearch.search.service import Asked

pytestmark = pytest.mark.django_db

RED = {"object:person": 1.0, "shirt_colour:red": 0.9}
CLOCK = MatchClock(
    (ClockPiece(0, 60, 2640, 1.0, 1), ClockPiece(60, 120, 2700, 1.0, 2)),
    (ScoreChange(0, 1, 0, 0), ScoreChange(70, 1, 1, 69)),
)  # fmt: skip
"""The first half until a minute into the video, then the second; 1-1 ten seconds later."""


@pytest.fixture
def video(cast: Cast) -> Video:
    video = make_video(cast.library)
    make_track(video, cast.version, RED, start=40, end=50)
    make_track(video, cast.version, RED, start=90, end=100)
    matchtime.keep(video, CLOCK)
    return video


def starts(cast: Cast, text: str, *given: str) -> list[int]:
    asked = Asked(text, filters.read(given, [cast.library]))
    found = service.search(cast.alice, asked, [cast.library])
    return sorted(round(row.start) for row in found.candidates)


def notes(cast: Cast, text: str) -> list[str]:
    query = service.search(cast.alice, text, [cast.library]).query
    return [note["text"] for note in query.parsed.get("notes", ())]


def test_words_about_the_match_are_taken_by_its_clock(cast: Cast, video: Video) -> None:
    assert starts(cast, "red shirt") == [40, 90]
    assert starts(cast, "red shirt in the first half") == [40]
    assert starts(cast, "red shirt in the second half") == [90]
    assert starts(cast, "red shirt at 1-1") == [90]
    assert starts(cast, "red shirt after the second goal") == [90]
    assert starts(cast, "red shirt before the second goal") == [40]
    assert notes(cast, "red shirt in the first half") == []


@pytest.mark.parametrize(
    ("given", "found"),
    [("half:1", [40]), ("half:2", [90]), ("score:1-1", [90]), ("score:1-0", [40]), ("clock:45", [40]),
     ("clock:45-46", [90]), ("clock:45-", [90]), ("clock:1-2", [])],
)  # fmt: skip
def test_filters_about_the_match(cast: Cast, video: Video, given: str, found: list[int]) -> None:
    assert starts(cast, "red shirt", given) == found


@pytest.mark.parametrize("given", ["half:3", "half:x", "clock:45-30", "clock:x", "clock:0", "score:1-", "score:x"])
def test_filters_that_say_nothing_are_refused(cast: Cast, given: str) -> None:
    with pytest.raises(BadQueryError, match="takes"):
        filters.read([given], [cast.library])


def test_a_score_is_no_share(cast: Cast, video: Video) -> None:
    read = filters.read(["score:1-1", "score:60"], [cast.library])
    assert read.score == 60
    assert [one.value for one in read.times] == ["at score 1-1"]


def test_a_video_without_a_clock_is_searched_without_the_time_and_the_page_says_so(cast: Cast, video: Video) -> None:
    silent = make_video(cast.library, "Friendly")
    make_track(silent, cast.version, RED, start=20, end=30)
    assert starts(cast, "red shirt in the first half") == [20, 40]
    said = "No score board was read in “Friendly”, so it was searched without “first half”."
    assert notes(cast, "red shirt in the first half") == [said]
    matchtime.keep(video, MatchClock())
    assert notes(cast, "red shirt in the first half") == [
        "No score board was read in these videos, so they were searched without “first half”."
    ]
    assert notes(cast, "red shirt in the last 20 seconds") == []


def test_the_sentence_stands_on_the_page(cast: Cast, client: object) -> None:
    make_track(make_video(cast.library, "Friendly"), cast.version, RED)
    client.force_login(cast.alice)  # type: ignore[attr-defined]
    page = client.get(reverse("search:page"), {"q": "red shirt in the first half"}).content.decode()  # type: ignore[attr-defined]
    assert "No score board was read in “Friendly”" in page


def test_cards_show_match_time_and_score_beside_the_time(cast: Cast, video: Video) -> None:
    found = service.search(cast.alice, "red shirt at 1-1", [cast.library])
    [card] = cards(found.query, found.candidates)
    assert card.span == "01:30–01:40 · 46′ 1–1"
    assert json.loads(card.clip)["span"] == card.span
