"""Facts of a video file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import av.error

from grounding.errors import BadVideoError
from grounding.types import VideoInfo
from grounding.video.container import check_size, open_video
from grounding.video.orient import Display

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_LONGEST = 12 * 3600.0
"""A declared duration beyond this is checked against the packets: a header can claim anything."""

_DEFAULT_FPS = 25.0
_DENSEST_FPS = 120.0
_MAX_BAD_PACKETS = 100


def frame_rate(stream: VideoStream) -> float:
    """Average frames a second as declared, or a plausible guess; never zero or absurd."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate is not None and rate and 0.01 <= float(rate) <= 1000:
            return float(rate)
    return _DEFAULT_FPS


def half_a_frame(stream: VideoStream) -> float:
    """Half the shortest usual distance of two frames, in seconds; with a variable rate the average says too much."""
    densest = float(stream.base_rate) if stream.base_rate else 0.0
    return 0.5 / max(frame_rate(stream), min(densest, _DENSEST_FPS))


def pictures(container: InputContainer, stream: VideoStream, *, bad_packets: int) -> Iterator[VideoFrame]:
    """Pictures as they decode, from where the container stands; ends where nothing more can be read.

    A damaged packet is passed over, but not more than `bad_packets` of them. A file cut in half simply ends.
    """
    bad = 0
    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                bad += 1
                if bad > bad_packets:
                    return
                continue
            yield from frames
    except av.error.FFmpegError:
        return


def first_frame(container: InputContainer, stream: VideoStream, name: str) -> VideoFrame:
    """Decodes up to the first picture.

    Raises:
        BadVideoError: no picture in the first packets.
    """
    for frame in pictures(container, stream, bad_packets=_MAX_BAD_PACKETS):
        return frame
    raise BadVideoError(f"{name} has no picture that can be decoded; it may be damaged or cut off.")


def _last_packet_end(path: Path) -> float:
    """Walks all packets without decoding; for files that do not declare a believable duration."""
    first, last = math.inf, -math.inf
    with open_video(path) as (container, stream):
        base = float(stream.time_base or 0)
        try:
            for packet in container.demux(stream):
                if packet.pts is not None:
                    first = min(first, packet.pts * base)
                    last = max(last, (packet.pts + (packet.duration or 0)) * base)
        except av.error.FFmpegError:
            pass
    return max(0.0, last - first) if last > first else 0.0


def _declared_duration(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration is not None and stream.time_base is not None and stream.duration > 0:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and container.duration > 0:
        return container.duration / 1_000_000
    return 0.0


def probe(path: str | Path) -> VideoInfo:
    """Reads the facts of a video and proves that it has at least one picture that decodes.

    Returns:
        width and height as displayed (rotation and pixel shape applied); duration in seconds as declared, or walked
        where none is declared; rotation in degrees clockwise that were applied.

    Raises:
        BadVideoError: see `open_video`; one sentence for people.
    """
    path = Path(path)
    with open_video(path) as (container, stream):
        fps = frame_rate(stream)
        duration = _declared_duration(container, stream)
        has_audio = bool(container.streams.audio)
        codec = stream.codec_context.name
        frame = first_frame(container, stream, path.name)
        display = Display.of(frame, stream.sample_aspect_ratio)
    width, height = display.size
    check_size(path.name, width, height)
    if not 0 < duration <= _LONGEST:
        duration = _last_packet_end(path) or 1 / fps
    return VideoInfo(
        name=path.name,
        width=width,
        height=height,
        duration=duration,
        fps=fps,
        rotation=display.orientation.rotation,
        has_audio=has_audio,
        codec=codec,
    )
