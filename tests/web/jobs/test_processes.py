"""Jobs with real workers, the real broker and the real database, while things are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kombu.pools
import psutil
import pytest
from django.db import connection

from tests.web.jobs.painting import handlers
from videosearch import celery, jobs
from videosearch.jobs import queue, registry
from videosearch.jobs.models import Job
from videosearch.local.children import die_with_parent
from videosearch.local.ports import any_free
from videosearch.local.postgres import Postgres
from videosearch.local.valkey import Valkey

app: Any = celery.app  # its pools, which a test must empty, are not in the stubs

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

StartWorker = Callable[..., "subprocess.Popen[bytes]"]
"""With `clock`: on a machine whose clock is so many seconds wrong."""


@pytest.fixture(autouse=True)
def painting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    monkeypatch.setenv("PAINTING_DIARY", str(tmp_path))
    handlers.register()


@pytest.fixture
def valkey(tmp_path: Path, settings: Any) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "broker", any_free())
    server.start(tied=True)
    before = app.conf.broker_url
    settings.CELERY_BROKER_URL = app.conf.broker_url = server.url
    _forget_connections()
    yield server
    app.conf.broker_url = before
    _forget_connections()
    server.stop()


def _forget_connections() -> None:
    app.pool.force_close_all()
    app.__dict__.pop("_pool", None)
    app._pool = None
    app.amqp._producer_pool = None
    kombu.pools.reset()


@pytest.fixture
def start_worker(valkey: Valkey, postgres_server: Postgres, tmp_path: Path) -> Iterator[StartWorker]:
    workers: list[subprocess.Popen[bytes]] = []
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.web.jobs.worker_settings",
        "DATABASE_URL": postgres_server.url(connection.settings_dict["NAME"]),
        "BROKER_URL": valkey.url,
    }
    command = [
        sys.executable, "-m", "celery", "-A", "videosearch", "worker", "-Q", "painting", "-P", "prefork", "-c", "1",
        "--without-mingle", "--without-gossip", "--without-heartbeat", "-l", "WARNING",
    ]  # fmt: skip

    def start(clock: int = 0) -> subprocess.Popen[bytes]:
        log = (tmp_path / "worker.log").open("ab")
        name = ["-n", f"w{len(workers)}@test"]
        worker = subprocess.Popen(
            [*command, *name], env={**env, "WRONG_CLOCK_SECONDS": str(clock)}, stdout=log, stderr=log,
            start_new_session=True, preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509
        )  # fmt: skip
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        _kill_all(worker)


def _kill_all(worker: subprocess.Popen[bytes]) -> None:
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def _until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait, sweeping once a second as beat does every ten."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, [str((job, job.state, job.attempt)) for job in Job.objects.all()]
        queue.sweep()
        time.sleep(0.5)


def _state(job: Job) -> str:
    return Job.objects.values_list("state", flat=True).get(id=job.id)


def _diary(subject: str) -> list[str]:
    path = handlers.diary(subject)
    return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []


def _pid(subject: str) -> int:
    return int(handlers.diary(subject).read_text().splitlines()[-1].split()[2])


def test_a_job_is_done_once_by_two_workers(start_worker: StartWorker) -> None:
    start_worker()
    start_worker()
    many = [jobs.enqueue("quick", f"wall-{number}") for number in range(20)]
    for job in many:
        queue.wake(job.id, job.queue)  # every message comes twice
    _until(lambda: all(_state(job) == "done" for job in many))
    assert [_diary(job.subject) for job in many] == [["done"]] * 20


def test_a_killed_child_costs_one_attempt(start_worker: StartWorker) -> None:
    """Celery acknowledges the message of a child that was killed: only the lease knows that the work is not done."""
    start_worker()
    job = jobs.enqueue("long", "wall")
    _until(lambda: _diary("wall") == ["begun"])
    os.kill(_pid("wall"), signal.SIGKILL)
    _until(lambda: _state(job) == "done")
    assert _diary("wall") == ["begun", "begun", "done"]
    assert Job.objects.get().attempt == 2


def test_a_killed_worker_is_replaced_by_another(start_worker: StartWorker) -> None:
    first = start_worker()
    job = jobs.enqueue("long", "wall")
    _until(lambda: _diary("wall") == ["begun"])
    _kill_all(first)
    start_worker()
    _until(lambda: _state(job) == "done")
    assert _diary("wall") == ["begun", "begun", "done"]


def test_a_worker_that_slept_through_its_lease_writes_nothing(start_worker: StartWorker) -> None:
    """It is stopped, not killed: it wakes up when another one has long done the work."""
    first = start_worker()
    job = jobs.enqueue("long", "wall")
    _until(lambda: _diary("wall") == ["begun"])
    family = [psutil.Process(first.pid), *psutil.Process(first.pid).children(recursive=True)]
    for process in family:
        process.suspend()
    start_worker()
    _until(lambda: _state(job) == "done")
    for process in family:
        process.resume()
    time.sleep(2)
    assert _diary("wall") == ["begun", "begun", "done"]
    assert (_state(job), Job.objects.get().attempt) == ("done", 2)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_worker_whose_clock_is_wrong_takes_nothing_from_another(start_worker: StartWorker, hours: int) -> None:
    """Leases live in the database's time. Its messages come twice, so that it tries."""
    start_worker()
    job = jobs.enqueue("long", "wall")
    _until(lambda: _diary("wall") == ["begun"])
    start_worker(clock=3600 * hours)
    many = [jobs.enqueue("quick", f"door-{number}") for number in range(6)]
    for one in (job, *many):
        queue.wake(one.id, one.queue)
    _until(lambda: all(_state(one) == "done" for one in (job, *many)))
    assert _diary("wall") == ["begun", "done"]
    assert all(_diary(one.subject) == ["done"] for one in many)
    assert Job.objects.get(id=job.id).attempt == 1


def test_a_poisonous_job_is_given_up_and_others_go_on(start_worker: StartWorker) -> None:
    start_worker()
    poison, good = jobs.enqueue("poison", "wall"), jobs.enqueue("quick", "door")
    _until(lambda: _state(poison) == "failed", seconds=90)
    _until(lambda: _state(good) == "done")
    assert _diary("wall") == ["begun"] * 3
    assert "3 times" in Job.objects.get(id=poison.id).error


def test_work_asked_for_while_the_broker_is_down_is_done_when_it_is_back(
    start_worker: StartWorker, valkey: Valkey
) -> None:
    start_worker()
    _until(lambda: _state(jobs.enqueue("quick", "first")) == "done")
    valkey.stop()
    started = time.monotonic()
    job = jobs.enqueue("quick", "wall")
    assert time.monotonic() - started < 2
    assert queue.sweep() == 0
    time.sleep(1)
    valkey.start(tied=True)
    _until(lambda: _state(job) == "done", seconds=90)
    assert _diary("wall") == ["done"]


def test_a_broker_that_lost_everything_loses_no_work(start_worker: StartWorker, valkey: Valkey) -> None:
    many = [jobs.enqueue("quick", f"wall-{number}") for number in range(5)]
    assert all(Job.objects.get(id=job.id).sent_at for job in many)
    import redis

    redis.Redis.from_url(valkey.url).flushall()
    start_worker()
    _until(lambda: all(_state(job) == "done" for job in many))


def test_the_sweep_does_not_send_twice_what_waits_in_a_long_queue(valkey: Valkey) -> None:
    for number in range(10):
        jobs.enqueue("quick", f"wall-{number}")
    from datetime import timedelta

    from django.db.models.functions import Now

    Job.objects.update(sent_at=Now() - timedelta(hours=1))
    assert queue.sweep() == 0
