"""Moments people keep."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from grounding.types import Tube
from videosearch.indexing.models import Track
from videosearch.indexing.tubes import unpack
from videosearch.library.models import Library, Video


class Bookmark(models.Model):
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
    colour = models.CharField(max_length=20, blank=True)
    tube = models.BinaryField(help_text="The boxes of the span; see indexing.tubes.")
    start = models.FloatField()
    end = models.FloatField()
    note = models.CharField(max_length=500, blank=True)
    query_text = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"], name="bookmark_list")]  # the page

    def get_tube(self) -> Tube:
        return unpack(self.tube)

    def __str__(self) -> str:
        return f"{self.label} {self.start:.1f}-{self.end:.1f}"
