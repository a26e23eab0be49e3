"""Right, wrong, corrected, taken back: what is kept of it, who may, and what the card shows."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.search.world import Cast, make_track, make_video
from videosearch.accounts.models import User
from videosearch.indexing.models import Track
from videosearch.library.models import Membership, Role
from videosearch.search.models import Candidate, Feedback, Query

PAGE = reverse("search:page")
HTMX = {"HX-Request": "true"}
RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.9}


@pytest.fixture
def row(cast: Cast, worker: list[str]) -> Candidate:
    """A confirmed moment of Alice's from 80 to 90 s."""
    make_track(make_video(cast.library), cast.version, RED_TEN, start=80, end=90)
    signed_in(cast.alice).get(PAGE, {"q": "number 10 in red"})
    return Candidate.objects.get()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(row: Candidate, name: str = "feedback") -> str:
    return reverse(f"search:{name}", args=[row.pk])


def test_all_that_training_needs_is_kept(cast: Cast, row: Candidate) -> None:
    alice = signed_in(cast.alice)
    given = {"judgement": "corrected", "start": "81.5", "end": "88", "at": "83", "left": "10", "top": "20"}
    assert alice.post(address(row), given | {"width": "50", "height": "110"}, headers=HTMX).status_code == 200
    said = Feedback.objects.get()
    assert (said.user, said.library, said.video, said.version) == (cast.alice, cast.library, row.video, cast.version)
    assert (said.query_text, said.parsed["rest"], said.verifier) == ("number 10 in red", "", "predicates")
    assert (said.verdict, said.start, said.end, said.track_ids) == ("confirmed", 80.0, 90.0, [1])
    assert (said.corrected_start, said.corrected_end) == (81.5, 88.0)
    assert said.corrected_boxes == [[83.0, 10.0, 20.0, 60.0, 130.0]]
    assert bytes(said.tube) == bytes(row.tube)
    assert said.score > 0.5

    Track.objects.all().delete()  # indexed anew
    Query.objects.all().delete()
    cast.alice.delete()
    said.refresh_from_db()
    assert (said.candidate, said.user, said.query_text) == (None, None, "number 10 in red")


def test_the_card_shows_it_and_takes_it_back(cast: Cast, row: Candidate) -> None:
    alice = signed_in(cast.alice)
    result = reverse("search:result", args=[row.query_id])
    assert pressed(alice.get(result).content) == []
    for judgement in ("right", "wrong", "right"):
        answer = alice.post(address(row), {"judgement": judgement}, headers=HTMX)
        assert pressed(answer.content) == [judgement]
        assert pressed(alice.get(result).content) == [judgement]
    assert Feedback.objects.filter(withdrawn_at=None).count() == 1
    assert Feedback.objects.count() == 3
    assert pressed(alice.post(address(row, "feedback_undo"), headers=HTMX).content) == []
    assert pressed(alice.get(result).content) == []
    assert not Feedback.objects.filter(withdrawn_at=None).exists()
    assert alice.post(address(row, "feedback_undo"), headers=HTMX).status_code == 200


def pressed(content: bytes) -> list[str]:
    return re.findall(r'value="(\w+)" aria-pressed="true"', content.decode())


def test_without_htmx_it_goes_back_to_the_moment(cast: Cast, row: Candidate) -> None:
    alice = signed_in(cast.alice)
    back = f"{reverse('search:result', args=[row.query_id])}?play={row.pk}"
    assert alice.post(address(row), {"judgement": "wrong"})["Location"] == back
    assert b"Noted, thank you." in alice.get(back).content
    page = alice.get(address(row, "correct")).content.decode()
    assert page.lstrip().startswith("<!DOCTYPE html>")
    assert 'name="start" value="80.00"' in page
    assert "<vs-player" in page
    answer = alice.post(address(row), {"judgement": "corrected", "start": "95", "end": "81"})
    assert answer.status_code == 422
    assert b"The end must come after the beginning" in answer.content
    assert b'name="start" value="95"' in answer.content
    assert alice.post(address(row), {"judgement": "corrected", "end": "85"})["Location"] == back
    assert 'name="end" value="85.00"' in alice.get(address(row, "correct")).content.decode()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"judgement": "superb"},
        {"judgement": "corrected"},
        {"judgement": "corrected", "start": "x"},
        {"judgement": "corrected", "start": "nan"},
        {"judgement": "corrected", "end": "inf"},
        {"judgement": "corrected", "start": "-1"},
        {"judgement": "corrected", "end": "500"},
        {"judgement": "corrected", "start": "85", "end": "85.01"},
        {"judgement": "corrected", "at": "85", "left": "2000", "top": "1", "width": "5", "height": "5"},
        {"judgement": "corrected", "at": "85", "left": "20", "top": "1", "width": "-5", "height": "5"},
        {"judgement": "corrected", "at": "5", "left": "20", "top": "1", "width": "50", "height": "50"},
    ],
)
def test_what_makes_no_sense_is_told(cast: Cast, row: Candidate, given: dict[str, str]) -> None:
    answer = signed_in(cast.alice).post(address(row), given, headers=HTMX)
    assert answer.status_code == 422
    assert b'role="alert"' in answer.content
    assert not Feedback.objects.exists()


def test_a_refused_correction_comes_back_into_its_form(cast: Cast, row: Candidate) -> None:
    answer = signed_in(cast.alice).post(address(row), {"judgement": "corrected", "start": "99"}, headers=HTMX)
    assert answer["HX-Retarget"] == "#correct"
    assert b'name="start" value="99"' in answer.content


def test_who_may(cast: Cast, row: Candidate) -> None:
    for other in (cast.bob, cast.charlie):
        for name in ("feedback", "feedback_undo"):
            assert signed_in(other).post(address(row, name), {"judgement": "right"}).status_code == 404
        assert signed_in(other).get(address(row, "correct")).status_code == 404
    stranger = Client()
    assert stranger.post(address(row), {"judgement": "right"}).status_code == 302
    assert signed_in(cast.alice).get(address(row)).status_code == 405
    Membership.objects.filter(user=cast.alice).update(role=Role.VIEWER)
    alice = signed_in(cast.alice)
    for name in ("feedback", "feedback_undo"):
        assert alice.post(address(row, name), {"judgement": "right"}).status_code == 403
    assert alice.get(address(row, "correct")).status_code == 403
    assert b'data-feedback=""' not in alice.get(reverse("search:result", args=[row.query_id])).content
    assert not Feedback.objects.exists()


def test_administrators_see_it(cast: Cast, row: Candidate) -> None:
    signed_in(cast.alice).post(address(row), {"judgement": "corrected", "start": "82"})
    admin = signed_in(User.objects.create_superuser("root", password="secret"))
    page = admin.get(reverse("admin:search_feedback_changelist"))
    assert page.status_code == 200
    assert "82.0–90.0 s" in page.content.decode()
    assert admin.get(reverse("admin:search_feedback_change", args=[Feedback.objects.get().pk])).status_code == 200
    assert admin.get(reverse("admin:search_feedback_add")).status_code == 403
