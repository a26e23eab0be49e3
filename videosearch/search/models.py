"""What was asked, what was proposed, what the verifier said of it, and what was shown.

    Query → Candidate → Verification → Hit → Feedback

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
from videosearch.indexing.models import IndexVersion
from videosearch.indexing.tubes import unpack
from videosearch.library.models import Library, Video
from videosearch.library.shown import Named


class QueryVector(models.Model):
    """The embedding of a text, made by the worker that keeps the model warm. The key is a digest: no text is kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    embedding = HalfVectorField(help_text="As long as the model of its index version makes them.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], name="vector_age")]  # the daily prune

    def __str__(self) -> str:
        return self.digest[:12]


class ModelAnswer(models.Model):
    """What a model said of pictures it was shown. The key is a digest of all that was asked: no text is kept."""

    key = models.CharField(max_length=64, primary_key=True)
    answer = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], name="model_answer_age")]  # the daily prune

    def __str__(self) -> str:
        return self.key[:12]


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
    version = models.ForeignKey(IndexVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(blank=True, help_text="Empty where only an example was given.")
    filters = models.JSONField(default=list, help_text="What the answers must be, as `key:value`.")
    like = models.JSONField(default=dict, help_text="The track that the answers shall look like.")
    lead = models.FloatField(default=0.0, help_text="Seconds played before a moment.")
    lag = models.FloatField(default=0.0, help_text="Seconds played after a moment.")
    parsed = models.JSONField(default=dict)
    heat = models.JSONField(
        default=dict, help_text="Video id → [second, how well it fits, 0..100] of the best seconds."
    )
    embedded = models.BooleanField(default=False, help_text="False: searched by what was measured only.")
    state = models.CharField(max_length=10, choices=State, default=State.SEARCHING)
    answer = models.CharField(max_length=12, choices=Answer, default=Answer.NONE, blank=True)
    probability = models.FloatField(default=0.0, help_text="That one of the hits is right, once they were checked.")
    unseen = models.TextField(blank=True, help_text="Why a model did not look at the pictures, or not at all of them.")
    elapsed_ms = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "queries"
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"], name="query_recent")]  # "asked lately"

    def __str__(self) -> str:
        return self.said[:60]

    @property
    def said(self) -> str:
        """All that was asked, in one line."""
        like = f"like {self.like['name']}" if self.like else ""
        return " ".join(part for part in (self.text, like, *self.filters) if part)


class Candidate(Named, models.Model):
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
    seen = models.FloatField(default=0.5, help_text="Mean score of the detections of its track.")
    likeness = models.FloatField(null=True, help_text="How much it looks like the example, 0..1, where there was one.")
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
    likely = models.FloatField(null=True, help_text="That it is right, where the verifier has learnt to tell.")
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


class SavedSearch(models.Model):
    """A question somebody asks again and again, with the seconds they want to see before and after its moments."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=80)
    text = models.CharField(max_length=500, blank=True)
    filters = models.JSONField(default=list)
    libraries = models.ManyToManyField(Library, blank=True, related_name="+", help_text="None: all of the user's.")
    lead = models.FloatField(default=0.0)
    lag = models.FloatField(default=0.0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "saved searches"
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "name"], name="one_saved_search_a_name")]

    def __str__(self) -> str:
        return self.name


class Judgement(models.TextChoices):
    RIGHT = "right", "Right"
    WRONG = "wrong", "Wrong"
    CORRECTED = "corrected", "Corrected"


class Feedback(models.Model):
    """What a reviewer said of a moment: what training a verifier needs, so it outlives the query and the tracks.

    Taken back means `withdrawn_at`; of one person and moment there is at most one that stands.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="feedback")
    candidate = models.ForeignKey(Candidate, null=True, on_delete=models.SET_NULL, related_name="feedback")
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="+")
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="feedback")
    version = models.ForeignKey(IndexVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    query_text = models.TextField(blank=True)
    parsed = models.JSONField(default=dict)
    judgement = models.CharField(max_length=10, choices=Judgement)
    verifier = models.CharField(max_length=60, blank=True, help_text="Name and version of what had judged before.")
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.UNCHECKED)
    score = models.FloatField()
    track_ids = models.JSONField(default=list)
    label = models.CharField(max_length=80, blank=True)
    start = models.FloatField(help_text="As it was shown.")
    end = models.FloatField(help_text="As it was shown.")
    tube = models.BinaryField(help_text="The boxes as they were shown; see indexing.tubes.")
    proposed = models.JSONField(
        default=dict,
        blank=True,
        help_text="The candidate before it was judged, and what was measured second by second.",
    )
    corrected_start = models.FloatField(null=True, blank=True)
    corrected_end = models.FloatField(null=True, blank=True)
    corrected_boxes = models.JSONField(
        default=list, blank=True, help_text="[t, x1, y1, x2, y2] in pixels of the video."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "feedback"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["candidate", "user"],
                condition=models.Q(withdrawn_at=None),
                name="one_standing_feedback",
            )
        ]

    def __str__(self) -> str:
        return f"{self.judgement}: {self.label} {self.start:.1f}-{self.end:.1f}"


class VerifierVersion(models.Model):
    """A policy trained on what reviewers said: trained → compared with what judges now → active → taken back.

    None active means the rule alone: what predicates measure, in the order of the calibration.
    """

    policy = models.JSONField(null=True, editable=False, help_text="See grounding.rl.policy; none until it is trained.")
    library = models.ForeignKey(
        Library, null=True, blank=True, on_delete=models.CASCADE, related_name="+",
        help_text="Whose reviewers it learns from; none: all of them.",
    )  # fmt: skip
    learnt_from = models.JSONField(default=dict, editable=False, help_text="How many judgements of which kind.")
    report = models.JSONField(
        default=dict, editable=False, help_text="See search.training: the candidate and its rival."
    )
    error = models.CharField(max_length=300, blank=True, editable=False)
    active = models.BooleanField(default=False, editable=False)
    replaced = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.SET_NULL, related_name="+",
        help_text="What was active before it; none: the rule.",
    )  # fmt: skip
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    trained_at = models.DateTimeField(null=True, editable=False)
    activated_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["active"], condition=models.Q(active=True), name="one_active_verifier")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """As it stands beside each of its judgements."""
        return f"policy {self.pk}"

    @property
    def learnt(self) -> str:
        """What it learnt from, in words."""
        words = ("right", "wrong", "corrected", "held out", "not usable")
        return ", ".join(f"{self.learnt_from[word]} {word}" for word in words if self.learnt_from.get(word))

    @property
    def loses(self) -> float:
        """By how much its hits that are not rejected show fewer of the true moments than those of its rival, 0..1."""
        return float(self.report.get("loses", 0.0))
