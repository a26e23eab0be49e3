"""Frames of a video by presentation time."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import av.error

from grounding.errors import BadVideoError
from grounding.types import Frame, Span
from grounding.video.container import open_video
from grounding.video.orient import Display
from grounding.video.probe import first_frame, frame_rate, half_a_frame, pictures
from grounding.video.shots import CutDetector, luma_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_SEEK_WORTH = 2.0
"""Seeking to less than this many seconds from the start costs more than it saves."""

_SEEK_MARGINS = (0.0, 4.0, 20.0)
"""Some containers land after the time asked for; then farther back is tried, and at last the start."""

_MAX_BAD_PACKETS = 500


def _decode(container: InputContainer, stream: VideoStream) -> Iterator[tuple[float, VideoFrame]]:
    """(absolute seconds, frame) from where the container stands; ends where nothing more can be read.

    A damaged packet is passed over. A file cut in half simply ends.
    """
    base = float(stream.time_base or 1)
    step = 1 / frame_rate(stream)
    last: float | None = None
    for frame in pictures(container, stream, bad_packets=_MAX_BAD_PACKETS):
        ticks = frame.pts if frame.pts is not None else frame.dts
        time = ticks * base if ticks is not None else (0.0 if last is None else last + step)
        if last is not None and time <= last:
            continue
        last = time
        yield time, frame


def _decode_from(path: Path, origin: float, start: float) -> Iterator[tuple[float, VideoFrame]]:
    """(seconds from the first frame, frame), beginning at or before `start` where the file has anything there."""
    if start >= _SEEK_WORTH:
        seekable = True
        for margin in _SEEK_MARGINS:
            if start - margin <= 0:
                break
            with open_video(path) as (container, stream):
                offset = round((origin + start - margin) / float(stream.time_base or 1))
                try:
                    container.seek(offset, stream=stream, backward=True)
                except av.error.FFmpegError:
                    seekable = False
                    continue
                frames = _decode(container, stream)
                first = next(frames, None)
                if first is None:
                    continue
                if first[0] - origin > start + 1e-6:
                    seekable = False
                    continue
                yield first[0] - origin, first[1]
                for time, frame in frames:
                    yield time - origin, frame
                return
        if seekable:
            return  # every seek went well and found nothing there: the file ends before
    with open_video(path) as (container, stream):
        for time, frame in _decode(container, stream):
            yield time - origin, frame


def _start_of(path: Path) -> tuple[float, Display, float]:
    """(absolute time of the first frame, how pictures are shown, half a frame in seconds)."""
    with open_video(path) as (container, stream):
        frame = first_frame(container, stream, path.name)
        ticks = frame.pts if frame.pts is not None else frame.dts
        origin = (ticks or 0) * float(stream.time_base or 1)
        return origin, Display.of(frame, stream.sample_aspect_ratio), half_a_frame(stream)


def read_frames(
    path: str | Path, *, rate: float = 5.0, span: Span | None = None, max_side: int | None = None
) -> Generator[Frame, None, None]:
    """Frames on the grid of times `k / rate`, in one sequential decode.

    For each grid time the first frame at or after it (less half a frame) is given; where frames are farther apart
    than the grid (low or variable frame rate) a frame comes once, for the latest grid time it serves.

    Args:
        path: the file.
        rate: grid times a second.
        span: only grid times in it; the file is sought, not read from the start.
        max_side: scale pictures down to this longer side; None keeps the full size.

    Yields:
        Frame with `frame_idx` = k (step of the grid), `pts` = its true presentation time in seconds from the first
        frame, RGB as displayed, and whether a shot began since the frame before. A file that is cut off ends early
        without an error.

    Raises:
        BadVideoError: the file is not a video that can be read.
    """
    if not rate > 0:
        raise ValueError(f"rate must be positive, got {rate}")
    path = Path(path)
    start, stop = (span.start, span.end) if span else (0.0, math.inf)
    origin, display, half = _start_of(path)
    half = min(half, 0.5 / rate)
    # The tiny term keeps 0.6000000001 from being the step after 0.6.
    wanted = max(0, math.ceil(start * rate - 1e-6))
    end = stop * rate - 1e-6
    cuts, cut = CutDetector(), False
    for pts, frame in _decode_from(path, origin, max(0.0, wanted / rate - half)):
        cut |= cuts.update(luma_of(frame))
        step = math.floor((pts + half) * rate + 1e-6)
        if step < wanted:
            continue
        if step >= end:
            return
        yield Frame(frame_idx=step, pts=max(0.0, pts), image=display.to_image(frame, max_side), cut=cut)
        wanted, cut = step + 1, False


def read_frame(path: str | Path, t: float, *, max_side: int | None = None) -> Frame:
    """The frame shown at `t` seconds from the first frame: the last one with pts <= t.

    Raises:
        BadVideoError: the file cannot be read, or it has no picture at that time.
    """
    path = Path(path)
    origin, display, half = _start_of(path)
    shown: tuple[float, VideoFrame] | None = None
    for pts, frame in _decode_from(path, origin, max(0.0, t - 0.5)):
        if shown is not None and pts > t + 1e-6:
            break
        shown = (pts, frame)
    if shown is None:
        raise BadVideoError(f"{path.name} has no picture at {t:.1f} s.")
    pts, frame = shown
    return Frame(frame_idx=round(pts / (2 * half)), pts=max(0.0, pts), image=display.to_image(frame, max_side))
