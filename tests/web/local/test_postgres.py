"""The private Postgres: of the right kind, closed to strangers, and back after anything."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from django.db import connection

from videosearch.accounts.models import User
from videosearch.local.children import wait_gone
from videosearch.local.ports import any_free
from videosearch.local.postgres import Postgres


@pytest.fixture
def cluster(home: Path) -> Iterator[Postgres]:
    server = Postgres(home, any_free(), {"shared_buffers": "16MB", "max_connections": "10"})
    yield server
    server.stop()


@pytest.mark.django_db
def test_the_tests_run_on_it() -> None:
    User.objects.create_user("alice")
    assert User.objects.get().username == "alice"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        assert cursor.fetchone() == (18,)


def test_its_life(cluster: Postgres) -> None:
    first = cluster.start(tied=True)
    cluster.create_database()
    cluster.create_database()
    with psycopg.connect(cluster.url()) as db:
        db.execute("CREATE EXTENSION vector")
        db.execute("CREATE TABLE kept AS SELECT '[1,2,3]'::vector AS v")

    first.send_signal(signal.SIGKILL)  # the power goes
    first.wait(10)
    second = cluster.start(tied=True)
    with psycopg.connect(cluster.url()) as db:
        assert db.execute("SELECT v <-> '[1,2,3]' FROM kept").fetchone() == (0.0,)

    third = cluster.start(tied=True)  # it takes over from one that was left behind
    assert second.wait(10) == 0
    cluster.stop()
    assert third.wait(10) == 0


def test_it_is_closed_to_strangers(cluster: Postgres) -> None:
    cluster.start(tied=True)
    stranger = cluster.url("postgres").replace(cluster.password, "guess")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(stranger)
    assert (cluster.home / "postgres.password").stat().st_mode & 0o077 == 0
    with psycopg.connect(cluster.url("postgres")) as db:
        assert db.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)


def test_a_pid_that_is_somebody_elses_does_not_stop_it(cluster: Postgres) -> None:
    cluster.start(tied=True)
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n")
    cluster.start(tied=True)
    assert psycopg.connect(cluster.url("postgres")).execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a folder that its servers cannot reach")
def test_a_project_under_a_closed_folder(tmp_path: Path) -> None:
    """As root, in a home of mode 0700: the cluster lives in a folder of the system's own."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "home", any_free(), {"shared_buffers": "16MB", "max_connections": "10"})
    assert not server.data.is_relative_to(tmp_path)
    try:
        server.start(tied=True)
        assert psycopg.connect(server.url("postgres")).execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()
        shutil.rmtree(server.data, ignore_errors=True)


def test_a_zombie_counts_as_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    process = psutil.Process(child.pid)
    while process.status() != psutil.STATUS_ZOMBIE:  # nobody reaps it before `wait`
        time.sleep(0.01)
    wait_gone(process, 0.5)
    child.wait()


def test_one_that_stays_is_told() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(psutil.TimeoutExpired):
        wait_gone(psutil.Process(child.pid), 0.1)
    child.kill()
    child.wait()
