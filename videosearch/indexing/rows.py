"""Writing what indexing found: all rows of one video at once, in the place of those that were there."""

from __future__ import annotations

import math
from collections.abc import Iterator

from grounding.types import Track as FoundTrack
from grounding.types import VideoIndex
from videosearch.indexing.models import IndexVersion, Observation, Shot, Track
from videosearch.indexing.vectors import as_stored, column_of
from videosearch.library.models import Video

_BATCH = 500
_DESCRIPTION = 500


def replace(video: Video, version: IndexVersion, index: VideoIndex) -> None:
    """To be called in a transaction that holds the video's row. Rows of other versions stay."""
    clear(video, version)
    Shot.objects.bulk_create(
        Shot(video=video, version=version, index=shot.index, start=shot.span.start, end=shot.span.end)
        for shot in index.shots
    )
    stored = Track.objects.bulk_create([_track(video, version, found) for found in index.tracks], batch_size=_BATCH)
    Observation.objects.bulk_create(_observations(stored, index), batch_size=_BATCH)


def clear(video: Video, version: IndexVersion | None = None) -> None:
    """Of one version, or of all. Straight deletes: nothing listens to these rows, and there are a hundred thousand in a
    match."""
    for model in (Observation, Track, Shot):
        rows = model.objects.filter(video=video, **({"version": version} if version else {}))
        rows._raw_delete(rows.db)


def _track(video: Video, version: IndexVersion, found: FoundTrack) -> Track:
    track = Track(
        video=video,
        version=version,
        track_id=found.track_id,
        label=found.label,
        score=finite(found.score),
        attributes=dict(found.attributes),
        appearance=found.appearance,
    )
    track.set_tube(found.tube)
    return track


def _observations(stored: list[Track], index: VideoIndex) -> Iterator[Observation]:
    for track, found in zip(stored, index.tracks, strict=True):
        column = column_of(found.embeddings.shape[1])
        for seen, vector in zip(found.observations, found.embeddings, strict=True):
            yield Observation(
                library_id=track.video.library_id,
                version_id=track.version_id,
                video_id=track.video_id,
                track=track,
                second=seen.second,
                box=[float(side) for side in seen.box],
                terms={name: round(finite(value), 4) for name, value in seen.terms.items()},
                description=seen.description[:_DESCRIPTION],
                **{column: as_stored(vector)},
            )


def finite(value: float) -> float:
    """Postgres takes NaN, JSON does not, and neither means anything to people."""
    number = float(value)
    return number if math.isfinite(number) else 0.0
