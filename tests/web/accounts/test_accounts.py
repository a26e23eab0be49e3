from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from videosearch.accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice", "alice@example.org", PASSWORD)


def sign_in(client: Client, login: str, password: str, following: str = "") -> str:
    response = client.post("/accounts/login/", {"login": login, "password": password, "next": following})
    return response["Location"] if response.status_code == 302 else response.content.decode()


@pytest.mark.parametrize("login", ["alice", "alice@example.org"])
def test_signing_in_and_out(alice: User, login: str) -> None:
    client = Client()
    assert client.get("/")["Location"] == "/accounts/login/?next=/"
    assert sign_in(client, login, PASSWORD) == "/"
    assert client.get("/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302


def test_a_wrong_password_and_an_unknown_name_read_the_same(alice: User) -> None:
    def complaint(login: str) -> str:
        page = sign_in(Client(), login, "wrong")
        start = page.index('role="alert"')
        return page[start : page.index("</p>", start)]

    assert complaint("alice") == complaint("nobody")


@pytest.mark.parametrize("following", ["//evil.example", "https://evil.example/", "javascript:alert(1)"])
def test_signing_in_stays_on_the_site(alice: User, following: str) -> None:
    assert sign_in(Client(), "alice", PASSWORD, following) == "/"


def test_nobody_signs_up_alone() -> None:
    data = {"username": "mallory", "password1": PASSWORD, "email": "m@example.org"}
    page = Client().post("/accounts/signup/", data)
    assert page.status_code == 200
    assert not User.objects.exists()


def test_changing_the_password_ends_other_sessions(alice: User) -> None:
    here, there = Client(), Client()
    sign_in(here, "alice", PASSWORD)
    sign_in(there, "alice", PASSWORD)
    new = {"oldpassword": PASSWORD, "password1": "a new and long one", "password2": "a new and long one"}
    assert here.post("/accounts/password/change/", new).status_code == 302
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/change/", "/accounts/logout/", "/nothing/"])
def test_pages_have_no_inline_script(alice: User, path: str) -> None:
    client = Client()
    if path != "/accounts/login/":
        client.force_login(alice)
    page = client.get(path)
    assert page.status_code in {200, 404}
    assert page.content.count(b"<script") == page.content.count(b"<script src=")
    assert b" style=" not in page.content
    assert "script-src 'self';" in page["Content-Security-Policy"] + ";"


class TestTokens:
    def test_a_token_opens_its_owners_account(self, alice: User) -> None:
        token, secret = ApiToken.issue(alice, "analysis notebook")
        assert ApiToken.user_for(secret) == alice
        assert secret not in f"{token} {token.digest}"
        for wrong in ("", "vs_", secret[:-1], token.digest):
            assert ApiToken.user_for(wrong) is None

    def test_the_token_of_a_closed_account_opens_nothing(self, alice: User) -> None:
        _, secret = ApiToken.issue(alice, "notebook")
        User.objects.update(is_active=False)
        assert ApiToken.user_for(secret) is None

    def test_use_is_noted_once_a_minute(self, alice: User, django_assert_num_queries: object) -> None:
        token, secret = ApiToken.issue(alice, "notebook")
        ApiToken.user_for(secret)
        with django_assert_num_queries(1):  # type: ignore[operator]
            ApiToken.user_for(secret)
        ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
        ApiToken.user_for(secret)
        token.refresh_from_db()
        assert token.last_used_at is not None
        assert timezone.now() - token.last_used_at < timedelta(seconds=30)


def test_guessing_passwords_comes_to_an_end(alice: User) -> None:
    """Over all processes, as the count is in the database; a name nobody has is treated alike."""
    from django.core.cache import cache, caches
    from django.core.cache.backends.db import DatabaseCache

    assert isinstance(caches["default"], DatabaseCache)
    for login in ("alice", "nobody"):
        cache.clear()
        pages = [sign_in(Client(), login, f"wrong {number}") for number in range(7)]
        assert "Too many failed login attempts" in pages[-1]
        assert "Too many failed login attempts" not in pages[0]
    assert "Too many failed" in sign_in(Client(), "nobody", "x")
    cache.clear()
    for number in range(11):
        page = sign_in(Client(), f"user{number}", "wrong")
    assert "Too many failed" in page, "one address tries many names"


def test_the_session_changes_when_signing_in_and_dies_when_signing_out(alice: User) -> None:
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["seen"] = True
    session.save()
    client.cookies["sessionid"] = before = str(session.session_key)
    sign_in(client, "alice", PASSWORD)
    after = client.cookies["sessionid"].value
    assert after != before
    client.post("/accounts/logout/")
    old = Client()
    for key in (before, after):
        old.cookies["sessionid"] = key
        assert old.get("/").status_code == 302


def test_an_account_that_is_closed_is_out_at_once(alice: User) -> None:
    client = Client()
    sign_in(client, "alice", PASSWORD)
    User.objects.update(is_active=False)
    assert client.get("/").status_code == 302


def test_migrating_makes_the_table_in_which_failures_are_counted() -> None:
    from django.core.cache import cache
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE cache")
    call_command("migrate", verbosity=0)
    cache.set("here", 1)
    assert cache.get("here") == 1
