"""The API: its contract, its errors, whose data it gives, and the description it gives of itself."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.web.search.world import Cast, make_track, make_video
from videosearch.accounts.models import ApiToken, User
from videosearch.api import auth, openapi
from videosearch.lib import broker
from videosearch.library.models import Membership
from videosearch.search.models import Query

SEARCH = "/api/v1/search"
RED_TEN = {"object:person": 0.9, "shirt_colour:red": 0.9, "number:10": 0.9}
BLUE = {"object:person": 0.9, "shirt_colour:blue": 0.9, "number:4": 0.8}


class Caller:
    """A program with somebody's token. Each answer is held against the OpenAPI description."""

    def __init__(self, user: User | None, secret: str = "") -> None:
        self.secret = secret or (ApiToken.issue(user, "test")[1] if user else "")
        self.client = Client(headers={"Authorization": f"Bearer {self.secret}"} if self.secret else {})
        self.description = openapi.document("http://testserver")

    def get(self, path: str, given: dict[str, Any] | None = None) -> tuple[int, Any]:
        return self._checked("get", path, self.client.get(path, given or {}))

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self._checked("post", path, self.client.post(path, data, content_type="application/json"))

    def put(self, path: str, body: Any) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self._checked("put", path, self.client.put(path, data, content_type="application/json"))

    def delete(self, path: str) -> tuple[int, Any]:
        return self._checked("delete", path, self.client.delete(path))

    def _checked(self, method: str, path: str, response: Any) -> tuple[int, Any]:
        assert response["Content-Type"] == "application/json"
        answer = response.json()
        operation = next(
            paths[method] for name, paths in self.description["paths"].items() if _like(name, path) and method in paths
        )
        content = operation["responses"][str(response.status_code)]["content"]
        schema = {**content["application/json"]["schema"], "components": self.description["components"]}
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(answer)
        return response.status_code, answer


def _like(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(a == b or a.startswith("{") for a, b in zip(parts, given, strict=True))


@pytest.fixture
def match(cast: Cast) -> Cast:
    video = make_video(cast.library)
    make_track(video, cast.version, RED_TEN, start=80, end=90, attributes={"shirt_colour": "red", "number": "10"})
    make_track(video, cast.version, BLUE, attributes={"shirt_colour": "blue", "number": "4"})
    make_track(make_video(cast.other, "Secret training"), cast.version, RED_TEN)
    return cast


@pytest.fixture
def alice(match: Cast) -> Caller:
    return Caller(match.alice)


def test_search(alice: Caller, worker: list[str]) -> None:
    status, answer = alice.post(SEARCH, {"query": "number 10 in red"})
    assert status == 200
    assert (answer["state"], answer["answer"], answer["embedded"]) == ("done", "found", True)
    assert answer["query"] == {
        "text": "number 10 in red",
        "predicates": [{"kind": "number", "value": "10"}, {"kind": "shirt_colour", "value": "red"}],
        "rest": "",
    }
    best = answer["hits"][0]
    assert (best["rank"], best["video"], best["verdict"]) == (1, "Cup final.mp4", "confirmed")
    assert (best["start"], best["end"], best["track_ids"]) == (80.0, 90.0, [1])
    assert best["boxes"][0] == [80.0, 100.0, 200.0, 140.0, 300.0]
    assert len(best["boxes"]) == 50
    assert best["urls"]["page"].startswith("http://testserver/search/")
    assert [hit["rank"] for hit in answer["hits"]] == [1, 2]


def test_the_reading_says_more_where_there_is_more_to_say(alice: Caller, worker: list[str]) -> None:
    _, answer = alice.post(SEARCH, {"query": "red or blue, not number 4, runs then jumps", "ignore": ["doing jumping"]})
    assert answer["query"]["predicates"] == [
        {"kind": "shirt_colour", "value": "red", "or": 1, "branch": 1},
        {"kind": "shirt_colour", "value": "blue", "or": 1, "branch": 2},
        {"kind": "number", "value": "4", "negated": True},
        {"kind": "motion", "value": "running"},
    ]
    _, answer = alice.get(SEARCH, {"query": "runs then jumps"})
    assert answer["query"]["predicates"][1] == {"kind": "action", "value": "jumping", "then": 1}


def test_the_same_by_get_and_again_by_its_id(alice: Caller, worker: list[str]) -> None:
    status, answer = alice.get(SEARCH, {"query": "number 10 in red", "boxes": "false"})
    assert status == 200
    assert answer["hits"][0]["boxes"] == []
    path = answer["url"].removeprefix("http://testserver")
    assert alice.get(path, {"boxes": "false"})[1]["hits"] == answer["hits"]


def test_verdicts_that_take_longer(alice: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "send", lambda task, *_, queue, expires: task.name == "search.verify")
    status, answer = alice.post(SEARCH, {"query": "number 10 in red", "wait": 0.2})
    assert status == 200
    assert (answer["state"], answer["answer"], answer["embedded"]) == ("verifying", None, False)
    assert {hit["verdict"] for hit in answer["hits"]} == {"unchecked"}


def test_two_teams(match: Cast, alice: Caller, worker: list[str]) -> None:
    charlie = Caller(match.charlie)
    _, mine = alice.post(SEARCH, {"query": "number 10 in red"})
    _, theirs = charlie.post(SEARCH, {"query": "number 10 in red"})
    assert {hit["title"] for hit in mine["hits"]} == {"Cup final"}
    assert {hit["title"] for hit in theirs["hits"]} == {"Secret training"}
    assert charlie.get(f"/api/v1/queries/{mine['id']}")[0] == 404
    assert charlie.get(f"/api/v1/videos/{mine['hits'][0]['video_id']}")[0] == 404
    assert charlie.post(SEARCH, {"query": "red", "libraries": [str(match.library.pk)]})[0] == 404
    assert Caller(match.bob).get(f"/api/v1/queries/{mine['id']}")[0] == 404
    assert Caller(match.bob).get(f"/api/v1/videos/{mine['hits'][0]['video_id']}")[0] == 200


def test_who_left_gets_no_hits(match: Cast, alice: Caller, worker: list[str]) -> None:
    _, answer = alice.post(SEARCH, {"query": "number 10 in red"})
    Membership.objects.filter(user=match.alice).delete()
    assert alice.get(f"/api/v1/queries/{answer['id']}")[1]["hits"] == []


def test_libraries_and_videos(match: Cast, alice: Caller) -> None:
    _, answer = alice.get("/api/v1/libraries")
    assert [(one["name"], one["role"], one["videos"]) for one in answer["libraries"]] == [("First team", "reviewer", 1)]
    video = match.library.videos.get()
    _, shown = alice.get(f"/api/v1/videos/{video.pk}")
    assert (shown["title"], shown["status"], shown["duration"]) == ("Cup final", "ready", 120.0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'"red"',
        b"[" * 20_000,
        {},
        {"query": ""},
        {"query": "  \u0000 "},
        {"query": "\ud800"},
        {"query": "x" * 60_000},
        {"query": None},
        {"query": 10},
        {"query": "red", "wait": -1},
        {"query": "red", "wait": "soon"},
        b'{"query": "red", "wait": NaN}',
        {"query": "red", "libraries": ["no id"]},
        {"query": "red", "top": 5},
    ],
)
def test_what_cannot_be_asked(alice: Caller, worker: list[str], body: Any) -> None:
    status, answer = alice.post(SEARCH, body)
    assert status == 422
    assert answer["error"].endswith((".", "wing."))
    assert "\n" not in answer["error"]
    assert Query.objects.count() == 0


@pytest.mark.parametrize(
    "text", ["⚽" * 100, "a\u0000b", "'; DROP TABLE x; --", "red\u202e", "%s {0} $1", "\ud83d\ude00"]
)
def test_odd_texts(alice: Caller, worker: list[str], text: str) -> None:
    assert alice.post(SEARCH, {"query": text})[0] == 200


def test_a_body_that_is_too_large(alice: Caller) -> None:
    assert alice.post(SEARCH, {"query": "x" * 100_000})[0] == 413
    assert alice.get(SEARCH, {"query": "x" * 100_000})[0] == 422


@pytest.mark.parametrize("secret", ["", "vs_wrong", "ü"])
def test_without_a_known_token(match: Cast, secret: str) -> None:
    caller = Caller(None, secret)
    for path in (SEARCH, "/api/v1/libraries"):
        status, answer = caller.get(path, {"query": "red"})
        assert status == 401
        assert answer["error"]


def test_a_session_is_not_a_token(match: Cast) -> None:
    client = Client()
    client.force_login(match.alice)
    assert client.get("/api/v1/libraries").status_code == 401


def test_tokens_of_those_who_left(match: Cast, alice: Caller) -> None:
    match.alice.is_active = False
    match.alice.save()
    assert alice.get("/api/v1/libraries")[0] == 401


def test_too_many_requests(match: Cast, alice: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "LIMIT", 3)
    statuses = [alice.get("/api/v1/libraries")[0] for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    # A second token of the same user does not help; another user is not held up.
    assert Caller(match.alice).get("/api/v1/libraries")[0] == 429
    assert Caller(match.bob).get("/api/v1/libraries")[0] == 200
    with connection.cursor() as cursor:
        cursor.execute("UPDATE api_tokenuse SET minute = minute - interval '1 minute'")
    assert alice.get("/api/v1/libraries")[0] == 200


def test_wrong_method_and_wrong_address(alice: Caller) -> None:
    response = alice.client.delete("/api/v1/libraries")
    assert (response.status_code, response["Allow"]) == (405, "GET")
    for path in ("/api/v1/nothing", "/api/v1/queries/no-id"):
        response = alice.client.get(path)
        assert (response.status_code, response["Content-Type"]) == (404, "application/json")


def test_statements(alice: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "send", lambda task, *_, queue, expires: False)
    alice.post(SEARCH, {"query": "number 10 in red"})
    with CaptureQueriesContext(connection) as statements:
        alice.post(SEARCH, {"query": "number 10 in red"})
    assert len(statements) <= 26, [one["sql"][:90] for one in statements]


class TestDescription:
    def test_every_route_is_described(self) -> None:
        routes = {
            "/api/" + route.pattern._route  # type: ignore[union-attr]
            for route in get_resolver("videosearch.api.urls").url_patterns
        }
        routes = {route for route in routes if "/v1/" in route} - {"/api/v1/openapi.json", "/api/v1/<path:rest>"}
        plain = {re.sub(r"<\w+:(\w+)>", r"{\1}", route) for route in routes}
        assert plain == set(openapi.document("")["paths"])

    def test_it_is_a_sound_document(self, client: Client) -> None:
        document = client.get(reverse("api:openapi")).json()
        assert document["openapi"] == "3.1.0"
        schemas = document["components"]["schemas"]
        for schema in schemas.values():
            Draft202012Validator.check_schema(schema)
        references = set(_references(document))
        assert references
        assert {name.removeprefix("#/components/schemas/") for name in references} <= set(schemas)
        identifiers = [one["operationId"] for paths in document["paths"].values() for one in paths.values()]
        assert len(identifiers) == len(set(identifiers))

    def test_requests_of_the_tests_are_as_described(self) -> None:
        document = openapi.document("")
        schema = {"$ref": "#/components/schemas/SearchRequest", "components": document["components"]}
        validator = Draft202012Validator(schema)
        assert validator.is_valid({"query": "red"})
        assert not validator.is_valid({"query": "red", "top": 5})
        assert not validator.is_valid({"libraries": []})

    def test_page_for_people(self, client: Client, db: None) -> None:
        page = client.get(reverse("api:docs")).content.decode()
        for route in openapi.ROUTES:
            assert route.path in page
            assert route.summary in page


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [one for value in node.values() for one in _references(value)]
    if isinstance(node, list):
        return [one for value in node for one in _references(value)]
    return []
