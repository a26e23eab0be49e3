"""Exports over the web: of ticked bookmarks and of a search's hits, to those alone whose they are."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.urls import reverse

from tests.web.reels.made import HTMX, NASTY, make_bookmark, signed_in
from tests.web.search.world import Cast, make_track, make_video
from videosearch.library.models import Membership, Role
from videosearch.reels.exports import FORMATS
from videosearch.reels.models import Film
from videosearch.search import service

EXPORT = reverse("reels:bulk_export")
RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.9}


def address(query: object, key: str) -> str:
    return f"{reverse('reels:export_query', args=[query])}?format={key}"


@pytest.mark.parametrize("key", list(FORMATS))
def test_ticked_bookmarks(cast: Cast, key: str) -> None:
    rows = [make_bookmark(cast.alice, make_video(cast.library, title), 3, 6, note=title) for title in NASTY]
    given = {"chosen": [str(row.pk) for row in rows[1:]], "format": key}
    response = signed_in(cast.alice).post(EXPORT, given)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    if key == "json":
        entries = json.loads(response.content)["entries"]
        assert [entry["note"] for entry in entries] == NASTY[1:]
        assert [entry["boxes"][0][0] for entry in entries] == [3.0] * len(entries)
        assert entries[0]["url"] == f"http://testserver/bookmarks/?play={rows[1].pk}"


def test_hits_of_a_search(cast: Cast, worker: list[str]) -> None:
    video = make_video(cast.library)
    make_track(video, cast.version, RED_TEN, start=80, end=90, attributes={"shirt_colour": "red", "number": "10"})
    query, _ = service.search(cast.alice, "number 10 in red", [cast.library])
    client = signed_in(cast.alice)
    table = client.get(address(query.pk, "csv")).content.decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(table))
    assert (row["label"], row["verdict"], row["start_s"]) == ("Number 10, red shirt", "confirmed", "80.000")
    for key in FORMATS:
        assert client.get(address(query.pk, key)).status_code == 200
    assert client.get(address(query.pk, "exe")).status_code == 404
    for user, status in ((cast.bob, 404), (cast.charlie, 404), (None, 302)):
        assert signed_in(user).get(address(query.pk, "csv")).status_code == status
    assert b"Export" in client.get(reverse("search:results", args=[query.pk]), headers=HTMX).content
    Membership.objects.filter(user=cast.alice).delete()
    left = client.get(address(query.pk, "csv")).content.decode("utf-8-sig")
    assert len(left.splitlines()) == 1


def test_bookmarks_of_others(cast: Cast) -> None:
    row = make_bookmark(cast.alice, make_video(cast.library))
    given = {"chosen": [str(row.pk)], "format": "csv"}
    for user, status in ((cast.bob, 404), (cast.charlie, 404), (None, 302)):
        assert signed_in(user).post(EXPORT, given).status_code == status


@pytest.mark.parametrize("chosen", [[], ["x"], ["00000000-0000-0000-0000-000000000000"] * 3])
def test_what_cannot_be_exported(cast: Cast, chosen: list[str]) -> None:
    response = signed_in(cast.alice).post(EXPORT, {"chosen": chosen, "format": "csv"})
    assert response.status_code in {302, 404}
    assert "Content-Disposition" not in response


def test_too_many(cast: Cast) -> None:
    chosen = [f"00000000-0000-0000-0000-{number:012}" for number in range(501)]
    page = signed_in(cast.alice).post(EXPORT, {"chosen": chosen, "format": "csv"}, follow=True)
    assert "At most 500 moments" in page.content.decode()


def test_hits_as_films(cast: Cast, worker: list[str]) -> None:
    video = make_video(cast.library)
    make_track(video, cast.version, RED_TEN, start=80, end=90, attributes={"shirt_colour": "red", "number": "10"})
    query, _ = service.search(cast.alice, "number 10 in red", [cast.library])
    client, moment = signed_in(cast.alice), query.candidates.get()
    answer = client.post(reverse("reels:query_film", args=[query.pk]))
    film = Film.objects.get()
    assert answer["Location"] == reverse("reels:film", args=[film.pk])
    [part] = film.plan["parts"]
    assert (part["start"], part["end"], part["name"], len(part["boxes"])) == (80.0, 90.0, "Number 10, red shirt", 50)
    shared = client.post(reverse("reels:moment_film", args=[moment.pk]), {"then": "share"})
    assert shared["Location"] == reverse("sharing:new", args=[Film.objects.first().pk])  # type: ignore[union-attr]
    for user in (cast.bob, cast.charlie):
        assert signed_in(user).post(reverse("reels:query_film", args=[query.pk])).status_code == 404
        assert signed_in(user).post(reverse("reels:moment_film", args=[moment.pk])).status_code == 404
    Membership.objects.filter(user=cast.alice).update(role=Role.VIEWER)
    page = client.post(reverse("reels:query_film", args=[query.pk]), follow=True)
    assert "Reviewers make films" in page.content.decode()
    assert client.post(reverse("reels:moment_film", args=[moment.pk])).status_code == 403
