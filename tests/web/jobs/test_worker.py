"""Jobs in one process: how they end, and who may write."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.db.models.functions import Now

from tests.web.jobs.conftest import Register
from videosearch import jobs
from videosearch.jobs import queue, registry, worker
from videosearch.jobs.models import Job
from videosearch.jobs.run import JobRun

pytestmark = pytest.mark.django_db


def _write_fenced(run: JobRun) -> None:
    with run.fenced():
        raise AssertionError("nobody may write here")


def _nothing(run: JobRun) -> None:
    pass


def _break(run: JobRun) -> None:
    raise RuntimeError("secret detail")


def _make_due(job: Job) -> None:
    Job.objects.filter(id=job.id).update(due_at=Now())


def _take(job: Job) -> None:
    """Lease it as a worker does that then says nothing more."""
    kind = registry.find(job.kind)
    assert kind is not None
    assert worker._claim(job.id, kind) is not None


def _run_elsewhere(job: Job) -> bool:
    """In a thread of its own, which has its own connection."""
    try:
        return worker.run(job.id)
    finally:
        connection.close()


def _expire(job: Job) -> None:
    Job.objects.filter(id=job.id).update(lease_until=Now() - timedelta(seconds=1))


def test_it_works(handler: Register) -> None:
    seen: list[tuple[str, int]] = []
    handler(lambda run: seen.append((run.subject, run.ordinal)))
    job = jobs.enqueue("paint", "wall", 3)
    assert jobs.run_due() == 1
    job.refresh_from_db()
    assert seen == [("wall", 3)]
    assert (job.state, job.progress, job.attempt, job.lease_until) == ("done", 1.0, 1, None)
    assert job.finished_at is not None
    assert job.started_at is not None
    assert job.finished_at >= job.started_at


def test_enqueueing_twice_joins(handler: Register) -> None:
    handler(_nothing)
    assert jobs.enqueue("paint", "wall").id == jobs.enqueue("paint", "wall").id
    assert jobs.run_due() == 1
    jobs.enqueue("paint", "wall")
    assert jobs.run_due() == 0


def test_an_ended_job_starts_over_on_demand(handler: Register) -> None:
    handler(_nothing)
    jobs.enqueue("paint", "wall")
    jobs.run_due()
    job = jobs.enqueue("paint", "wall", again=True)
    assert (job.state, job.attempt, job.progress) == ("waiting", 0, 0)
    assert jobs.run_due() == 1


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(LookupError, match="'unheard-of'"):
        jobs.enqueue("unheard-of", "wall")


def test_an_error_is_tried_again_later_and_its_detail_kept_from_the_user(handler: Register) -> None:
    handler(_break)
    job = jobs.enqueue("paint", "wall")
    assert jobs.run_due() == 1
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("waiting", 1)
    assert job.due_at > job.created_at + timedelta(seconds=4)
    assert "secret" not in job.error
    assert jobs.run_due() == 0


def test_it_fails_after_its_last_attempt_and_says_so_once(handler: Register) -> None:
    told: list[str] = []
    handler(_break, max_attempts=3, on_failed=lambda job: told.append(job.error))
    job = jobs.enqueue("paint", "wall")
    for _ in range(5):
        jobs.run_due()
        _make_due(job)
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("failed", 3)
    assert told == [job.error] == ["Something went wrong, 3 times in a row. The details are in the server's log."]


def test_a_permanent_error_fails_at_once_with_its_sentence(handler: Register) -> None:
    def refuse(run: JobRun) -> None:
        raise jobs.PermanentError("This wall is made of glass.")

    handler(refuse)
    job = jobs.enqueue("paint", "wall")
    jobs.run_due()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.error) == ("failed", 1, "This wall is made of glass.")


def test_a_callback_that_breaks_does_not_keep_the_job_alive(handler: Register) -> None:
    def shout(job: Job) -> None:
        raise RuntimeError("hoarse")

    handler(_break, max_attempts=1, on_failed=shout)
    job = jobs.enqueue("paint", "wall")
    jobs.run_due()
    job.refresh_from_db()
    assert job.state == "failed"


def test_progress_is_written_and_renews_the_lease(handler: Register) -> None:
    states: list[tuple[float, str]] = []

    def work(run: JobRun) -> None:
        run.progress(0.25, "first coat")
        states.append(Job.objects.values_list("progress", "message").get())
        run.progress(0.3)  # too soon to be written
        states.append(Job.objects.values_list("progress", "message").get())

    handler(work)
    jobs.enqueue("paint", "wall")
    jobs.run_due()
    assert states == [(0.25, "first coat"), (0.25, "first coat")]


def test_a_cancelled_job_stops_its_handler(handler: Register) -> None:
    reached: list[str] = []

    def work(run: JobRun) -> None:
        jobs.cancel("paint", "wall")
        run.progress(0.5)
        reached.append("past the end")

    handler(work)
    job = jobs.enqueue("paint", "wall")
    jobs.run_due()
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert not reached


def test_a_cancelled_job_is_not_started(handler: Register) -> None:
    handler(_nothing)
    job = jobs.enqueue("paint", "wall")
    assert jobs.cancel("paint", "wall") == 1
    assert not worker.run(job.id)


def test_a_leased_job_is_nobody_elses(handler: Register) -> None:
    inner: list[bool] = []
    handler(lambda run: inner.append(worker.run(run.id)))
    jobs.enqueue("paint", "wall")
    jobs.run_due()
    assert inner == [False]


def test_a_late_writer_is_fenced_off(handler: Register) -> None:
    """A worker that slept past its lease finds that another one has the job, and its writes are refused."""
    outcomes: list[str] = []

    def work(run: JobRun) -> None:
        if run.attempt == 2:
            outcomes.append("second attempt")
            return
        _expire(Job.objects.get(id=run.id))
        assert worker.run(run.id)  # the other worker takes it and finishes
        writes: list[Callable[[], None]] = [partial(run.progress, 0.9), run.check, partial(_write_fenced, run)]
        for write in writes:
            with pytest.raises(jobs.LostLease):
                write()
            outcomes.append("refused")
        run.progress(1)

    handler(work)
    job = jobs.enqueue("paint", "wall")
    jobs.run_due()
    job.refresh_from_db()
    assert outcomes == ["second attempt", "refused", "refused", "refused"]
    assert (job.state, job.attempt, job.token) == ("done", 2, 2)


def test_the_sweep_frees_a_dead_workers_job(handler: Register) -> None:
    handler(_nothing)
    job = jobs.enqueue("paint", "wall")
    _take(job)
    queue.sweep()
    job.refresh_from_db()
    assert job.state == "running"
    _expire(job)
    queue.sweep()
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("waiting", 1)
    assert jobs.run_due() == 1


def test_a_job_that_kills_its_workers_is_given_up(handler: Register) -> None:
    told: list[int] = []
    handler(_nothing, max_attempts=2, on_failed=lambda job: told.append(job.attempt))
    job = jobs.enqueue("paint", "wall")
    for _ in range(2):
        _take(job)
        _expire(job)
        queue.sweep()
    assert not worker.run(job.id)
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("failed", 2)
    assert "2 times" in job.error
    assert told == [2]


def test_a_stopped_machines_jobs_come_back_without_costing_an_attempt(handler: Register) -> None:
    handler(_nothing)
    job = jobs.enqueue("paint", "wall")
    _take(job)
    assert worker.release("another") == 0
    assert worker.release(worker.node()) == 1
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("waiting", 0)


def test_a_broker_that_is_down_does_not_fail_the_request(
    handler: Register, settings: object, django_capture_on_commit_callbacks: object
) -> None:
    handler(_nothing)
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    started = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        job = jobs.enqueue("paint", "wall")
    assert time.monotonic() - started < 1.5
    assert Job.objects.get(id=job.id).sent_at is None


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_while_the_handler_works(handler: Register) -> None:
    def work(run: JobRun) -> None:
        time.sleep(1.2)
        assert not worker.run(run.id)

    handler(work, lease_seconds=0.6)
    job = jobs.enqueue("paint", "wall")
    assert worker.run(job.id)
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("done", 1)


@pytest.mark.django_db(transaction=True)
def test_a_handler_that_hangs_loses_its_lease(handler: Register) -> None:
    def hang(run: JobRun) -> None:
        time.sleep(1.5)
        run.check()

    handler(hang, lease_seconds=0.3, time_limit=0.4)
    job = jobs.enqueue("paint", "wall")
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(_run_elsewhere, job)
        time.sleep(1.1)
        queue.sweep()
        job.refresh_from_db()
        assert job.state == "waiting"
        hanging.result()


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_the_job(handler: Register) -> None:
    ran: list[int] = []
    handler(lambda run: ran.append(run.token))
    job = jobs.enqueue("paint", "wall")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(_run_elsewhere, [job] * 8)) == 1
    assert ran == [1]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_moved_changes_nothing(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    """Leases live in the database's time and durations in monotonic time, whatever the worker's clock shows."""
    import time as clock

    from django.utils import timezone

    true_time, true_now = clock.time, timezone.now
    jobs.register("paint", lambda run: run.progress(0.5))
    held, due = jobs.enqueue("paint", "held"), jobs.enqueue("paint", "due")
    kind = registry.find("paint")
    assert kind is not None
    assert worker._claim(held.id, kind) is not None

    monkeypatch.setattr(clock, "time", lambda: true_time() + 3600 * hours)
    monkeypatch.setattr(timezone, "now", lambda: true_now() + timedelta(hours=hours))
    queue.sweep()
    held.refresh_from_db()
    assert (held.state, held.attempt) == ("running", 1), "nobody takes it away"
    assert not worker.run(held.id)
    assert worker.run(due.id)
    due.refresh_from_db()
    assert due.state == "done"
    assert due.started_at is not None
    assert due.finished_at is not None
    assert 0 <= (due.finished_at - due.started_at).total_seconds() < 60
    assert abs((due.finished_at - true_now()).total_seconds()) < 60


def test_every_line_a_job_writes_carries_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import logging

    import structlog

    def handler(run: JobRun) -> None:
        logging.getLogger("some.package").warning("the paint is dry")

    ours = [one for one in logging.getLogger().handlers if isinstance(one, logging.StreamHandler)]
    [shown] = [one for one in ours if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)]
    out = io.StringIO()
    monkeypatch.setattr(shown, "stream", out)
    jobs.register("paint", handler)
    job = jobs.enqueue("paint", "wall")
    worker.run(job.id)
    [line] = [line for line in out.getvalue().splitlines() if "the paint is dry" in line]
    assert f"job='{job.id}'" in line
    assert "attempt=1" in line
