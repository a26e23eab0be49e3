"""The picture on a hit's card: the moment in its middle, cut close enough to see the player."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import structlog

from grounding.types import Tube
from videosearch.lib import ffmpeg
from videosearch.library.models import Video

log = structlog.get_logger(__name__)

WIDTH: Final = 480
TIMEOUT: Final = 20.0

_MAKING: Final = threading.BoundedSemaphore(2)
"""A list of hits asks for twenty pictures at once; the searches of others must not wait for them."""
ASPECT: Final = 16 / 9
SHARE: Final = 0.42
"""The cut is at least this share of the picture's height: a player alone, without the game around, says little."""
ROOM: Final = 2.4
"""The cut is at least this many times as high as the box."""


class Rectangle(NamedTuple):
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class View:
    """A part of the picture, in whole pixels of the video as displayed, and the box drawn in it (or none)."""

    x: int
    y: int
    width: int
    height: int
    box: tuple[float, float, float, float] | None

    @property
    def corner(self) -> float:
        """Radius of the box's corners, in proportion to the cut."""
        return round(self.height / 60, 1)

    @property
    def drawn(self) -> Rectangle | None:
        """The box inside the view."""
        if self.box is None:
            return None
        x1, y1, x2, y2 = self.box
        return Rectangle(round(x1 - self.x, 1), round(y1 - self.y, 1), round(x2 - x1, 1), round(y2 - y1, 1))


def moment(tube: Tube, start: float, end: float) -> tuple[float, tuple[float, float, float, float]]:
    """The stored time nearest to the middle of the span, and the box there."""
    index = int(np.abs(tube.times - (start + end) / 2).argmin())
    x1, y1, x2, y2 = (float(value) for value in tube.boxes[index])
    return float(tube.times[index]), (x1, y1, x2, y2)


def view(width: int, height: int, box: Sequence[float]) -> View:
    """Where to cut a picture of `width` x `height` around `box`. A box that fills most of it is not cut or drawn."""
    x1, y1, x2, y2 = (float(value) for value in box)
    if (x2 - x1) * (y2 - y1) > 0.8 * width * height:
        return View(0, 0, width, height, None)
    tall = min(height, max(SHARE * height, ROOM * (y2 - y1), ROOM * (x2 - x1) / ASPECT))
    wide = min(width, tall * ASPECT)
    left = min(max(0.0, (x1 + x2 - wide) / 2), width - wide)
    top = min(max(0.0, (y1 + y2 - tall) / 2), height - tall)
    return View(int(left), int(top), max(2, int(wide)), max(2, int(tall)), (x1, y1, x2, y2))


def still(video: Video, seconds: float, cut: View) -> Path | None:
    """The JPEG of a moment, made once and kept in the video's folder; None when there is nothing to make it from."""
    proxy = video.proxy
    if proxy is None or not video.width or not video.height:
        return None
    folder = video.folder / "stills"
    target = folder / f"{round(seconds * 1000)}-{cut.x}-{cut.y}-{cut.width}-{cut.height}.jpg"
    if target.is_file():
        return target
    if not proxy.file.is_file():
        return None
    folder.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".making-", suffix=".jpg")
    os.close(handle)
    making = Path(name)
    try:
        _make(proxy.file, making, seconds, _scaled(cut, proxy.width, proxy.height, video))
        making.replace(target)
    except ffmpeg.FfmpegError as error:
        log.warning("no picture of a moment", video=str(video.pk), seconds=seconds, detail=error.detail)
        return None
    finally:
        making.unlink(missing_ok=True)
    return target


def _make(film: Path, target: Path, seconds: float, crop: tuple[int, int, int, int]) -> None:
    x, y, width, height = crop
    picture = ffmpeg.source(film, ss=seconds).video.filter("crop", width, height, x, y).filter("scale", WIDTH, -2)
    node = ffmpeg.output([picture], target, **{"frames:v": 1, "q:v": 4, "threads": 1})
    with _MAKING:
        ffmpeg.run(node, timeout=TIMEOUT)


def _scaled(cut: View, width: int, height: int, video: Video) -> tuple[int, int, int, int]:
    """The cut in pixels of the proxy, which may be smaller than the video."""
    across, down = width / video.width, height / video.height
    return int(cut.x * across), int(cut.y * down), max(2, int(cut.width * across)), max(2, int(cut.height * down))
