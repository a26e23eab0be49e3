"""A model that looks at what was found: against a server that really looks at the pictures it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from grounding.retrieve import parse
from grounding.types import Predicate
from grounding.types import Query as Parsed
from tests.grounding.verify.looking.drawn import HEIGHT, WIDTH, Player, write_film
from tests.grounding.verify.looking.seeing import SeeingServer, seeing
from tests.web.search.world import Cast, make_track, make_video
from videosearch.accounts.models import ApiToken
from videosearch.indexing.models import Track
from videosearch.lib import broker, engine
from videosearch.library.models import Video
from videosearch.operations import facts
from videosearch.search import checking, embedding, looking, measuring, service, tasks
from videosearch.search.models import ModelAnswer, Query, Verification

PLAYERS = (Player("blue", 90, 150, 12), Player("yellow", 260, 60, 8), Player("white", 420, 200, 5))
PERSON = {"object:person": 0.9}
JUDGED_BY = "predicates + seer-2b (prompt 2)"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("clip") / "a.mp4", PLAYERS, 12)


@pytest.fixture
def server(settings: Settings) -> Iterator[SeeingServer]:
    with seeing() as one:
        settings.VERIFIER, settings.VERIFIER_URL, settings.VERIFIER_MODEL = "server", one.url, "org/seer-2b"
        settings.VERIFIER_SECONDS = 20.0
        engine._chat_model.cache_clear()
        yield one
        engine._chat_model.cache_clear()


@pytest.fixture
def match(cast: Cast, clip: Path) -> Cast:
    """Three people of whom nothing but that they are people was measured."""
    video = make_video(cast.library, duration=12, width=WIDTH, height=HEIGHT)
    film = video.proxy
    assert film is not None
    film.file.parent.mkdir(parents=True)
    film.file.symlink_to(clip)
    for one in PLAYERS:
        put_on(make_track(video, cast.version, PERSON, start=0, end=12), one)
    return cast


def put_on(track: Track, one: Player) -> None:
    track.set_tube(one.tube(0.0, 12.0))
    track.save()


def ask(cast: Cast, text: str) -> Query:
    query, _ = service.search(cast.alice, text, [cast.library])
    query.refresh_from_db()
    return query


def verdicts(query: Query) -> list[tuple[int, str]]:
    """(track, verdict) in the order of the hits."""
    hits = query.hits.order_by("rank").select_related("candidate")
    return [(hit.candidate.track_ids[0], hit.verdict) for hit in hits]


@pytest.mark.parametrize(("colour", "track"), [("blue", 1), ("yellow", 2), ("white", 3)])
def test_what_is_seen_decides_the_order(
    match: Cast, worker: list[str], server: SeeingServer, colour: str, track: int
) -> None:
    query = ask(match, f"the one in {colour}")
    assert worker[-2:] == ["search.verify", "search.look"]
    assert (query.state, query.answer, query.unseen) == ("done", "found", "")
    assert verdicts(query)[0] == (track, "confirmed")
    assert {verdict for _, verdict in verdicts(query)[1:]} == {"rejected"}
    assert query.hits.count() == query.candidates.count() == 3  # it never removes
    first = query.hits.get(rank=1)
    assert "Seen by seer-2b (prompt 2): this is it (90 % sure)." in first.reason
    assert first.reason.startswith("Measured: ")
    assert set(Verification.objects.values_list("verifier", flat=True)) == {JUDGED_BY}


def test_without_the_setting_nobody_is_asked(
    match: Cast, worker: list[str], server: SeeingServer, settings: Settings
) -> None:
    settings.VERIFIER = "predicates"
    assert {verdict for _, verdict in verdicts(ask(match, "the one in yellow"))} == {"unsure"}
    assert server.asked == []
    assert "search.look" not in worker


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        ("500", "the model server failed (status 500)"),
        ("slow", "the model server did not answer in time"),
        ("drips", "the model server did not answer in time"),
        ("no chat", "the model server's answer is not one of a chat"),
        ("closed", "the model server does not answer"),
    ],
)
def test_a_server_that_does_not_answer(
    match: Cast, worker: list[str], server: SeeingServer, settings: Settings, mode: str, why: str
) -> None:
    """The page is as full as without it, and says what happened."""
    server.mode = mode
    if mode in ("slow", "drips"):
        settings.VERIFIER_SECONDS = 1.0
    if mode == "closed":
        server.close()
    query = ask(match, "the one in yellow")
    assert (query.state, query.unseen) == ("done", why)
    assert {verdict for _, verdict in verdicts(query)} == {"unchecked"}
    assert all(f"not checked: {why}." in hit.reason for hit in query.hits.all())
    client = Client()
    client.force_login(match.alice)
    page = client.get(f"/search/{query.pk}/").content.decode()
    assert f"The pictures were not all looked at: {why.replace(chr(39), '&#x27;')}." in page
    assert page.count('class="hit"') == 3


@pytest.mark.parametrize(
    ("mode", "why"), [("nonsense", "the model's answer could not be read"), ("empty", "the model's answer was empty")]
)
def test_a_model_that_answers_nonsense(
    match: Cast, worker: list[str], server: SeeingServer, mode: str, why: str
) -> None:
    server.mode = mode
    query = ask(match, "the one in yellow")
    assert (query.state, query.unseen) == ("done", "")
    assert {verdict for _, verdict in verdicts(query)} == {"unchecked"}
    assert all(why in hit.reason for hit in query.hits.all())


def test_what_was_measured_stands_where_nobody_looks(match: Cast, worker: list[str], server: SeeingServer) -> None:
    server.close()
    video = Video.objects.get()
    put_on(make_track(video, match.version, PERSON | {"shirt_colour:purple": 0.9}, start=0, end=12), PLAYERS[0])
    query = ask(match, "the one in purple")
    assert verdicts(query)[0] == (4, "confirmed")
    assert query.hits.get(rank=1).reason == (
        "Purple shirt (90 % sure) throughout. By seer-2b (prompt 2): not checked: the model server does not answer."
    )


def test_who_leaves_stops_it(
    match: Cast, worker: list[str], server: SeeingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled in the middle of a slow answer; whoever comes back gets the verdicts after all."""
    server.mode, server.slow_seconds = "slow", 20.0
    monkeypatch.setattr(looking, "GLANCE_SECONDS", 0.0)
    still, glances = looking._Waiting.still, [0]

    def leaving(self: looking._Waiting, **options: Any) -> bool:
        glances[0] += 1
        if glances[0] == 4:
            service.cancel(match.alice, Query.objects.get().pk)
        return still(self, **options)

    monkeypatch.setattr(looking._Waiting, "still", leaving)
    query = ask(match, "the one in yellow")
    assert (query.state, query.hits.count()) == ("cancelled", 0)
    assert server.hung_up.wait(5)
    assert set(Verification.objects.values_list("verifier", flat=True)) == {"predicates"}

    monkeypatch.setattr(looking._Waiting, "still", still)
    server.mode = "sees"
    service.resume(query)
    assert verdicts(query)[0] == (2, "confirmed")


def test_the_same_question_is_remembered(match: Cast, worker: list[str], server: SeeingServer) -> None:
    first = verdicts(ask(match, "the one in yellow"))
    asked = len(server.asked)
    assert verdicts(ask(match, "the one in yellow")) == first
    assert len(server.asked) == asked
    assert ModelAnswer.objects.count() == 1
    assert not ModelAnswer.objects.filter(answer__contains="yellow").exists()
    assert looking.prune() == 0
    ModelAnswer.objects.update(created_at=timezone.now() - timedelta(days=looking.KEEP_DAYS + 1))
    tasks.prune()
    assert ModelAnswer.objects.count() == 0


def test_looking_twice_changes_nothing(
    match: Cast, worker: list[str], server: SeeingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = ask(match, "the one in yellow")
    before = list(Verification.objects.order_by("candidate").values_list("verdict", "score", "reason"))
    Query.objects.update(state="verifying")
    looking.look(query)
    assert list(Verification.objects.order_by("candidate").values_list("verdict", "score", "reason")) == before


def test_it_waits_in_a_queue_of_its_own(match: Cast, server: SeeingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Embedding a query never waits behind it; and with no worker there, what was measured is shown."""
    sent: list[tuple[str, str]] = []

    def send(task: Any, *given: object, queue: str, expires: float) -> bool:
        sent.append((task.name, queue))
        return True

    monkeypatch.setattr(broker, "send", send)
    monkeypatch.setattr(embedding, "query_vector", lambda *_: None)
    query = ask(match, "the one in yellow")
    tasks.verify(str(query.pk))
    assert sent == [("search.verify", "search"), ("search.look", "looking")]
    query.refresh_from_db()
    assert query.state == "verifying"
    assert set(Verification.objects.values_list("verifier", flat=True)) == {"predicates"}
    checking.close_overdue(query)
    assert query.state == "verifying"
    query.created_at = timezone.now() - timedelta(seconds=measuring.PATIENCE_SECONDS + 1)
    checking.close_overdue(query)
    assert query.state == "verifying"  # looking has time of its own
    query.created_at = timezone.now() - timedelta(seconds=measuring.patience() + 1)
    checking.close_overdue(query)
    assert (query.state, query.unseen) == ("done", looking.LATE)
    tasks.look(str(query.pk))  # too late
    assert server.asked == []


def test_the_page_tells_how_far_it_is(match: Cast, server: SeeingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "send", lambda task, *_, queue, expires: True)
    monkeypatch.setattr(embedding, "query_vector", lambda *_: None)
    query = ask(match, "the one in yellow")
    client = Client()
    client.force_login(match.alice)
    assert "0 of 3 checked" in client.get(f"/search/{query.pk}/results/").content.decode()
    checking.check(query, 0)
    assert "0 of 3 looked at" in client.get(f"/search/{query.pk}/results/").content.decode()
    Verification.objects.filter(candidate__rank=1).update(verifier=JUDGED_BY)
    assert "1 of 3 looked at" in client.get(f"/search/{query.pk}/results/").content.decode()


def test_the_original_is_looked_at_where_there_is_no_copy(
    match: Cast, worker: list[str], server: SeeingServer, clip: Path
) -> None:
    video = Video.objects.get()
    assert video.proxy is not None
    video.proxy.file.unlink()
    query = ask(match, "the one in yellow")
    assert all("the film is not there any more" in hit.reason for hit in query.hits.all())
    video.original.symlink_to(clip)
    assert verdicts(ask(match, "the one in yellow"))[0] == (2, "confirmed")


def test_why_and_the_api_say_who_judged(match: Cast, worker: list[str], server: SeeingServer) -> None:
    query = ask(match, "the one in yellow")
    client = Client()
    client.force_login(match.alice)
    first = query.candidates.get(hit__rank=1)
    page = client.get(f"/search/moments/{first.pk}/why/").content.decode()
    assert f"Judged by {JUDGED_BY}." in page
    assert "this is it (90 % sure)" in page
    token = {"Authorization": f"Bearer {ApiToken.issue(match.alice, 'test')[1]}"}
    told = client.get(f"/api/v1/queries/{query.pk}", headers=token).json()
    assert told["unseen"] == ""
    assert {hit["verifier"] for hit in told["hits"]} == {JUDGED_BY}


def test_the_doctor_looks_at_the_server(server: SeeingServer, settings: Settings) -> None:
    assert facts._looking().ok
    settings.VERIFIER_MODEL = "another"
    engine._chat_model.cache_clear()
    assert facts._looking().sentence == "The server has org/seer-2b, not another."
    server.key = "secret"
    assert facts._looking().sentence == "The model server does not accept the key."
    server.close()
    assert facts._looking().sentence.startswith("Nobody answers at http://127.0.0.1:")
    settings.VERIFIER = "predicates"
    assert facts._looking().ok


RED_TEN = (
    Predicate("number", "10", ("number:10",), said="Kowalski"),
    Predicate("shirt_colour", "red", ("shirt_colour:red",), said="Kowalski"),
)


@pytest.mark.parametrize(
    ("text", "filters", "parsed", "expected"),
    [
        ("red juggling", [], parse("red juggling"), "red juggling"),
        ("Kowalski juggling", [], Parsed("", RED_TEN, "juggling"), "number 10, red shirt, juggling"),
        ("red in the first 5 minutes", [], parse("red in the first 5 minutes"), "red shirt"),
        ("red or blue", ["ignore:x"], parse("red or blue"), "red shirt or blue shirt"),
        ("", ["shirt:red"], parse("red"), "red shirt"),
        ("", ["video:x"], Parsed("", (), ""), "video:x"),
    ],
)
def test_what_the_model_is_asked(text: str, filters: list[str], parsed: Parsed, expected: str) -> None:
    """Names are on no shirt; what is in no picture is left out."""
    asked = looking.question(Query(text=text, filters=filters), parsed)
    assert asked.removeprefix("person, ") == expected


def test_a_local_model_that_is_not_there(match: Cast, worker: list[str], settings: Settings) -> None:
    settings.VERIFIER, settings.VERIFIER_MODEL, settings.VERIFIER_SECONDS = "local", "qwen3-vl-99b", 20.0
    engine._chat_model.cache_clear()
    query = ask(match, "the one in yellow")
    assert query.state == "done"
    assert query.unseen.startswith("the model cannot be loaded: There is no model qwen3-vl-99b")
    assert query.hits.count() == 3
    assert not facts._looking().ok
    engine._chat_model.cache_clear()
