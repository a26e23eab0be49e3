"""What a handler is given: its job, and the ways to say how far it is and to write under the lease."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from videosearch.jobs.errors import Cancelled, LostLease
from videosearch.jobs.models import Job
from videosearch.jobs.registry import Kind

_SHORTEST_BETWEEN_WRITES = 0.5


class JobRun:
    """One attempt at one job, holding its lease under one fencing token."""

    def __init__(self, job: Job, kind: Kind) -> None:
        self.id: UUID = job.id
        self.kind = job.kind
        self.subject = job.subject
        self.ordinal = job.ordinal
        self.attempt = job.attempt
        self.token = job.token
        self.is_last_attempt = job.attempt >= job.max_attempts
        self._lease = timedelta(seconds=kind.lease_seconds)
        self._written = 0.0
        self._lost = threading.Event()

    def mine(self) -> QuerySet[Job]:
        """The job's row as long as nobody took or cancelled it."""
        return Job.objects.filter(id=self.id, token=self.token, state=Job.State.RUNNING)

    def progress(self, fraction: float, message: str = "") -> None:
        """Say how far it is and renew the lease. Cheap to call often: it writes twice a second at most.

        Raises: LostLease, Cancelled.
        """
        now = time.monotonic()
        if not self._lost.is_set() and fraction < 1 and now - self._written < _SHORTEST_BETWEEN_WRITES:
            return
        self._written = now
        fraction = min(max(fraction, 0.0), 1.0)
        if not self.mine().update(progress=fraction, message=message[:200], lease_until=Now() + self._lease):
            self._raise_why()

    def check(self) -> None:
        """Raises: LostLease, Cancelled. For long steps that have no progress to tell."""
        if not self.mine().exists():
            self._raise_why()

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """A transaction that commits only if the lease is still ours: nobody can take the job while it is open.

        Raises: LostLease, Cancelled.
        """
        with transaction.atomic():
            if self.mine().select_for_update().first() is None:
                self._raise_why()
            yield

    def renew(self) -> bool:
        """Renew the lease; False when it is not ours any more. Called by the heartbeat."""
        if self.mine().update(lease_until=Now() + self._lease):
            return True
        self._lost.set()
        return False

    def _raise_why(self) -> None:
        self._lost.set()
        state = Job.objects.filter(id=self.id).values_list("state", flat=True).first()
        if state == Job.State.CANCELLED:
            raise Cancelled(f"{self.kind} {self.subject}/{self.ordinal} was cancelled")
        raise LostLease(f"{self.kind} {self.subject}/{self.ordinal} is somebody else's now")
