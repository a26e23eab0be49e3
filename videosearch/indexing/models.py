"""What indexing leaves in the database: shots, tracks, and one row with a vector per track and second."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from pgvector.django import HalfVectorField, HnswIndex

from grounding.sheets import track_name
from grounding.types import Tube
from videosearch.indexing.tubes import pack, unpack
from videosearch.indexing.vectors import PICTURE, SENTENCE
from videosearch.library.models import Library, Video
from videosearch.library.shown import Named


class IndexVersion(models.Model):
    """The models and settings that made a set of vectors. A search never crosses two of them."""

    key = models.CharField(max_length=64, unique=True)
    profile = models.CharField(max_length=32)
    settings = models.JSONField(default=dict)
    dimension = models.PositiveSmallIntegerField(default=SENTENCE)
    active = models.BooleanField(default=False, help_text="Searches are made with this one.")
    created_at = models.DateTimeField(auto_now_add=True)
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="When another one took its place.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["active"], condition=models.Q(active=True), name="one_active_version")
        ]

    def __str__(self) -> str:
        return f"{self.profile} {self.key}"


class Shot(models.Model):
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="shots")
    version = models.ForeignKey(IndexVersion, on_delete=models.CASCADE)
    index = models.PositiveIntegerField()
    start = models.FloatField()
    end = models.FloatField()

    class Meta:
        ordering: ClassVar = ["index"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["video", "version", "index"], name="one_shot_per_index")
        ]

    def __str__(self) -> str:
        return f"shot {self.index} [{self.start:.2f}, {self.end:.2f})"


class MatchTime(models.Model):
    """Match time and score over a video: see `videosearch.indexing.matchtime`, the only place that reads them.

    read: `grounding.matchtime.clock_json` of what the score board said; by_hand: what a person set, apart from it, so
    that indexing again does not lose it.
    """

    video = models.OneToOneField(Video, on_delete=models.CASCADE, related_name="match_time", primary_key=True)
    read = models.JSONField(default=dict, blank=True)
    by_hand = models.JSONField(default=dict, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"match time of {self.video_id}"


class Track(Named, models.Model):
    """One identity in one video. `tube` holds its boxes at the stored rate; see `videosearch.indexing.tubes`."""

    id = models.BigAutoField(primary_key=True)
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="tracks")
    version = models.ForeignKey(IndexVersion, on_delete=models.CASCADE)
    track_id = models.PositiveIntegerField()
    label = models.CharField(max_length=64)
    score = models.FloatField()
    start = models.FloatField()
    end = models.FloatField()
    attributes = models.JSONField(default=dict)
    tube = models.BinaryField()
    appearance = HalfVectorField(null=True, blank=True, help_text="What it looks like, comparable within the version.")

    class Meta:
        ordering: ClassVar = ["track_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["video", "version", "track_id"], name="one_track_per_id")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What it was measured to be, in words; `shown` is what people call it."""
        return track_name(self.label, self.track_id, self.attributes)

    @property
    def measured(self) -> str:
        return self.name

    @property
    def traits(self) -> dict[str, str]:
        return self.attributes  # type: ignore[no-any-return]

    def set_tube(self, tube: Tube) -> None:
        self.tube = pack(tube)
        self.start, self.end = tube.span.start, tube.span.end

    def get_tube(self) -> Tube:
        return unpack(self.tube)


class Observation(models.Model):
    """One second of one track, as it is searched. `library` repeats the video's, for the one search statement."""

    id = models.BigAutoField(primary_key=True)
    library = models.ForeignKey(Library, on_delete=models.CASCADE, db_index=False)  # covered by library_version
    version = models.ForeignKey(IndexVersion, on_delete=models.CASCADE, db_index=False)
    video = models.ForeignKey(Video, on_delete=models.CASCADE)
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="observations", db_index=False)
    second = models.PositiveIntegerField()
    box = ArrayField(models.FloatField(), size=4)
    terms = models.JSONField(default=dict)
    description = models.CharField(max_length=500)
    embedding = HalfVectorField(dimensions=SENTENCE, null=True, help_text="Of the sentence; see indexing/vectors.py.")
    seen = HalfVectorField(dimensions=PICTURE, null=True, help_text="Of what an image-text model was shown instead.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["track", "second"], name="one_row_per_second")]
        indexes: ClassVar = [
            models.Index(fields=["library", "version"], name="observation_scope"),  # the exact scan in a library
            HnswIndex(
                name="observation_nearest",  # the approximate scan in a large library
                fields=["embedding"],
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
            ),
            HnswIndex(
                name="observation_nearest_seen",  # the same for image-text models
                fields=["seen"],
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
            ),
            GinIndex(name="observation_terms", fields=["terms"]),  # `terms ? 'number:10'`
        ]

    def __str__(self) -> str:
        return f"{self.track_id} at {self.second} s"
