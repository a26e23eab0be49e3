"""Why a moment was found: second by second, on the page and over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.web.search.world import Cast, make_cast, make_track, make_video
from videosearch.search import checking, service
from videosearch.search.models import Candidate

pytestmark = pytest.mark.django_db

RED = {"object:person": 0.9, "shirt_colour:red": 0.9}


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> tuple[Cast, Candidate]:
    """Somebody in red, seen for six seconds, who runs in the last four of them."""
    monkeypatch.setattr("videosearch.search.embedding.query_vector", lambda *_: None)
    monkeypatch.setattr("videosearch.lib.broker.send", lambda *_, **__: True)
    cast = make_cast()
    terms: list[dict[str, float]] = [RED | ({"motion:running": 0.8} if second >= 2 else {}) for second in range(6)]
    make_track(make_video(cast.library), cast.version, terms, start=10, end=16)
    query = service.search(cast.alice, "player in red running", [cast.library]).query
    checking.check(query, 0)
    return cast, query.candidates.get()


def page(user: Any, candidate: Candidate, **headers: str) -> tuple[int, str]:
    client = Client()
    client.force_login(user)
    answer = client.get(f"/search/moments/{candidate.pk}/why/", headers=headers)
    return answer.status_code, answer.content.decode()


def test_each_thing_asked_has_its_seconds(found: tuple[Cast, Candidate]) -> None:
    cast, candidate = found
    status, text = page(cast.alice, candidate)
    assert status == 200
    assert "<h1>Why this was found</h1>" in text
    assert 'aria-label="red shirt: held in 4 of 4 seconds"' in text
    assert 'aria-label="running: held in 4 of 4 seconds"' in text
    assert "0:12 – 0:16: 0.8" in text


def test_a_part_of_the_list_for_htmx(found: tuple[Cast, Candidate]) -> None:
    cast, candidate = found
    _, text = page(cast.alice, candidate, **{"HX-Request": "true"})
    assert "<h1>" not in text
    assert "data-close-edit" in text


def test_nobody_elses(found: tuple[Cast, Candidate]) -> None:
    cast, candidate = found
    assert page(cast.bob, candidate)[0] == 404


def test_words_alone_say_so(found: tuple[Cast, Candidate]) -> None:
    cast, candidate = found
    candidate.query.parsed = {"text": "bubbles", "predicates": [], "rest": "bubbles"}
    candidate.query.save()
    assert "found by the likeness of the words" in page(cast.alice, candidate)[1]
