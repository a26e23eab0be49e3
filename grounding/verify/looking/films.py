"""Where the pictures of a video come from, one for each second asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from grounding.types import Image, Span

SIDE: Final = 768
"""Longer side of the pictures shown. A player of 60 pixels in 1920 is 24 here; numbers on shirts are just readable."""


@dataclass(frozen=True, slots=True)
class Film:
    """A file, and the size of the picture that boxes are told in; the file may be a smaller copy."""

    path: Path
    width: int
    height: int


class Films(Protocol):
    """Gives pictures by the name that candidates carry."""

    def size(self, video: str) -> tuple[int, int]:
        """Width and height in which boxes are told. Raises BadInputError where there is no such video."""
        ...

    def pictures(self, video: str, seconds: Sequence[int]) -> Iterator[tuple[int, float, Image]]:
        """(second, its true time, picture), in order; seconds past the end are left out.

        Raises BadInputError: the film is gone or cannot be read.
        """
        ...


class FilmFiles:
    """Films that are files. `find`: the film of a video, or None."""

    def __init__(self, find: Callable[[str], Film | None], side: int = SIDE) -> None:
        self._find = find
        self._side = side

    def size(self, video: str) -> tuple[int, int]:
        film = self._film(video)
        return film.width, film.height

    def pictures(self, video: str, seconds: Sequence[int]) -> Iterator[tuple[int, float, Image]]:
        from grounding.video.read import read_frames

        wanted = set(seconds)
        span = Span(float(min(wanted)), float(max(wanted) + 1))
        for frame in read_frames(self._film(video).path, rate=1.0, span=span, max_side=self._side):
            if frame.frame_idx in wanted:
                yield frame.frame_idx, frame.pts, frame.image

    def _film(self, video: str) -> Film:
        from grounding.errors import BadVideoError

        film = self._find(video)
        if film is None or not film.path.is_file():
            raise BadVideoError("The film is not there any more.")
        return film
