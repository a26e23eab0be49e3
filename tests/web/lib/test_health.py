"""What load balancers are told."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from videosearch.lib import health


def test_alive_needs_nothing(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_ready_without_a_broker(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": True, "broker": False, "disk": True}


def test_not_ready_without_a_database(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def cursor(self) -> None:
            raise OperationalError

    monkeypatch.setattr(health, "connection", Silent())
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
def test_not_ready_when_the_disk_is_full(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(health, "_LEAST_FREE_BYTES", 1 << 60)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["disk"] is False
