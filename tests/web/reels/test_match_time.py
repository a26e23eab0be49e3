"""Match time and score go out with what is exported and what programs ask for."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.urls import reverse

from grounding.matchtime import ClockPiece, MatchClock, ScoreChange
from tests.web.api.test_api import Caller
from tests.web.reels.made import make_bookmark, signed_in
from tests.web.search.world import Cast, make_video
from videosearch.indexing import matchtime
from videosearch.reels.models import Bookmark

pytestmark = pytest.mark.django_db

CLOCK = MatchClock((ClockPiece(0, 60, 2200, 1.0, 1),), (ScoreChange(0, 0, 0, 0), ScoreChange(5, 1, 0, 4)))


@pytest.fixture
def known(cast: Cast) -> Bookmark:
    video = make_video(cast.library)
    matchtime.keep(video, CLOCK)
    return make_bookmark(cast.alice, video, 10, 16)


@pytest.fixture
def unknown(cast: Cast) -> Bookmark:
    return make_bookmark(cast.alice, make_video(cast.library, "Friendly"), 10, 16)


def export(cast: Cast, row: Bookmark, key: str) -> bytes:
    given = {"chosen": [str(row.pk)], "format": key}
    content: bytes = signed_in(cast.alice).post(reverse("reels:bulk_export"), given).content
    return content


def test_csv(cast: Cast, known: Bookmark, unknown: Bookmark) -> None:
    rows = [
        next(iter(csv.DictReader(io.StringIO(export(cast, row, "csv").decode("utf-8-sig")))))
        for row in (known, unknown)
    ]
    assert [(row["match_time"], row["match_score"]) for row in rows] == [("37′", "1-0"), ("", "")]


def test_json(cast: Cast, known: Bookmark, unknown: Bookmark) -> None:
    found = [json.loads(export(cast, row, "json"))["entries"][0]["match"] for row in (known, unknown)]
    assert found == [{"clock": 2210.0, "time": "37′", "score": "1-0"}, {"clock": None, "time": "", "score": ""}]


def test_api(cast: Cast, known: Bookmark) -> None:
    [row] = Caller(cast.alice).get("/api/v1/bookmarks")[1]["bookmarks"]
    assert row["match"] == {"clock": 2210.0, "time": "37′", "score": "1-0"}


def test_the_list_shows_it_in_few_statements(
    cast: Cast, known: Bookmark, django_assert_max_num_queries: object
) -> None:
    client = signed_in(cast.alice)
    for start in range(20, 50):
        make_bookmark(cast.alice, known.video, start, start + 2)
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        page = client.get(reverse("reels:bookmarks")).content.decode()
    assert "00:10–00:16 · 37′ 1–0" in page
