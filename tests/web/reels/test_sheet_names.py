"""The name by the team sheet is shown wherever a moment is: cards, player, bookmarks, reels, films, exports, API."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grounding.sheets import Player, Sheet, Team
from tests.web.api.test_api import Caller
from tests.web.reels.made import NASTY, make_bookmark, signed_in
from tests.web.search.world import Cast, make_track, make_video
from videosearch.library import sheets
from videosearch.library.models import Video
from videosearch.reels import reels
from videosearch.reels.exports import FORMATS
from videosearch.reels.models import ReelItem
from videosearch.search import cards, service

RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.9}
TEN = {"shirt_colour": "red", "number": "10"}
SAID = "10 Kowalski · red"


def told(video: Video, name: str = "Kowalski", number: int = 10) -> None:
    sheets.replace(video, Sheet((Team("Bears", "red", players=(Player(number, name),)),)))


@pytest.fixture
def video(cast: Cast) -> Video:
    video = make_video(cast.library)
    make_track(video, cast.version, RED_TEN, attributes=TEN)
    make_track(video, cast.version, {"object:person": 0.9}, attributes={"shirt_colour": "blue", "number": "10"})
    told(video)
    return video


def test_on_the_page_of_a_search_and_in_its_player(cast: Cast, video: Video, worker: list[str]) -> None:
    query, rows = service.search(cast.alice, "number 10 in red", [cast.library])
    client = signed_in(cast.alice)
    assert SAID in client.get(reverse("search:result", args=[query.pk])).content.decode()
    boxes = json.loads(client.get(reverse("search:tracks", args=[rows[0].pk])).content)
    assert [one["name"] for one in boxes["tracks"]] == [SAID]
    told(video, "Nowak")
    assert cards.cards(query)[0].label == "10 Nowak · red", "a sheet that changed holds for old moments"
    sheets.replace(video, Sheet())
    assert cards.cards(query)[0].label == "Number 10, red shirt"


def test_in_the_player_and_the_strips_of_a_video(cast: Cast, video: Video) -> None:
    client = signed_in(cast.bob)
    answer = client.get(reverse("indexing:tracks", args=[video.pk]), {"start": 0, "end": 60})
    assert [one["name"] for one in json.loads(answer.content)["tracks"]] == [SAID, "Number 10, blue shirt"]
    assert "no-cache" in answer["Cache-Control"]
    page = client.get(reverse("indexing:seen", args=[video.pk])).content.decode()
    assert SAID in page
    assert "Number 10, blue shirt" in page


def test_bookmarks(cast: Cast, video: Video, django_assert_max_num_queries: Any) -> None:
    row = make_bookmark(cast.alice, video)
    client = signed_in(cast.alice)
    assert SAID in client.get(reverse("reels:bookmarks")).content.decode()
    assert SAID in client.get(reverse("reels:edit", args=[row.pk])).content.decode()
    assert SAID in client.get(video.get_absolute_url()).content.decode()
    told(video, "Nowak")
    assert "10 Nowak · red" in client.get(reverse("reels:bookmarks")).content.decode()
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("reels:bookmarks"))
    for start in range(20, 40, 2):
        told(other := make_video(cast.library, f"Match {start}"))
        make_bookmark(cast.alice, other, start, start + 2)
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("reels:bookmarks"))


def test_a_part_of_a_reel_goes_on_with_the_sheet(cast: Cast, video: Video) -> None:
    reel = reels.create(cast.alice, cast.library, "Tens")
    reels.add_bookmarks(reel, [make_bookmark(cast.alice, video)])
    item, client = reel.items.get(), signed_in(cast.alice)
    assert reels.plan_of(reel.items.all()).parts[0].name == SAID  # type: ignore[union-attr]
    page = client.get(reel.get_absolute_url()).content.decode()
    assert f'value="{SAID}"' in page
    given = {"start": 10, "end": 15, "speed": "1.0", "highlight": "on", "name": SAID}
    client.post(reverse("reels:change_item", args=[item.pk]), given)
    told(video, "Nowak")
    assert reels.plan_of(reel.items.all()).parts[0].name == "10 Nowak · red"  # type: ignore[union-attr]
    client.post(reverse("reels:change_item", args=[item.pk]), given | {"name": "Our ten"})
    assert reels.plan_of(ReelItem.objects.filter(reel=reel)).parts[0].name == "Our ten"  # type: ignore[union-attr]


@pytest.mark.parametrize("key", [key for key in FORMATS if key != "mot"])
def test_exports_say_it_whatever_the_name(cast: Cast, video: Video, key: str) -> None:
    rows = []
    for at, name in enumerate(NASTY[:-1]):
        told(other := make_video(cast.library, f"Match {at}"), name)
        rows.append(make_bookmark(cast.alice, other, 3, 6))
    given = {"chosen": [str(row.pk) for row in rows], "format": key}
    answer = signed_in(cast.alice).post(reverse("reels:bulk_export"), given)
    assert answer.status_code == 200
    if key == "csv":
        table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [line["label"] for line in table] == [f"10 {name} · red" for name in NASTY[:-1]]
        assert [line["player"] for line in table] == [f"10 {name}" for name in NASTY[:-1]]
    if key == "json":
        entries = json.loads(answer.content)["entries"]
        assert [entry["label"] for entry in entries] == [f"10 {name} · red" for name in NASTY[:-1]]


def test_over_the_api(cast: Cast, video: Video, worker: list[str]) -> None:
    alice = Caller(cast.alice)
    make_bookmark(cast.alice, video)
    reel = reels.create(cast.alice, cast.library, "Tens")
    reels.add_bookmarks(reel, list(cast.alice.bookmarks.all()))
    hit = alice.get("/api/v1/search", {"query": "Kowalski", "wait": 0})[1]["hits"][0]
    assert (hit["label"], hit["name"]) == (SAID, "10 Kowalski")
    assert alice.get("/api/v1/bookmarks")[1]["bookmarks"][0]["label"] == SAID
    assert alice.get(f"/api/v1/reels/{reel.pk}")[1]["items"][0]["name"] == SAID


def test_moments_still_find_their_track_on_the_video(cast: Cast, video: Video, worker: list[str]) -> None:
    """Whom to follow is told by what was measured: a new name on the sheet must not lose the player."""
    make_bookmark(cast.alice, video, 11, 15)
    told(video, "Nowak")
    page = signed_in(cast.alice).get(video.get_absolute_url()).content.decode()
    assert "&quot;tracks&quot;: [1]" in page
