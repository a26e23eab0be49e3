"""Every route says who may use it, and answers everybody accordingly. The routes are taken from the URL table.

A stranger learns nothing: another team's object is answered like one that never was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter
from django.urls.resolvers import ResolverMatch, RoutePattern
from pytest_django import Settings

from tests.web.library import clips
from tests.web.scopes.objects import MAKERS, QUERIES, Team, make_team
from videosearch.accounts.models import ApiToken, User
from videosearch.lib.scopes import By, Scope, Who, scope_of
from videosearch.library.models import Role

pytestmark = pytest.mark.django_db

RANKS = [role.value for role in Role]
REFUSALS = {401, 403, 404, 405}
TUS = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Offset": "0"}


@dataclass(frozen=True)
class Route:
    """`scope` is None where nothing is declared; `own` is False for the views of packages; `plain`: made by `path`."""

    name: str
    arguments: dict[str, Any]
    scope: Scope | None
    own: bool
    plain: bool

    def path(self, values: dict[str, object]) -> str:
        return reverse(self.name, kwargs=values) + QUERIES.get(self.name, "")

    def unknown(self) -> dict[str, object]:
        """Values that no object has."""
        made: dict[str, object] = {}
        for name, converter in self.arguments.items():
            kinds = {UUIDConverter: uuid4(), IntConverter: 2_000_000_000}
            made[name] = kinds.get(type(converter), "nowhere")
        return made


def walk(patterns: list[URLPattern | URLResolver], namespaces: tuple[str, ...] = ()) -> Iterator[Route]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from walk(pattern.url_patterns, inner)
            continue
        name = ":".join([*namespaces, pattern.name or f"<{pattern.pattern}>"])
        match = ResolverMatch(pattern.callback, (), {}, pattern.name or "", namespaces=list(namespaces))
        # Pages of our own in the admin are for staff as all of it: its namespace says so, not each view.
        own = pattern.callback.__module__.startswith("videosearch.") and namespaces[:1] != ("admin",)
        yield Route(
            name,
            dict(pattern.pattern.converters),
            scope_of(match),
            own,
            isinstance(pattern.pattern, RoutePattern) and pattern.name is not None,
        )


ROUTES = list(walk(get_resolver().url_patterns))
OWN = [route for route in ROUTES if route.own]
PLAIN = {"object_id": "1", "version_id": "1"}
FOREIGN = [route for route in ROUTES if not route.own and set(route.arguments) <= set(PLAIN) and route.plain]
"""Routes of packages whose address can be made without knowing the package."""
MIXED = [route for route in OWN if len(route.arguments) > 1]


def of(*who: Who) -> pytest.MarkDecorator:
    found = [route for route in OWN if route.scope and route.scope.who in who]
    return pytest.mark.parametrize("route", found, ids=[route.name for route in found])


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.plain(tmp_path_factory.mktemp("film") / "film.mp4", seconds=2, sound=False)


@dataclass
class World:
    team: Team
    rivals: Team
    staff: User

    def values(self, route: Route, maker: User, team: Team | None = None) -> dict[str, object]:
        return {name: MAKERS[name](team or self.team, maker) for name in route.arguments}


@pytest.fixture
def world(film: Path, tmp_path: Path, settings: Settings) -> World:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.CELERY_BROKER_URL = ""
    staff = User.objects.create_superuser("root", password="secret")
    return World(make_team("ours", film), make_team("rivals", film), staff)


@dataclass(frozen=True)
class Answer:
    status: int
    body: str


def ask(user: User | None, route: Route, path: str, method: str) -> Answer:
    """One request, whose changes to the database are undone. Tokens against forgery, which differ, are cut out."""
    client, headers = Client(), dict(TUS)
    if user is not None and route.scope is not None and route.scope.by is By.TOKEN:
        headers["Authorization"] = f"Bearer {ApiToken.issue(user, 'test')[1]}"
    elif user is not None:
        client.force_login(user)
    with transaction.atomic():
        content_type = "application/offset+octet-stream" if method == "PATCH" else "application/x-www-form-urlencoded"
        response = client.generic(method, path, b"x=1", content_type=content_type, headers=headers)
        body = response.getvalue().decode("utf-8", errors="replace")
        transaction.set_rollback(True)
    return Answer(response.status_code, re.sub(r"\b[A-Za-z0-9]{64}\b", "", body))


def methods(route: Route, path: str, user: User) -> list[str]:
    """What the route takes, as it says itself when it is asked in a way nobody takes."""
    client, headers = Client(), dict(TUS)
    if route.scope and route.scope.by is By.TOKEN:
        headers["Authorization"] = f"Bearer {ApiToken.issue(user, 'probe')[1]}"
    client.force_login(user)
    response = client.generic("PROBE", path, headers=headers)
    assert response.status_code == 405, "a view takes certain methods only (require_GET, require_POST, ...)"
    return [one for one in re.split(r",\s*", response["Allow"]) if one not in {"OPTIONS", "HEAD"}] or ["HEAD"]


def refused_unknown(status: int) -> bool:
    """How somebody without an account is answered: the way to sign in, or nothing."""
    return status in {302, 401, 404}


def test_every_route_declares_its_scope() -> None:
    assert [route.name for route in ROUTES if route.scope is None] == []
    assert len(OWN) > 30, "the walk finds the routes"


def test_every_argument_can_be_made() -> None:
    needed = {name for route in OWN for name in route.arguments}
    assert needed - set(MAKERS) == set(), "teach tests/web/scopes/objects.py to make one"


@of(*set(Who) - {Who.ANYONE, Who.HOLDER})
def test_nobody_without_an_account(world: World, route: Route) -> None:
    maker = world.team.members["admin"]
    path = route.path(world.values(route, maker))
    for method in methods(route, path, maker):
        assert refused_unknown(ask(None, route, path, method).status), method


@of(Who.ANYONE)
def test_anybody(world: World, route: Route) -> None:
    values = world.values(route, world.staff)
    for user in (None, world.team.members["viewer"], world.staff):
        assert ask(user, route, route.path(values), "GET").status not in REFUSALS


@of(Who.HOLDER)
def test_holders_of_a_link(world: World, route: Route) -> None:
    """The link is enough, with an account or without; a link that was never made is like any other address."""
    values = world.values(route, world.team.members["editor"])
    for method in methods(route, route.path(values), world.staff):
        for user in (None, world.rivals.members["viewer"]):
            answer = ask(user, route, route.path(values), method)
            assert answer.status not in REFUSALS, (method, answer)
            assert answer.status < 500
            assert ask(user, route, route.path(route.unknown()), method).status == 404


@of(Who.ACCOUNT)
def test_any_account(world: World, route: Route) -> None:
    user = world.rivals.members["viewer"]
    path = route.path(world.values(route, user))
    if route.name == "api:nothing":
        assert ask(user, route, path, "GET").status == 404
        return
    for method in methods(route, path, user):
        answer = ask(user, route, path, method)
        assert answer.status not in REFUSALS, (method, answer)
        assert answer.status < 500


@of(Who.MEMBER)
def test_members_by_their_role(world: World, route: Route) -> None:
    assert route.scope is not None
    path = route.path(world.values(route, world.team.members["admin"]))
    for method in methods(route, path, world.team.members["admin"]):
        for role, user in world.team.members.items():
            answer = ask(user, route, path, method)
            if RANKS.index(role) < RANKS.index(route.scope.least(method)):
                assert answer.status == 403, (method, role, answer)
            else:
                assert answer.status not in REFUSALS, (method, role, answer)
                assert answer.status < 500


@of(Who.MAKER)
def test_makers_alone(world: World, route: Route) -> None:
    """Not even the library's admin gets at what somebody else made; the maker only while they have the role."""
    assert route.scope is not None
    least = route.scope.role or "viewer"
    maker = world.team.members[least]
    path = route.path(world.values(route, maker))
    taken = methods(route, path, maker)
    for method in taken:
        mine = ask(maker, route, path, method)
        assert mine.status not in REFUSALS, (method, mine)
        assert mine.status < 500
        for role, user in world.team.members.items():
            assert user == maker or ask(user, route, path, method).status == 404, (method, role)
    if route.scope.role:
        maker.membership_set.all().delete()
        assert {ask(maker, route, path, method).status for method in taken} == {404}


@of(Who.MEMBER, Who.MAKER)
def test_strangers_learn_nothing(world: World, route: Route) -> None:
    """A member of another team and the site's own staff get the same as for an object that is not there."""
    maker = world.team.members["admin"]
    path, unknown = route.path(world.values(route, maker)), route.path(route.unknown())
    for method in methods(route, path, maker):
        for user in (world.rivals.members["admin"], world.staff):
            answer = ask(user, route, path, method)
            assert answer.status == 404, (method, user, answer.status)
            assert answer.body == ask(user, route, unknown, method).body


@pytest.mark.parametrize("route", MIXED, ids=[route.name for route in MIXED])
def test_ones_own_library_opens_nothing_of_another(world: World, route: Route) -> None:
    """The first argument is the stranger's own, the others are another team's."""
    stranger = world.rivals.members["admin"]
    own = world.values(route, stranger, world.rivals)
    mixed = {**world.values(route, world.team.members["admin"])}
    first = next(iter(mixed))
    path = route.path({**mixed, first: own[first]})
    for method in methods(route, path, stranger):
        assert ask(stranger, route, path, method).status == 404


@pytest.mark.parametrize("route", FOREIGN, ids=[route.name for route in FOREIGN])
def test_routes_of_packages(db: None, route: Route) -> None:
    assert route.scope is not None
    path = reverse(route.name, kwargs={name: PLAIN[name] for name in route.arguments})
    anonymous, member = (ask(user, route, path, "GET").status for user in (None, User.objects.create_user("member")))
    assert max(anonymous, member) < 500
    if route.scope.who is Who.STAFF:
        assert refused_unknown(anonymous)
        assert member == 404
    elif route.scope.who is Who.ACCOUNT:
        assert refused_unknown(anonymous)


def test_a_view_that_says_nothing_is_not_served(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.web.scopes.silent_urls"
    client = Client(raise_request_exception=False)
    assert client.get("/silent/").status_code == 500
