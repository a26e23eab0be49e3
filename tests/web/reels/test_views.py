"""Bookmarks: kept with a note by those who may, seen by their maker alone."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.web.search.world import Cast, make_cast, make_track, make_video
from videosearch.accounts.models import User
from videosearch.library.models import Library, Membership, Role
from videosearch.reels.models import Bookmark
from videosearch.search import service
from videosearch.search.models import Candidate

LIST = reverse("reels:bookmarks")
HTMX = {"HX-Request": "true"}
RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.9}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def moment_of(user: User, library: Library) -> Candidate:
    query, _ = service.search(user, "number 10 in red", [library])
    return query.candidates.get(rank=1)


@pytest.fixture
def cast(db: None) -> Cast:
    cast = make_cast(bob=Role.REVIEWER)
    video = make_video(cast.library)
    make_track(video, cast.version, RED_TEN, start=80, end=90, attributes={"shirt_colour": "red", "number": "10"})
    return cast


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


@pytest.fixture
def moment(cast: Cast, worker: list[str]) -> Candidate:
    return moment_of(cast.alice, cast.library)


def keep(client: Client, moment: Candidate, note: str = "", **options: object) -> int:
    return client.post(reverse("reels:add", args=[moment.pk]), {"note": note}, **options).status_code  # type: ignore[arg-type]


def test_add(cast: Cast, alice: Client, moment: Candidate) -> None:
    response = alice.post(reverse("reels:add", args=[moment.pk]), {"note": "Nice run"}, headers=HTMX)
    row = Bookmark.objects.get()
    assert response.status_code == 200
    assert b"Bookmarked" in response.content
    assert (row.user, row.library, row.note) == (cast.alice, cast.library, "Nice run")
    assert (row.start, row.end, row.label, row.track_ids) == (80.0, 90.0, "Number 10, red shirt", [1])
    assert row.query_text == "number 10 in red"
    assert row.track is not None


def test_add_without_javascript(alice: Client, moment: Candidate) -> None:
    response = alice.post(reverse("reels:add", args=[moment.pk]), {"note": ""})
    assert response["Location"] == reverse("search:result", args=[moment.query_id])


def test_pressing_twice_keeps_it_once(alice: Client, moment: Candidate) -> None:
    keep(alice, moment, "first")
    keep(alice, moment, "second")
    assert Bookmark.objects.get().note == "second"


@pytest.mark.parametrize("note", ["x" * 501, "\x00"])
def test_a_note_that_cannot_be_kept(alice: Client, moment: Candidate, note: str) -> None:
    assert keep(alice, moment, note, headers=HTMX) == 422
    assert not Bookmark.objects.exists()


def test_a_viewer_may_not(cast: Cast, worker: list[str]) -> None:
    Membership.objects.filter(user=cast.bob).update(role=Role.VIEWER)
    moment = moment_of(cast.bob, cast.library)
    response = signed_in(cast.bob).post(reverse("reels:add", args=[moment.pk]))
    assert response.status_code == 403
    assert not Bookmark.objects.exists()


def test_moments_of_others_are_not_there(cast: Cast, moment: Candidate) -> None:
    assert keep(signed_in(cast.bob), moment) == 404
    assert keep(signed_in(cast.charlie), moment) == 404
    assert keep(Client(), moment) == 302


def test_only_the_maker_sees_it(cast: Cast, alice: Client, moment: Candidate) -> None:
    keep(alice, moment, "secret plan")
    row = Bookmark.objects.get()
    for client, status in ((alice, 200), (signed_in(cast.bob), 404), (signed_in(cast.charlie), 404), (Client(), 302)):
        assert client.get(reverse("reels:tracks", args=[row.pk])).status_code == status
        page = client.get(LIST)
        assert (b"secret plan" in page.content) == (status == 200)
    for client in (signed_in(cast.bob), signed_in(cast.charlie)):
        for name in ("edit", "delete"):
            assert client.post(reverse(f"reels:{name}", args=[row.pk]), {"note": "!"}).status_code == 404
    assert Bookmark.objects.get().note == "secret plan"


def test_who_left_the_library_has_it_no_more(cast: Cast, alice: Client, moment: Candidate) -> None:
    keep(alice, moment, "gone")
    Membership.objects.filter(user=cast.alice).delete()
    assert b"gone" not in alice.get(LIST).content
    assert alice.get(reverse("reels:tracks", args=[Bookmark.objects.get().pk])).status_code == 404


def test_list_filters_by_library(cast: Cast, alice: Client, moment: Candidate) -> None:
    keep(alice, moment, "first team")
    second = Library.objects.create(name="Second team")
    Membership.objects.create(library=second, user=cast.alice, role=Role.EDITOR)
    assert b"first team" in alice.get(LIST, {"library": str(cast.library.pk)}).content
    assert b"first team" not in alice.get(LIST, {"library": str(second.pk)}).content
    assert alice.get(LIST, {"library": str(cast.other.pk)}).status_code == 404


def test_edit(alice: Client, moment: Candidate) -> None:
    keep(alice, moment, "before")
    address = reverse("reels:edit", args=[Bookmark.objects.get().pk])
    page = alice.post(address, {"note": "after <b>"}, headers=HTMX)
    assert b"after &lt;b&gt;" in page.content
    assert alice.post(address, {"note": "x" * 501}, headers=HTMX).status_code == 422
    assert alice.post(address, {"note": "plain"}).status_code == 302
    assert Bookmark.objects.get().note == "plain"
    assert b"plain" in alice.get(address).content
    assert b"<html" not in alice.get(address, headers=HTMX).content
    assert alice.put(address).status_code == 405


@pytest.mark.parametrize(("headers", "status"), [({}, 302), (HTMX, 200)])
def test_delete(alice: Client, moment: Candidate, headers: dict[str, str], status: int) -> None:
    keep(alice, moment)
    address = reverse("reels:delete", args=[Bookmark.objects.get().pk])
    assert alice.post(address, headers=headers).status_code == status
    assert not Bookmark.objects.exists()


def test_it_outlives_the_track_and_the_query(cast: Cast, alice: Client, moment: Candidate) -> None:
    keep(alice, moment, "kept")
    moment.video.tracks.all().delete()
    moment.query.delete()
    row = Bookmark.objects.get()
    assert row.track is None
    assert b"kept" in alice.get(LIST).content
    boxes = alice.get(reverse("reels:tracks", args=[row.pk]), {"start": "84", "end": "85"}).json()["tracks"][0]["boxes"]
    assert boxes[1] == [84.0, 116.0, 200.0, 156.0, 300.0]


def test_statements_do_not_grow_with_the_list(cast: Cast, alice: Client, moment: Candidate) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as statements:
            assert alice.get(LIST).status_code == 200
        return len(statements)

    keep(alice, moment)
    one = count()
    row = Bookmark.objects.get()
    for place in range(8):
        row.pk, row.start = None, float(place)
        row._state.adding = True
        row.pk = Bookmark._meta.pk.get_default()
        row.save(force_insert=True)
    assert count() == one


def test_empty(alice: Client) -> None:
    assert b"No bookmarks" in alice.get(LIST).content
