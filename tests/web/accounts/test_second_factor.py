"""The admin and the second factor: what an operator goes through, from the password to the first page."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from pytest_django import Settings

from videosearch.accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def root(settings: Settings) -> User:
    settings.STAFF_MFA = True
    return User.objects.create_superuser("root", password=PASSWORD)


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def sign_in(client: Client) -> str:
    return str(client.post("/accounts/login/", {"login": "root", "password": PASSWORD}).headers.get("Location", ""))


def test_the_admin_opens_after_it_is_set_up_and_given(root: User) -> None:
    here = Client()
    sign_in(here)
    assert here.get("/").status_code == 200, "the application itself needs none"
    assert here.get("/admin/")["Location"] == "/accounts/2fa/totp/activate/"

    again = here.get("/accounts/2fa/totp/activate/")["Location"]
    assert again.startswith("/accounts/reauthenticate/"), "the password is asked for once more"
    assert here.get(again).status_code == 200
    here.post(again, {"password": PASSWORD})
    page = here.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'value="([A-Z2-7]{16,})"', page)
    assert secret is not None
    assert "<script>" not in page
    assert here.post("/accounts/2fa/totp/activate/", {"code": "000000"}).status_code == 200, "a wrong code is refused"
    assert here.post("/accounts/2fa/totp/activate/", {"code": code(secret[1])}).status_code == 302
    assert here.get("/admin/").status_code == 200

    there = Client()
    assert sign_in(there) == "/accounts/2fa/authenticate/"
    assert there.get("/admin/").status_code == 302, "the password alone is not enough any more"
    assert there.get("/").status_code == 302
    assert there.get("/accounts/2fa/authenticate/").status_code == 200


def test_it_can_be_left_out_on_ones_own_machine(root: User, settings: Settings) -> None:
    settings.STAFF_MFA = False
    client = Client()
    client.force_login(root)
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("path", ["/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/recovery-codes/"])
def test_others_may_have_one_too(path: str) -> None:
    client = Client()
    User.objects.create_user("alice", password=PASSWORD)
    client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get(path).status_code in {200, 404}  # 404: no recovery codes yet


def test_the_admin_has_no_way_to_sign_in_of_its_own(root: User) -> None:
    response = Client().post("/admin/login/", {"username": "root", "password": PASSWORD})
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")
