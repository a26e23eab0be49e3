"""The two kits of a video, found by what its tracks were read as: teams where nobody has written a sheet."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform

from grounding.kits import Kits, Wear, find_kits
from grounding.vocabulary import PERSON_LABEL
from videosearch.indexing import versions
from videosearch.indexing.models import Track
from videosearch.library.models import Video


def kits_of(videos: Iterable[UUID]) -> dict[UUID, Kits]:
    """By video, for those in which two kits were found: one statement for all of them."""
    return _found(Track.objects.filter(video__in=set(videos), version__active=True))


def kits_in(video: Video) -> Kits | None:
    """As the video's own page shows it."""
    return _found(versions.tracks_of(video)).get(video.pk)


def _found(tracks: QuerySet[Track]) -> dict[UUID, Kits]:
    """Over a row for each video and pair of colours."""
    rows = (
        tracks.filter(label=PERSON_LABEL)
        .annotate(shirt=KeyTextTransform("shirt_colour", "attributes"))
        .annotate(shorts=KeyTextTransform("shorts_colour", "attributes"))
        .order_by()
        .values("video_id", "shirt", "shorts")
        .annotate(seconds=Sum(F("end") - F("start")))
    )
    seen: dict[UUID, dict[Wear, float]] = {}
    for row in rows:
        seen.setdefault(row["video_id"], {})[row["shirt"] or "", row["shorts"] or ""] = row["seconds"]
    found = {video: find_kits(worn) for video, worn in seen.items()}
    return {video: kits for video, kits in found.items() if kits is not None}
