"""Feedback by programs: said, corrected, taken back; and whose moments they are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.test_api import RED_TEN, SEARCH, Caller
from tests.web.search.world import Cast, make_track, make_video
from videosearch.library.models import Membership, Role
from videosearch.search.models import Feedback


@pytest.fixture
def hit(cast: Cast, worker: list[str]) -> dict[str, Any]:
    make_track(make_video(cast.library), cast.version, RED_TEN, start=80, end=90)
    best: dict[str, Any] = Caller(cast.alice).post(SEARCH, {"query": "number 10 in red"})[1]["hits"][0]
    return best


def address(hit: dict[str, Any]) -> str:
    return f"/api/v1/moments/{hit['id']}/feedback"


def test_said_shown_and_taken_back(cast: Cast, hit: dict[str, Any], worker: list[str]) -> None:
    alice = Caller(cast.alice)
    assert hit["feedback"] is None
    status, said = alice.post(
        address(hit), {"judgement": "corrected", "start": 81.5, "box": [83.0, 10.0, 20.0, 60.0, 130.0]}
    )
    assert status == 200
    assert (said["judgement"], said["start"], said["end"]) == ("corrected", 81.5, 90.0)
    assert said["box"] == [83.0, 10.0, 20.0, 60.0, 130.0]
    (row,) = Feedback.objects.all()
    query = row.candidate.query if row.candidate else None
    assert query is not None
    shown = alice.get(f"/api/v1/queries/{query.pk}")[1]["hits"][0]
    assert shown["feedback"] == "corrected"

    status, said = alice.delete(address(hit))
    assert (status, said["judgement"]) == (200, None)
    assert alice.get(f"/api/v1/queries/{query.pk}")[1]["hits"][0]["feedback"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"judgement": "splendid"},
        {"judgement": "corrected"},
        {"judgement": "corrected", "start": 5.0, "end": 4.0},
        {"judgement": "corrected", "end": 1e9},
        {"judgement": "corrected", "box": [83.0, 60.0, 20.0, 10.0, 130.0]},
        {"judgement": "corrected", "box": [1.0, 10.0, 20.0, 60.0, 130.0]},
        {"judgement": "right", "note": "x"},
        [],
        b"\xff",
    ],
)
def test_what_makes_no_sense(cast: Cast, hit: dict[str, Any], body: Any) -> None:
    status, answer = Caller(cast.alice).post(address(hit), body)
    assert status == 422
    assert answer["error"].endswith(".")
    assert not Feedback.objects.exists()


def test_whose_moment_it_is(cast: Cast, hit: dict[str, Any]) -> None:
    for caller in (Caller(cast.bob), Caller(cast.charlie)):
        assert caller.post(address(hit), {"judgement": "right"})[0] == 404
        assert caller.delete(address(hit))[0] == 404
    assert Caller(None).post(address(hit), {"judgement": "right"})[0] == 401
    Membership.objects.filter(user=cast.alice).update(role=Role.VIEWER)
    assert Caller(cast.alice).post(address(hit), {"judgement": "right"})[0] == 403
    assert not Feedback.objects.exists()
