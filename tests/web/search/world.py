"""A small world of generated rows: libraries, videos, tracks and their seconds, without any model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grounding.types import Tube
from videosearch.accounts.models import User
from videosearch.indexing.models import IndexVersion, Observation, Track
from videosearch.indexing.vectors import as_stored, column_of
from videosearch.library.models import Library, Membership, Rendition, Role, Video

DIMENSION = 384


def unit(seed: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    vector = np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))


@dataclass
class Cast:
    """Alice asks; Bob is on her team with another role; Charlie has a library of his own and must see nothing."""

    alice: User
    bob: User
    charlie: User
    library: Library
    other: Library
    version: IndexVersion


def make_cast(bob: Role = Role.VIEWER) -> Cast:
    alice, bob_, charlie = (User.objects.create_user(name, password="secret") for name in ("alice", "bob", "charlie"))
    library, other = Library.objects.create(name="First team"), Library.objects.create(name="Rivals")
    Membership.objects.create(library=library, user=alice, role=Role.REVIEWER)
    Membership.objects.create(library=library, user=bob_, role=bob)
    Membership.objects.create(library=other, user=charlie, role=Role.ADMIN)
    version = IndexVersion.objects.create(key="test", profile="embedded", active=True)
    return Cast(alice, bob_, charlie, library, other, version)


def make_video(library: Library, title: str = "Cup final", duration: float = 120.0, **fields: Any) -> Video:
    values: dict[str, Any] = {
        "status": Video.Status.READY,
        "width": 1280,
        "height": 720,
        "fps": 25.0,
        "original_name": f"{title}.mp4",
        "indexed_seconds": duration,
    }
    video = Video.objects.create(library=library, title=title, duration=duration, **(values | fields))
    Rendition.objects.create(
        video=video, kind=Rendition.Kind.PROXY, path=f"videos/{video.pk}/proxy.mp4", width=1280, height=720
    )
    return video


def vector_of(vector: Any) -> dict[str, Any]:
    """The vector in the column that holds it."""
    return {column_of(len(vector)): as_stored(vector)}


def make_track(
    video: Video,
    version: IndexVersion,
    terms: Mapping[str, float] | Sequence[Mapping[str, float]],
    *,
    start: int = 10,
    end: int = 20,
    attributes: Mapping[str, str] | None = None,
    label: str = "person",
    vectors: Sequence[Any] | None = None,
) -> Track:
    """A track over the whole seconds [start, end): terms of each second, or the same for all."""
    times = np.round(np.arange(start, end, 0.2), 3)
    left = 100 + 4 * (times - start)
    tube = Tube(times, np.stack([left, left * 0 + 200, left + 40, left * 0 + 300], 1).astype(np.float32))
    number = video.tracks.count() + 1
    track = Track(
        video=video, version=version, track_id=number, label=label, score=0.9, attributes=dict(attributes or {})
    )
    track.set_tube(tube)
    track.save()
    each = [terms] * (end - start) if isinstance(terms, Mapping) else terms
    Observation.objects.bulk_create(
        Observation(
            library_id=video.library_id,
            version=version,
            video=video,
            track=track,
            second=second,
            box=[100.0, 200.0, 140.0, 300.0],
            terms=dict(each[second - start]),
            description="a person",
            **vector_of(vectors[second - start] if vectors is not None else unit(number)),
        )
        for second in range(start, end)
    )
    return track
