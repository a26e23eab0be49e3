"""Opening an untrusted video file: by its own bytes, in one named container format, and nothing beside it.

Left to guess, libav reads a text playlist under any name and then opens the files it points at. So the container is
recognised here and its demuxer is named; playlists have no demuxer to be opened with.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.error
from av.stream import Disposition

from grounding.errors import BadVideoError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.video.stream import VideoStream

MAX_PIXELS = 36_000_000
"""Largest picture decoded. A file of 2 MB can declare pictures that take gigabytes."""

MAX_SIDE = 16_000
_MAX_STREAMS = 64
_SNIFF_BYTES = 1024
_MP4_ATOMS = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"moof")
_PLAYLIST_STARTS = (b"#extm3u", b"ffconcat", b"<?xml", b"<mpd", b"[playlist]", b"http://", b"https://", b"file ")
_OPTIONS = {"format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi", "protocol_whitelist": "file"}


def _container_format(head: bytes) -> str | None:
    """libav's short name of the container that starts with these bytes, or None where it is none of ours."""
    if head[4:8] in _MP4_ATOMS:
        return "mov"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    # Transport packets are 188 bytes, or 192 with a time stamp in front (M2TS cameras).
    for packet, offset in ((188, 0), (192, 4)):
        starts = range(offset, min(len(head), 4 * packet), packet)
        if len(starts) >= 3 and all(head[i] == 0x47 for i in starts):
            return "mpegts"
    return None


def _sniff(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFF_BYTES)
    except FileNotFoundError:
        raise BadVideoError(f"{path.name} does not exist.") from None
    except IsADirectoryError:
        raise BadVideoError(f"{path.name} is a folder, not a video.") from None
    except OSError as error:
        raise BadVideoError(f"{path.name} cannot be opened: {error.strerror}.") from None
    if not head:
        raise BadVideoError(f"{path.name} is empty (0 bytes).")
    name = _container_format(head)
    if name is None:
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if text.startswith(_PLAYLIST_STARTS):
            raise BadVideoError(f"{path.name} is a playlist that points at other files, not a video.")
        raise BadVideoError(f"{path.name} is not a video that can be read.")
    return name


def _choose_stream(container: InputContainer, name: str) -> VideoStream:
    """The picture to index: cover art is none; of several, the default one, then the largest."""
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        if container.streams.audio:
            raise BadVideoError(f"{name} has no picture, only sound.")
        raise BadVideoError(f"{name} has no picture in it.")
    return max(streams, key=lambda s: (bool(s.disposition & Disposition.default), s.width * s.height, -s.index))


def check_size(name: str, width: int, height: int) -> None:
    """Raises BadVideoError for a picture size that is not decoded."""
    if width <= 0 or height <= 0:  # what libav leaves where the limit stopped it while opening
        raise BadVideoError(
            f"{name} has pictures that are damaged or too large: "
            f"at most {MAX_PIXELS // 1_000_000} million pixels are handled."
        )
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise BadVideoError(
            f"{name} has pictures of {width} x {height} pixels; "
            f"at most {MAX_PIXELS // 1_000_000} million pixels can be handled."
        )


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Opens a file and its picture stream, ready to decode.

    Raises:
        BadVideoError: not one of MP4/MOV, Matroska/WebM, MPEG-TS, AVI; no picture; too large; damaged beyond opening.
    """
    path = Path(path).absolute()
    name = path.name
    container_format = _sniff(path)
    limit = {"max_pixels": str(MAX_PIXELS)}
    try:
        # The limit goes to the streams as well, because opening already decodes a picture to learn what it is.
        container = av.open(
            str(path),
            mode="r",
            format=container_format,
            options=dict(_OPTIONS),
            stream_options=[dict(limit) for _ in range(_MAX_STREAMS)],  # type: ignore[call-overload]
            metadata_errors="replace",
        )
    except (av.error.FFmpegError, ValueError, OverflowError):
        raise BadVideoError(f"{name} is not a video that can be read; it may be damaged or cut off.") from None
    try:
        stream = _choose_stream(container, name)
        check_size(name, stream.width, stream.height)
        # Pictures that no other is built on go without the smoothing of block edges: a tenth of decoding, and no more
        # than a third of a grey level of such a picture.
        stream.codec_context.options = {**limit, "skip_loop_filter": "noref"}
        stream.thread_type = "AUTO"
        yield container, stream
    finally:
        container.close()
