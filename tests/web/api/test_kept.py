"""Bookmarks and reels over the API: the caller's own, with boxes, as the description says."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.web.api.test_api import Caller
from tests.web.reels.made import make_bookmark
from tests.web.search.world import Cast, make_video
from videosearch.reels import reels
from videosearch.reels.models import Film, Reel, Tag

BOOKMARKS, REELS = "/api/v1/bookmarks", "/api/v1/reels"


@pytest.fixture
def alice(cast: Cast) -> Caller:
    return Caller(cast.alice)


@pytest.fixture
def reel(cast: Cast) -> Reel:
    row = reels.create(cast.alice, cast.library, "Wing play")
    reels.add_bookmarks(row, [make_bookmark(cast.alice, make_video(cast.library), 10, 12, player="Mia", mark="red")])
    reels.add_title(row, "End", 2)
    return row


def test_bookmarks(cast: Cast, alice: Caller, reel: Reel) -> None:
    tag = Tag.objects.create(library=cast.library, group="Attack", name="Shot")
    tag.bookmarks.set(cast.alice.bookmarks.all())
    status, answer = alice.get(BOOKMARKS)
    [row] = answer["bookmarks"]
    assert status == 200
    assert (row["player"], row["colour"], row["tags"]) == ("Mia", "red", [{"group": "Attack", "name": "Shot"}])
    assert [box[0] for box in row["boxes"]] == [10.0, 10.2, 10.4, 10.6, 10.8, 11.0, 11.2, 11.4, 11.6, 11.8]
    assert alice.get(BOOKMARKS, {"boxes": "false"})[1]["bookmarks"][0]["boxes"] == []
    for user in (cast.bob, cast.charlie):
        assert Caller(user).get(BOOKMARKS)[1] == {"bookmarks": []}


def test_reels(cast: Cast, alice: Caller, reel: Reel) -> None:
    [row] = alice.get(REELS)[1]["reels"]
    assert (row["title"], row["parts"], row["for_team"]) == ("Wing play", 2, False)
    path = f"{REELS}/{reel.pk}"
    status, answer = alice.get(path)
    assert (status, answer["film"]) == (200, None)
    assert [part["kind"] for part in answer["items"]] == ["clip", "title"]
    assert [part["seconds"] for part in answer["items"]] == [2.0, 2.0]
    assert len(answer["items"][0]["boxes"]) == 10
    film = Film.objects.create(user=cast.alice, library=cast.library, title="F", plan={}, digest="", seconds=4)
    Reel.objects.update(film=film)
    assert alice.get(path)[1]["film"]["state"] == "cancelled"
    assert Caller(cast.bob).get(path)[0] == 404
    Reel.objects.update(for_team=True)
    assert Caller(cast.bob).get(path)[0] == 200
    assert len(Caller(cast.bob).get(REELS)[1]["reels"]) == 1
    assert Caller(cast.charlie).get(path)[0] == 404
    assert Caller(cast.charlie).get(REELS)[1] == {"reels": []}


def test_statements_do_not_grow(cast: Cast, alice: Caller, reel: Reel) -> None:
    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as statements:
            assert alice.get(path)[0] == 200
        return len(statements)

    paths = [BOOKMARKS, REELS, f"{REELS}/{reel.pk}"]
    alice.get(BOOKMARKS)
    few = [count(path) for path in paths]
    video = make_video(cast.library, "Another")
    reels.add_bookmarks(reel, [make_bookmark(cast.alice, video, at, at + 1) for at in range(8)])
    reels.create(cast.alice, cast.library, "More")
    assert [count(path) for path in paths] == few
