from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class Job(models.Model):
    """One piece of work that users can see.

    waiting → running → done
       ↑         ├────→ failed (a PermanentError, or no attempts left)
       └─────────┘ (an error with attempts left, or a lease that ran out)
    waiting, running → cancelled
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=50)
    subject = models.CharField(max_length=100)
    ordinal = models.IntegerField(default=0)
    queue = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempt = models.IntegerField(default=0)
    max_attempts = models.IntegerField()
    due_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    token = models.IntegerField(default=0)
    progress = models.FloatField(default=0)
    message = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "subject", "ordinal"], name="one_job_each")]
        indexes: ClassVar = [
            models.Index(fields=["subject"], name="job_of_subject"),
            models.Index(fields=["queue", "due_at"], name="job_due", condition=models.Q(state="waiting")),
            models.Index(fields=["lease_until"], name="job_leased", condition=models.Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}/{self.ordinal}"

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}


class JobLine(models.Model):
    """A line of a job's log that an operator should see without the machine's own logs. The newest few are kept."""

    KEPT: ClassVar = 50

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField(db_default=Now())
    attempt = models.IntegerField()
    level = models.CharField(max_length=10)
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:80]
