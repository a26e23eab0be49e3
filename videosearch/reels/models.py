"""Moments people keep, the words their team has for them, and what is cut from them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from grounding.types import Tube
from videosearch.indexing.models import Track
from videosearch.indexing.tubes import unpack
from videosearch.library.models import Library, Video
from videosearch.library.shown import Named


class Colour(models.TextChoices):
    """Colours of tags and marks, far enough apart to be told from each other."""

    RED = "red", "Red"
    ORANGE = "orange", "Orange"
    YELLOW = "yellow", "Yellow"
    GREEN = "green", "Green"
    BLUE = "blue", "Blue"
    PURPLE = "purple", "Purple"


class Tag(models.Model):
    """A word of one team for what happens in a moment: "Shot" of the group "Attack"."""

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="tags")
    group = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=10, choices=Colour, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["library", "group", "name"], name="one_tag_per_name")]

    def __str__(self) -> str:
        return self.name


class Bookmark(Named, models.Model):
    """A moment somebody kept, with a snapshot of who was seen where: indexing anew must not lose or move it.

    Personal: only the one who made it sees it, and only while a member of the library.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookmarks")
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="+")
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="bookmarks")
    track = models.ForeignKey(Track, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    track_ids = models.JSONField(default=list)
    label = models.CharField(max_length=80, blank=True)
    colour = models.CharField(max_length=20, blank=True, help_text="Of the shirt.")
    tube = models.BinaryField(help_text="The boxes of the span; see indexing.tubes.")
    start = models.FloatField()
    end = models.FloatField()
    note = models.CharField(max_length=500, blank=True)
    player = models.CharField(max_length=80, blank=True)
    mark = models.CharField(max_length=10, choices=Colour, blank=True, help_text="The colour people gave it.")
    tags = models.ManyToManyField(Tag, blank=True, related_name="bookmarks")
    query_text = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"], name="bookmark_list")]  # the page

    def get_tube(self) -> Tube:
        return unpack(self.tube)

    def __str__(self) -> str:
        return f"{self.label} {self.start:.1f}-{self.end:.1f}"


class Film(models.Model):
    """An MP4 made of moments by a worker, from a plan frozen when it was ordered. The job says how far it is.

    It goes when one of its videos goes: what was deleted must not live on in it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="films")
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=120)
    plan = models.JSONField(help_text="See reels.plan.")
    digest = models.CharField(max_length=64)
    videos = models.ManyToManyField(Video, related_name="films")
    seconds = models.FloatField(help_text="How long it lasts, or will last.")
    path = models.CharField(max_length=255, blank=True, help_text="Relative to the media; empty until it is made.")
    width = models.PositiveSmallIntegerField(default=0)
    height = models.PositiveSmallIntegerField(default=0)
    frames = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"], name="film_list")]  # the page

    def __str__(self) -> str:
        return self.title

    @property
    def folder(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "rendered" / str(self.id)

    @property
    def file(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.path

    @property
    def poster(self) -> Path:
        return self.folder / "poster.jpg"

    @property
    def is_made(self) -> bool:
        return bool(self.path)

    @property
    def url(self) -> str:
        return reverse("reels:film_file", args=[self.id])


class Reel(models.Model):
    """An ordered cut list of one library's moments. Its maker changes it; with `for_team` all members may watch it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reels")
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="reels")
    title = models.CharField(max_length=120)
    for_team = models.BooleanField(default=False)
    film = models.ForeignKey(Film, null=True, blank=True, on_delete=models.SET_NULL, related_name="reels")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-changed_at", "id"]
        indexes: ClassVar = [models.Index(fields=["user", "-changed_at"], name="reel_list")]  # the page

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("reels:reel", args=[self.id])


class ReelItem(Named, models.Model):
    """A span of one video in a reel, with a snapshot of who was seen where; or a title card."""

    class Kind(models.TextChoices):
        CLIP = "clip"
        TITLE = "title"

    reel = models.ForeignKey(Reel, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.CLIP)
    video = models.ForeignKey(Video, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    video_title = models.CharField(max_length=200, blank=True, help_text="Told when the video is gone.")
    track_ids = models.JSONField(default=list)
    label = models.CharField(max_length=80, blank=True)
    colour = models.CharField(max_length=20, blank=True)
    tube = models.BinaryField(null=True)
    start = models.FloatField(default=0)
    end = models.FloatField(default=0)
    speed = models.FloatField(default=1)
    highlight = models.BooleanField(default=True, help_text="A box that follows the player is burned in.")
    name = models.CharField(max_length=80, blank=True, help_text="Written over the box.")
    note = models.CharField(max_length=500, blank=True)
    text = models.CharField(max_length=200, blank=True, help_text="Of a title card.")
    seconds = models.FloatField(default=3, help_text="Of a title card.")

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return self.text if self.kind == self.Kind.TITLE else f"{self.label} {self.start:.1f}-{self.end:.1f}"

    @property
    def called(self) -> str:
        """What is written over the box: what people wrote; as long as nobody did, who the sheet says it is."""
        return self.shown if self.name == self.label else self.name

    @property
    def is_gone(self) -> bool:
        return self.kind == self.Kind.CLIP and self.video_id is None

    @property
    def length(self) -> float:
        return self.seconds if self.kind == self.Kind.TITLE else (self.end - self.start) / self.speed

    def get_tube(self) -> Tube | None:
        return unpack(self.tube) if self.tube else None
