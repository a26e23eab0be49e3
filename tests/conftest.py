"""The database of the tests: the real Postgres of the wheel, started when the first test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.db import connections
from hypothesis import settings

from tests import postgres
from tests.chromium import chromium
from videosearch.local.postgres import USER, Postgres

__all__ = ["chromium"]  # fixtures of every folder of tests

# How fast the machine is today decides no test, and neither does chance: a change fails on what it broke. To look for
# what nobody has thought of, set HYPOTHESIS_PROFILE=default.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "project"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """The running cluster. `.url(name)` is an address for other processes."""
    server = postgres.acquire()
    yield server
    postgres.release(server)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres_server: Postgres) -> None:
    """Point Django at the cluster, with a database of this process's own."""
    settings = connections["default"].settings_dict
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    settings.update(HOST="127.0.0.1", PORT=str(postgres_server.port), USER=USER, PASSWORD=postgres_server.password)
    settings.update(NAME="postgres")
    settings["TEST"]["NAME"] = name
