"""What indexing leaves in the database: shots, tracks, and one row with a vector per track and second."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from pgvector.django import HalfVectorField, HnswIndex

from grounding.types import Tube
from videosearch.indexing.tubes import pack, unpack
from videosearch.library.models import Library, Video

DIMENSION = 384


class IndexVersion(models.Model):
    """The models and settings that made a set of vectors. A search never crosses two of them."""

    key = models.CharField(max_length=64, unique=True)
    profile = models.CharField(max_length=32)
    settings = models.JSONField(default=dict)
    dimension = models.PositiveSmallIntegerField(default=DIMENSION)
    active = models.BooleanField(default=False, help_text="New videos are indexed, and searches made, with this one.")
    created_at = models.DateTimeField(auto_now_add=True)

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


class Track(models.Model):
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

    class Meta:
        ordering: ClassVar = ["track_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["video", "version", "track_id"], name="one_track_per_id")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What people call it: "Number 10, red shirt", "Red shirt", "Ball", "Person 7"."""
        number = self.attributes.get("number", "")
        colour = self.attributes.get("shirt_colour", "")
        shirt = f"{colour} shirt" if colour else ""
        words = ", ".join(part for part in (f"number {number}" if number else "", shirt) if part)
        return (words or f"{self.label.removeprefix('sports ')} {self.track_id}").capitalize()

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
    embedding = HalfVectorField(dimensions=DIMENSION)

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
            GinIndex(name="observation_terms", fields=["terms"]),  # `terms ? 'number:10'`
        ]

    def __str__(self) -> str:
        return f"{self.track_id} at {self.second} s"
