"""Making bookmarks, of a moment of a search or of one chosen by hand, each with a snapshot of the boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grounding.types import Tube
from videosearch.indexing.models import Track
from videosearch.indexing.tubes import pack
from videosearch.library.models import Video
from videosearch.reels.models import Bookmark
from videosearch.search import cards
from videosearch.search.models import Candidate

if TYPE_CHECKING:
    from videosearch.accounts.models import User

AROUND: Final = 2.0
"""Seconds of boxes kept to either side of a moment, for those who let the clip run on or widen it in a reel."""

WHOLE_PICTURE: Final = "Moment"


def keep_candidate(user: User, row: Candidate, note: str) -> Bookmark:
    start, end = cards.shown_span(row)
    track = Track.objects.filter(video=row.video, version__active=True, track_id__in=row.track_ids).first()
    made: dict[str, object] = {
        "library_id": row.video.library_id,
        "track": track,
        "label": row.label,
        "colour": row.colour,
        "tube": bytes(row.tube),
        "query_text": row.query.text[:500],
    }
    return _keep(user, row.video, row.track_ids, (start, end), note, made)


def keep_moment(user: User, video: Video, track: Track | None, span: tuple[float, float], note: str) -> Bookmark:
    """The span of a video as kept by its reviewer; with a track, whom it follows there."""
    around = _around(track, span) if track else None
    if track is not None and around is not None:
        colour = track.attributes.get("shirt_colour", "")
        made = {"track": track, "label": track.name[:80], "colour": colour, "tube": pack(around)}
        ids = [track.track_id]
    else:
        made, ids = {"label": WHOLE_PICTURE, "tube": pack(_whole(video, span))}, []
    return _keep(user, video, ids, span, note, {"library_id": video.library_id, **made})


def _keep(
    user: User, video: Video, track_ids: list[int], span: tuple[float, float], note: str, made: dict[str, object]
) -> Bookmark:
    start, end = span
    bookmark, _ = Bookmark.objects.update_or_create(
        user=user,
        video=video,
        track_ids=track_ids,
        start=start,
        end=end,
        defaults={"note": note},
        create_defaults={"note": note, **made},
    )
    return bookmark


def _around(track: Track, span: tuple[float, float]) -> Tube | None:
    """The track's boxes in the span and a little around it; None where it was not seen."""
    tube = track.get_tube()
    near = (tube.times >= span[0] - AROUND) & (tube.times <= span[1] + AROUND)
    return Tube(tube.times[near], tube.boxes[near], step=tube.step) if near.any() else None


def _whole(video: Video, span: tuple[float, float]) -> Tube:
    """Two boxes of the size of the picture."""
    picture = (0.0, 0.0, float(video.width or 1), float(video.height or 1))
    return Tube(np.asarray(span, np.float64), np.asarray([picture, picture], np.float32), step=span[1] - span[0])
