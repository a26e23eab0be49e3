"""The page of tokens: the secret is shown once, everybody has their own."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.search.world import Cast
from videosearch.accounts.models import ApiToken
from videosearch.api import tokens

PAGE = reverse("api:tokens")


@pytest.fixture
def alice(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.alice)
    return client


def test_the_secret_is_shown_once_and_works(cast: Cast, alice: Client) -> None:
    page = alice.post(PAGE, {"name": "Notebook <1>"}).content.decode()
    found = re.search(r"vs_[\w-]{20,}", page)
    assert found is not None
    assert "Notebook &lt;1&gt;" in page
    assert found[0] not in alice.get(PAGE).content.decode()
    assert found[0] not in ApiToken.objects.get().digest
    answer = Client(headers={"Authorization": f"Bearer {found[0]}"}).get("/api/v1/libraries")
    assert answer.status_code == 200


def test_the_page_is_never_cached(alice: Client) -> None:
    assert "no-store" in alice.get(PAGE)["Cache-Control"]


@pytest.mark.parametrize("name", ["", "x" * 81, "\x00"])
def test_a_name_that_cannot_be(alice: Client, name: str) -> None:
    assert alice.post(PAGE, {"name": name}).status_code == 422
    assert not ApiToken.objects.exists()


def test_there_is_an_end_to_it(cast: Cast, alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_TOKENS", 1)
    assert alice.post(PAGE, {"name": "one"}).status_code == 200
    assert alice.post(PAGE, {"name": "two"}).status_code == 422


def test_revoke(cast: Cast, alice: Client) -> None:
    token, secret = ApiToken.issue(cast.alice, "mine")
    other, _ = ApiToken.issue(cast.bob, "his")
    assert alice.post(reverse("api:revoke", args=[other.pk])).status_code == 404
    assert alice.get(reverse("api:revoke", args=[token.pk])).status_code == 405
    assert alice.post(reverse("api:revoke", args=[token.pk])).status_code == 302
    assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/libraries").status_code == 401
    assert list(ApiToken.objects.all()) == [other]


def test_others_are_not_listed(cast: Cast, alice: Client) -> None:
    ApiToken.issue(cast.bob, "bob's own")
    assert b"bob&#x27;s own" not in alice.get(PAGE).content
    assert Client().get(PAGE).status_code == 302
