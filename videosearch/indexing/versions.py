"""Which set of vectors is searched, and how another one takes its place.

Rows of two versions may stand side by side. Searches and pages look at the active one. Another one is filled beside it,
video by video, and takes its place in one step once it holds every video that can be searched; the old rows go some
time later, when nobody can still be reading them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from grounding.types import VideoIndex
from videosearch.indexing.models import IndexVersion, Observation, Shot, Track
from videosearch.indexing.vectors import SENTENCE
from videosearch.lib import engine
from videosearch.library.models import Video

KEPT: Final = timedelta(minutes=10)
"""Rows of a version that was replaced are kept for so long: somebody may be between two statements."""


class Coverage(NamedTuple):
    """How many of the videos that can be searched are complete in a version."""

    done: int
    videos: int

    @property
    def complete(self) -> bool:
        return self.done >= self.videos


def dimension_of(index: VideoIndex) -> int:
    """The length of its vectors."""
    return int(index.tracks[0].embeddings.shape[1]) if index.tracks else SENTENCE


def version_for(index: VideoIndex) -> IndexVersion:
    """The row of the models and settings at work. The first there is becomes the active one."""
    facts = {"profile": engine.profile(), "settings": engine.settings_json(), "dimension": dimension_of(index)}
    version, _ = IndexVersion.objects.get_or_create(key=index.version, defaults=facts)
    active = IndexVersion.objects.filter(active=True).first()
    if active is None or (active != version and not Shot.objects.filter(version=active).exists()):
        activate(version)
        version.active = True
    return version


def activate(version: IndexVersion) -> None:
    """From the next search on, this one is searched."""
    with transaction.atomic():
        rows = IndexVersion.objects.select_for_update().order_by("pk")
        list(rows)  # one switch at a time
        rows.exclude(pk=version.pk).filter(active=True).update(active=False, replaced_at=timezone.now())
        rows.filter(pk=version.pk).update(active=True, replaced_at=None)


def coverage(version: IndexVersion) -> Coverage:
    """Videos without rows in any version (nothing could be seen in them) do not count."""
    searchable = Video.objects.exclude(status=Video.Status.FAILED).filter(
        Exists(Shot.objects.filter(video=OuterRef("pk")))
    )
    inside = Exists(Shot.objects.filter(video=OuterRef("pk"), version=version))
    done = searchable.filter(Q(indexed_at__isnull=False) & inside)
    return Coverage(done.count(), searchable.count())


def take_over() -> bool:
    """Search with what is installed, if it has every video by now. Whether it was switched."""
    version = IndexVersion.objects.filter(key=engine.version_key(), active=False, replaced_at=None).first()
    if version is None or not coverage(version).complete:
        return False
    activate(version)
    return True


def tracks_of(video: Video) -> QuerySet[Track]:
    """What pages show of a video: its tracks in the active version, else in the newest it has."""
    return Track.objects.filter(video=video, version_id=_shown(video).values("pk")[:1])


def waiting(video: Video) -> Coverage | None:
    """How far the version has come that this video waits for; None where it is searched already, or never will be."""
    newest = _shown(video).first()
    return coverage(newest) if newest is not None and not newest.active else None


def _shown(video: Video) -> QuerySet[IndexVersion]:
    own = Exists(Track.objects.filter(video=video, version=OuterRef("pk")))
    return IndexVersion.objects.filter(own).order_by("-active", "-pk")


def forget_replaced() -> int:
    """Delete the rows of versions replaced a while ago, video by video; how many rows of seconds went."""
    old = list(IndexVersion.objects.filter(active=False, replaced_at__lt=timezone.now() - KEPT))
    gone = 0
    for version in old:
        for video_id in Shot.objects.filter(version=version).values_list("video_id", flat=True).distinct():
            with transaction.atomic():
                for model in (Observation, Track, Shot):
                    rows = model.objects.filter(video_id=video_id, version=version)
                    count = rows._raw_delete(rows.db)
                    gone += count if model is Observation else 0
    return gone
