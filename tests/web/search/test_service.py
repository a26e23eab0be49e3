"""A search from the text to the hits: with a worker, without, cancelled, late."""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grounding.errors import BadQueryError
from tests.web.search.world import Cast, make_track, make_video, unit
from videosearch.lib import broker, engine
from videosearch.search import checking, embedding, measuring, service, tasks
from videosearch.search.models import Candidate, Query, QueryVector, Verification

RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.9}
BLUE = {"object:person": 0.9, "shirt_colour:blue": 0.9, "number:4": 0.8}


@pytest.fixture
def match(cast: Cast) -> Cast:
    video = make_video(cast.library)
    for place in range(7):
        make_track(video, cast.version, BLUE, start=10 * place, end=10 * place + 8)
    make_track(video, cast.version, RED_TEN, start=80, end=90, attributes={"shirt_colour": "red", "number": "10"})
    make_track(make_video(cast.other), cast.version, RED_TEN)
    return cast


def ask(cast: Cast, text: str, **options: Any) -> Query:
    query, _ = service.search(cast.alice, text, [cast.library], **options)
    query.refresh_from_db()
    return query


def test_verified_and_ranked(match: Cast, worker: list[str]) -> None:
    query = ask(match, "number 10 in red")

    assert (query.state, query.answer, query.embedded) == ("done", "found", True)
    hits = list(query.hits.order_by("rank").select_related("candidate"))
    assert [hit.rank for hit in hits] == list(range(1, 9))
    assert (hits[0].verdict, hits[0].start, hits[0].candidate.label) == ("confirmed", 80.0, "Number 10, red shirt")
    assert hits[0].reason
    assert hits[0].end == pytest.approx(90.0)
    # The verifier ranks and labels; all candidates are still there.
    assert {hit.verdict for hit in hits[1:]} == {"rejected"}
    assert query.candidates.count() == len(hits)
    assert worker == ["search.embed", "search.verify"]
    assert set(query.heat) == {str(hits[0].candidate.video_id)}


def test_nothing_good(match: Cast, worker: list[str]) -> None:
    query = ask(match, "number 23 in yellow")
    assert (query.state, query.answer) == ("done", "nothing_good")
    assert query.hits.count() > 0


def test_repeated_text_is_embedded_once(match: Cast, worker: list[str]) -> None:
    ask(match, "number 10 in red")
    ask(match, "  number 10   in red ")
    assert worker.count("search.embed") == 1
    assert QueryVector.objects.count() == 1


def test_without_a_broker_it_searches_by_what_was_measured(match: Cast) -> None:
    query = ask(match, "number 10 in red")
    assert (query.state, query.answer, query.embedded) == ("done", "found", False)
    assert {hit.verdict for hit in query.hits.all()} == {"unchecked"}
    assert query.hits.get(rank=1).candidate.label == "Number 10, red shirt"


def test_a_silent_worker_is_waited_for_once(match: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker takes the message, nobody answers: a short wait, then predicates alone, and no wait for a while."""
    sent: list[str] = []

    def send(task: Any, *_: object, queue: str, expires: float) -> bool:
        sent.append(task.name)
        return True

    monkeypatch.setattr(broker, "send", send)
    monkeypatch.setattr(embedding, "WAIT_SECONDS", 0.05)

    first, second = ask(match, "number 10 in red"), ask(match, "number 4 in blue")

    assert (first.embedded, first.state) == (False, "verifying")
    assert sent == ["search.embed", "search.verify", "search.verify"]
    assert second.embedded is False


def test_late_verdicts_arrive_in_batches(match: Cast, worker: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[tuple[Any, ...]] = []

    def send(task: Any, *given: object, queue: str, expires: float) -> bool:
        held.append((task, *given))
        return True

    monkeypatch.setattr(broker, "send", send)
    monkeypatch.setattr(embedding, "query_vector", lambda *_: None)
    monkeypatch.setattr(checking, "BATCH_SECONDS", 0.0)  # as if the verifier were slow
    query = ask(match, "number 10 in red")
    assert (query.state, query.hits.count(), query.candidates.count()) == ("verifying", 0, 8)

    task, *given = held.pop(0)
    task(*given)
    assert Verification.objects.count() == checking.BATCH
    assert Query.objects.get().state == "verifying"
    task, *given = held.pop(0)
    task(*given)
    assert Verification.objects.count() == 8
    assert Query.objects.get().state == "done"
    task(*given)  # delivered twice
    assert Verification.objects.count() == query.hits.count() == 8


def test_a_batch_delivered_twice_is_judged_once(match: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "send", lambda task, *_, queue, expires: True)
    monkeypatch.setattr(embedding, "query_vector", lambda *_: None)
    monkeypatch.setattr(checking, "BATCH_SECONDS", 0.0)
    query = ask(match, "number 10 in red")
    tasks.verify(str(query.pk), 1)
    tasks.verify(str(query.pk), 1)  # goes on with those that have no verdict yet
    assert Verification.objects.count() == query.hits.count() == 8
    assert Query.objects.get().state == "done"


def test_a_newer_query_cancels_the_one_it_replaces(match: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "send", lambda task, *_, queue, expires: True)
    monkeypatch.setattr(embedding, "query_vector", lambda *_: None)
    first = ask(match, "number 10 in red")
    ask(match, "blue", replaces=first.pk)
    first.refresh_from_db()
    assert first.state == "cancelled"
    tasks.verify(str(first.pk))
    assert Verification.objects.count() == 0

    monkeypatch.setattr(checking, "BATCH_SECONDS", 0.0)
    service.resume(first)
    tasks.verify(str(first.pk))
    assert Verification.objects.count() == checking.BATCH


def test_nobody_cancels_the_queries_of_others(match: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "send", lambda task, *_, queue, expires: True)
    first = ask(match, "number 10 in red")
    service.search(match.bob, "blue", [match.library], replaces=first.pk)
    first.refresh_from_db()
    assert first.state == "verifying"


def test_overdue_verdicts_are_not_waited_for(match: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "send", lambda task, *_, queue, expires: True)
    query = ask(match, "number 10 in red")
    checking.close_overdue(query)
    assert query.state == "verifying"
    query.created_at = timezone.now() - timedelta(seconds=measuring.PATIENCE_SECONDS + 1)
    checking.close_overdue(query)
    assert (query.state, query.answer) == ("done", "found")
    assert {hit.verdict for hit in query.hits.all()} == {"unchecked"}


def test_times_in_the_text_cut_the_search(match: Cast, worker: list[str]) -> None:
    query = ask(match, "blue in the first 25 seconds")
    assert query.candidates.count() == 3
    assert max(query.candidates.values_list("end", flat=True)) <= 25.0


def test_a_candidate_outlives_its_track(match: Cast, worker: list[str]) -> None:
    query = ask(match, "number 10 in red")
    video = query.candidates.get(rank=1).video
    video.tracks.all().delete()
    row = Candidate.objects.get(query=query, rank=1)
    assert row.get_tube().span.start == pytest.approx(80.0)


@pytest.mark.parametrize("text", ["", "   ", "\x00", "x" * 100_000])
def test_what_cannot_be_asked(match: Cast, worker: list[str], text: str) -> None:
    with pytest.raises(BadQueryError):
        ask(match, text)
    assert Query.objects.count() == 0


@pytest.mark.parametrize(
    "text",
    ["red\x00 ten", "\ud800 red", "⚽🔥", "'; DROP TABLE search_query; --", "%s %(x)s {0}", "red" * 100, "ＲＥＤ １０"],
)
def test_odd_texts_are_asked(match: Cast, worker: list[str], text: str) -> None:
    assert ask(match, text).state == "done"


def test_nothing_indexed(cast: Cast, worker: list[str]) -> None:
    query = ask(cast, "red")
    assert (query.state, query.answer, query.candidates.count()) == ("done", "nothing_good", 0)


def test_no_active_version(match: Cast, worker: list[str]) -> None:
    match.version.active = False
    match.version.save()
    assert ask(match, "red").candidates.count() == 0


def test_statements_of_a_search(match: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "send", lambda task, *_, queue, expires: True)
    monkeypatch.setattr(embedding, "query_vector", lambda *_: None)
    with CaptureQueriesContext(connection) as statements:
        service.search(match.alice, "number 10 in red", [match.library])
    assert len(statements) <= 14, [one["sql"][:80] for one in statements]


def test_old_vectors_are_forgotten(match: Cast, worker: list[str]) -> None:
    ask(match, "red")
    assert embedding.prune() == 0
    QueryVector.objects.update(created_at=timezone.now() - timedelta(days=embedding.KEEP_DAYS + 1))
    tasks.prune()
    assert QueryVector.objects.count() == 0


def test_a_worker_whose_model_breaks_costs_the_embedding_only(match: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> list[float]:
        raise RuntimeError("no weights")

    monkeypatch.setattr(engine, "embed_text", broken)
    with pytest.raises(RuntimeError):
        tasks.embed("red", "0" * 64)
    assert QueryVector.objects.count() == 0


def test_what_was_left_to_the_embedding_decides_the_verdicts_too(cast: Cast, worker: list[str]) -> None:
    video = make_video(cast.library)
    text = "a person riding a bicycle"
    vector = unit(zlib.crc32(text.encode()))
    make_track(video, cast.version, {"object:person": 1.0}, start=0, end=60)
    like = make_track(video, cast.version, {"object:person": 0.8}, start=70, end=80, vectors=[vector] * 10)
    query, _ = service.search(cast.alice, text, [cast.library])
    best = query.candidates.get(hit__rank=1)
    assert best.track_ids == [like.track_id]
    assert best.hit.verdict == "unsure"
    assert "could not be checked" in best.hit.reason
