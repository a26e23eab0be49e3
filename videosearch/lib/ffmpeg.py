"""The one way to run ffmpeg: arguments built from typed values, inputs allow-listed, every resource limited.

    from videosearch.lib import ffmpeg

    clip = ffmpeg.source(path)
    node = ffmpeg.output([clip.video.filter("scale", -2, 720), clip.audio], target, vcodec="libx264")
    ffmpeg.run(node, timeout=600, on_progress=lambda seconds: ...)

`source` stops a playlist in a video's clothes from reading other files, and a picture of absurd size from eating the
memory. Paths are our own and absolute, so none can be taken for an option or an address.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

from videosearch.lib.limits import Limits

_NULL = Path("/dev/null")
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi"
MAX_PIXELS = 36_000_000
_TAIL = 2000
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Written:
    """What ffmpeg says it has written: pictures, and seconds to the end of the last of them or of the sound."""

    frames: int
    seconds: float


class FfmpegError(Exception):
    """ffmpeg did not succeed. `str(error)` is a sentence for people, `detail` the end of what it said, for the log."""

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.detail = detail


class FfmpegTimeout(FfmpegError):  # noqa: N818
    """It took longer than it was given."""


@cache
def binary() -> str:
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def source(path: Path, **options: object) -> Any:
    """An input node of ffmpeg-python. options: input options by their ffmpeg names, e.g. `ss=12.0, t=3.0`.

    Raises: ValueError for a path that is not absolute.
    """
    import ffmpeg

    guards = {"protocol_whitelist": "file", "format_whitelist": FORMATS, "max_pixels": MAX_PIXELS}
    return ffmpeg.input(_file(path), **{**options, **guards})


def colour(name: str, size: tuple[int, int], rate: int, seconds: float) -> Any:
    """An input node that shows one colour: its name, or 0x and six hexadecimal digits."""
    import ffmpeg

    if not name.removeprefix("0x").isalnum():
        raise ValueError(f"{name!r} is no colour")
    width, height = size
    return ffmpeg.input(f"color=c={name}:s={width:d}x{height:d}:r={rate:d}:d={seconds:.6f}", f="lavfi")


def silence(seconds: float) -> Any:
    """An input node of stereo silence at 48 kHz."""
    import ffmpeg

    return ffmpeg.input(f"anullsrc=r=48000:cl=stereo:d={seconds:.6f}", f="lavfi")


def joined(parts: Sequence[Path], listing: Path) -> Any:
    """An input node of files of the same kind, one after the other; `listing` is written for it.

    The files lie in one folder with the listing and have plain names, so that ffmpeg reads nothing but them.

    Raises: ValueError.
    """
    import ffmpeg

    if any(part.parent != listing.parent or not _PLAIN.fullmatch(part.name) for part in parts):
        raise ValueError("parts lie beside their listing, with plain names")
    listing.write_text("".join(f"file {part.name}\n" for part in parts), encoding="ascii")
    guards = {"protocol_whitelist": "file", "format_whitelist": f"concat,{FORMATS}", "max_pixels": MAX_PIXELS}
    return ffmpeg.input(_file(listing), f="concat", safe=1, **guards)


def output(streams: Sequence[Any], target: Path, **options: object) -> Any:
    """An output node that writes `target`, without the input's own metadata, chapters, subtitles and data.

    Raises: ValueError for a path that is not absolute.
    """
    import ffmpeg

    clean = {"map_metadata": -1, "map_chapters": -1, "sn": None, "dn": None}
    return ffmpeg.output(*streams, _file(target), **{**clean, **options})


def run(
    node: Any, *, timeout: float, on_progress: Callable[[float], None] | None = None, limits: Limits | None = None
) -> Written:
    """Run an output node to its end.

    Args:
        timeout: seconds of wall clock, after which it is killed.
        on_progress: called about twice a second with the seconds of output written; what it raises stops the run.

    Raises: FfmpegTimeout, FfmpegError, and whatever `on_progress` raises. What was written so far is left there.
    """
    import ffmpeg

    command = [binary(), "-hide_banner", "-nostdin", "-nostats", "-v", "error", "-progress", "pipe:1", "-y"]
    arguments = [str(argument) for argument in ffmpeg.get_args(node)]
    with tempfile.TemporaryFile() as errors, _started([*command, *arguments], errors, limits or Limits()) as process:
        expired = threading.Event()

        def give_up() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(timeout, give_up)
        timer.start()
        try:
            written = _follow(process, on_progress)
            status = process.wait()
        finally:
            timer.cancel()
        if expired.is_set():
            raise FfmpegTimeout(f"The video took longer than {timeout:.0f} s to process and was given up.")
        if status != 0:
            raise FfmpegError("The video could not be processed: it is damaged or of an unknown kind.", _tail(errors))
        return written


def measure(path: Path, *, timeout: float, on_progress: Callable[[float], None] | None = None) -> Written:
    """Decode the pictures of a file to its end: what a player would really show, whatever the header says.

    Raises: FfmpegTimeout, FfmpegError at the first picture that cannot be decoded, and whatever `on_progress` raises.
    """
    pictures = source(path, err_detect="explode").video
    # Decoded with frame threads, a damaged picture is told late; `xerror` makes it the end in any case.
    node = output([pictures], _NULL, f="null", fps_mode="passthrough", xerror=None)
    return run(node, timeout=timeout, on_progress=on_progress)


def is_faststart(path: Path) -> bool:
    """Whether an MP4 has its index before its pictures, so that it plays while it is still being loaded."""
    with path.open("rb") as file:
        while header := file.read(8):
            size, kind = int.from_bytes(header[:4], "big"), header[4:]
            if kind in {b"moov", b"mdat"}:
                return kind == b"moov"
            if size == 1:
                size = int.from_bytes(file.read(8), "big") - 8
            if size < 8:
                return False
            file.seek(size - 8, 1)
    return False


def _file(path: Path) -> str:
    if not path.is_absolute():
        raise ValueError(f"ffmpeg is given absolute paths only, got {path}")
    return f"file:{path}"


@contextmanager
def _started(command: list[str], errors: IO[bytes], limits: Limits) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        limits.wrap(command),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _follow(process: subprocess.Popen[str], on_progress: Callable[[float], None] | None) -> Written:
    """Read `key=value` lines until the process closes its output."""
    assert process.stdout is not None
    frames, seconds = 0, 0.0
    for line in process.stdout:
        key, _, text = line.strip().partition("=")
        if not text.lstrip("-").isdigit():
            continue
        if key == "frame":
            frames = int(text)
        elif key == "out_time_us":
            seconds = max(0.0, int(text) / 1e6)
            if on_progress is not None:
                on_progress(seconds)
    return Written(frames, seconds)


def _tail(errors: IO[bytes]) -> str:
    end = errors.seek(0, 2)
    errors.seek(max(0, end - _TAIL))
    return errors.read().decode("utf-8", errors="replace").strip()
