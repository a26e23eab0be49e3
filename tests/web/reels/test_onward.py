"""A hit or a bookmark at the end of a reel, from its card."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.web.reels.made import make_bookmark, signed_in
from tests.web.search.world import Cast, make_track, make_video
from videosearch.library.models import Library, Membership, Role
from videosearch.reels.models import Reel, ReelItem
from videosearch.search import service
from videosearch.search.models import Candidate

pytestmark = pytest.mark.django_db

RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.9}


def hit(cast: Cast) -> Candidate:
    video = make_video(cast.library)
    make_track(video, cast.version, RED_TEN, start=80, end=90, attributes={"shirt_colour": "red", "number": "10"})
    query, _ = service.search(cast.alice, "number 10 in red", [cast.library])
    return query.candidates.get()


def test_a_hit_into_a_reel(cast: Cast, worker: list[str]) -> None:
    row = hit(cast)
    address, client = reverse("reels:moment_reel", args=[row.pk]), signed_in(cast.alice)
    assert "A new one" in client.get(address).content.decode()
    answer = client.post(address, {"title": "Best of"}, headers={"HX-Request": "true"})
    reel = Reel.objects.get()
    assert (answer.status_code, reel.title) == (200, "Best of")
    assert reel.get_absolute_url() in answer.content.decode()
    assert "Best of" in client.get(address).content.decode()
    plain = client.post(address, {"reel": str(reel.pk)})
    assert plain["Location"] == f"{reverse('search:result', args=[row.query_id])}?play={row.pk}"
    first, second = ReelItem.objects.all()
    assert (first.start, first.end, first.name, first.track_ids) == (80, 90, "Number 10, red shirt", row.track_ids)
    assert bytes(first.tube or b"") == bytes(row.tube)
    assert (second.reel, second.position) == (reel, first.position + 1)


def test_a_bookmark_into_a_reel(cast: Cast) -> None:
    row = make_bookmark(cast.alice, make_video(cast.library), note="Corner")
    address = reverse("reels:bookmark_reel", args=[row.pk])
    answer = signed_in(cast.alice).post(address, {"title": "Best of"})
    assert answer["Location"] == f"{reverse('reels:bookmarks')}?play={row.pk}"
    assert ReelItem.objects.get().note == "Corner"


def test_who_may_not(cast: Cast, worker: list[str]) -> None:
    row = hit(cast)
    kept = make_bookmark(cast.alice, row.video)
    for name, key in (("moment_reel", row.pk), ("bookmark_reel", kept.pk)):
        address = reverse(f"reels:{name}", args=[key])
        for user in (cast.bob, cast.charlie):
            assert signed_in(user).get(address).status_code == 404
            assert signed_in(user).post(address, {"title": "Mine"}).status_code == 404
    Membership.objects.filter(user=cast.alice).update(role=Role.VIEWER)
    for name, key in (("moment_reel", row.pk), ("bookmark_reel", kept.pk)):
        assert signed_in(cast.alice).post(reverse(f"reels:{name}", args=[key]), {"title": "x"}).status_code == 403
    assert not Reel.objects.exists()


def test_a_reel_of_another_library_or_person(cast: Cast, worker: list[str]) -> None:
    address, client = reverse("reels:moment_reel", args=[hit(cast).pk]), signed_in(cast.alice)
    away = Library.objects.create(name="Away")
    Membership.objects.create(library=away, user=cast.alice, role=Role.REVIEWER)
    reel = Reel.objects.create(user=cast.alice, library=away, title="Away")
    answer = client.post(address, {"reel": str(reel.pk)}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "of one library" in answer.content.decode()
    theirs = Reel.objects.create(user=cast.bob, library=cast.library, title="Bob's", for_team=True)
    assert client.post(address, {"reel": str(theirs.pk)}).status_code == 404
    assert client.post(address, {"reel": "x"}).status_code == 422
    assert client.post(address, {"title": "x" * 121}).status_code == 422
    assert not ReelItem.objects.exists()
