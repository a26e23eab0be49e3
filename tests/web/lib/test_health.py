"""What supervisors are told without any other part of the application."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.test import Client


def test_alive_needs_nothing() -> None:
    response = Client().get("/healthz")
    assert response.status_code == 200
    assert response.content == b"ok"


@pytest.mark.django_db
def test_not_ready_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", broken)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"]["says"] == "The database does not answer: gone"
