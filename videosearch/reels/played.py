"""What the player and the templates ask of a row that is a moment of a video: a bookmark, or a part of a reel."""

from __future__ import annotations

from typing import Protocol

from videosearch.library.models import Video
from videosearch.search import cards


class Row(Protocol):
    """The columns that bookmarks and parts of reels have in common."""

    start: float
    end: float
    colour: str
    track_ids: list[int]

    @property
    def shown(self) -> str: ...


class Played:
    """Derived from `row` and `video` alone; a video that is gone leaves nothing to play."""

    __slots__ = ()

    @property
    def _row(self) -> Row:
        raise NotImplementedError

    @property
    def _video(self) -> Video | None:
        raise NotImplementedError

    @property
    def start(self) -> float:
        return self._row.start

    @property
    def end(self) -> float:
        return self._row.end

    @property
    def label(self) -> str:
        return self._row.shown

    @property
    def colour(self) -> str:
        return self._row.colour

    @property
    def span(self) -> str:
        return cards.moment_span(self._video, self.start, self.end)

    @property
    def src(self) -> str:
        return self._video.proxy.url if self._video and self._video.proxy else ""

    @property
    def clip(self) -> str:
        return cards.clip_json(self, self._row.track_ids) if self._video else ""  # type: ignore[arg-type]

    @property
    def track_ids(self) -> str:
        return ",".join(map(str, self._row.track_ids))

    @property
    def video_url(self) -> str:
        return f"{self._video.get_absolute_url()}?t={self.start:.1f}" if self._video else ""
