"""What was asked, what was proposed, what the verifier said of it, and what was shown.

    Query → Candidate → Verification → Hit

A candidate carries its own evidence and boxes: indexing may replace the tracks of a video (a provisional stitch, a new
version) while somebody is still looking at what was found in them.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from pgvector.django import HalfVectorField

from grounding.types import Tube
from videosearch.indexing.tubes import unpack
from videosearch.library.models import Library, Video


class QueryVector(models.Model):
    """The embedding of a text, made by the worker that keeps the model warm. The key is a digest: no text is kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    embedding = HalfVectorField(dimensions=384)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], name="vector_age")]  # the daily prune

    def __str__(self) -> str:
        return self.digest[:12]


class Query(models.Model):
    """One asking. Never edited but for its progress: searching → verifying → done, or cancelled by a newer one."""

    class State(models.TextChoices):
        SEARCHING = "searching"
        VERIFYING = "verifying"
        DONE = "done"
        CANCELLED = "cancelled"

    class Answer(models.TextChoices):
        NONE = "", "not answered yet"
        FOUND = "found"
        NOTHING_GOOD = "nothing_good"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="queries")
    libraries = models.ManyToManyField(Library, related_name="+")
    text = models.TextField()
    parsed = models.JSONField(default=dict)
    heat = models.JSONField(
        default=dict, help_text="Video id → [second, how well it fits, 0..100] of the best seconds."
    )
    embedded = models.BooleanField(default=False, help_text="False: searched by what was measured only.")
    state = models.CharField(max_length=10, choices=State, default=State.SEARCHING)
    answer = models.CharField(max_length=12, choices=Answer, default=Answer.NONE, blank=True)
    elapsed_ms = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "queries"
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"], name="query_recent")]  # "asked lately"

    def __str__(self) -> str:
        return self.text[:60]


class Candidate(models.Model):
    """A tube proposed by retrieval. `tube`: see `videosearch.indexing.tubes`; the boxes of the span and around it."""

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="candidates")
    rank = models.PositiveSmallIntegerField()
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="+")
    track_ids = models.JSONField(default=list)
    label = models.CharField(max_length=80, blank=True)
    colour = models.CharField(max_length=20, blank=True)
    start = models.FloatField()
    end = models.FloatField()
    score = models.FloatField()
    evidence = models.JSONField(default=list, help_text="[second, terms, similarity] of the span and around it.")
    tube = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["query", "rank"], name="one_candidate_a_rank")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.label} {self.start:.1f}-{self.end:.1f}"

    def get_tube(self) -> Tube:
        return unpack(self.tube)


class Verdict(models.TextChoices):
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"
    UNCHECKED = "unchecked"


class Verification(models.Model):
    """A verifier's judgement of one candidate. It ranks and labels; it never removes."""

    candidate = models.OneToOneField(Candidate, on_delete=models.CASCADE, related_name="verification")
    verdict = models.CharField(max_length=10, choices=Verdict)
    score = models.FloatField()
    start = models.FloatField()
    end = models.FloatField()
    reason = models.TextField()
    verifier = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.verdict} {self.score:.2f}"


class Hit(models.Model):
    """A candidate as it was shown in the end."""

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="hits")
    candidate = models.OneToOneField(Candidate, on_delete=models.CASCADE, related_name="hit")
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.TextField()
    start = models.FloatField()
    end = models.FloatField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["query", "rank"], name="one_hit_a_rank")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.verdict} {self.start:.1f}-{self.end:.1f}"
