"""Making a film out of a plan, part by part, with ffmpeg.

Each part becomes a file of its own with pictures at the film's rate and sound of exactly their length; then the parts
are joined without encoding the pictures again. So a stopped worker loses one part, and nothing drifts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from videosearch.lib import ffmpeg
from videosearch.reels.boxes import Corners, Trail
from videosearch.reels.captions import FONT_FILE, Script
from videosearch.reels.plan import Clip, Plan, Title

_SAMPLES: Final = 48000
_BACKGROUND: Final = "0x0a0d11"
_FINE_BOXES: Final = 60.0
"""Boxes of clips up to this long are drawn fifty times a second, of longer ones twenty-five times."""

_PICTURE: Final[dict[str, Any]] = {
    "vcodec": "libx264", "preset": "veryfast", "crf": 20, "profile:v": "high", "level": "4.0", "bf": 0,
    "pix_fmt": "yuv420p", "force_key_frames": "expr:gte(t,n_forced)", "video_track_timescale": 90000,
}  # fmt: skip

OnProgress = Callable[[float], None]


class CutError(Exception):
    """The film is not what was ordered; `str(error)` is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Footage:
    """The playable copy of a video: its file, its size, that of the boxes (the video's own), and its facts."""

    path: Path
    size: tuple[int, int]
    boxes_size: tuple[int, int]
    seconds: float
    fps: float
    has_audio: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """Size and rate of a film."""

    width: int
    height: int
    rate: int

    def frames(self, seconds: float) -> int:
        return max(1, round(seconds * self.rate))


def shape_of(footage: Sequence[Footage]) -> Shape:
    """Upright where all of it is."""
    upright = bool(footage) and all(one.size[1] > one.size[0] for one in footage)
    rate = rate_of([one.fps for one in footage])
    return Shape(720, 1280, rate) if upright else Shape(1280, 720, rate)


def rate_of(rates: Sequence[float]) -> int:
    """25 pictures a second where most of the footage comes at that or its double, else 30."""
    european = Counter(min(abs(fps - rate) for rate in (25, 50)) < 0.6 for fps in rates)
    return 25 if european[True] >= european[False] else 30


def expected_frames(plan: Plan, shape: Shape) -> int:
    return sum(shape.frames(part.length) for part in plan.parts)


def cut(part: Title | Clip, footage: Footage | None, shape: Shape, target: Path, on_progress: OnProgress) -> None:
    """One part as a file, whole or not at all; one that is there from an earlier attempt is taken.

    Raises: ffmpeg.FfmpegError, CutError, and what `on_progress` (seconds made) raises.
    """
    if target.exists():
        return
    making = target.with_name(f"making-{target.name}")
    if isinstance(part, Title):
        node = _title(part, shape, making)
    else:
        assert footage is not None
        node = _clip(part, footage, shape, making)
    written = ffmpeg.run(node, timeout=120 + 60 * part.length, on_progress=on_progress)
    if written.frames != shape.frames(part.length):
        said = f"{written.frames} of {shape.frames(part.length)} pictures were made"
        raise CutError(f"A part of the film could not be made: {said}.")
    making.replace(target)


def _title(part: Title, shape: Shape, target: Path) -> Any:
    script = Script.empty(shape.width, shape.height)
    script.title(part.text, part.note, part.length + 1)
    picture = ffmpeg.colour(_BACKGROUND, (shape.width, shape.height), shape.rate, part.length + 1).video
    return _output(_burned(picture, script, target), ffmpeg.silence(part.length + 1).audio, part.length, shape, target)


def _clip(part: Clip, footage: Footage, shape: Shape, target: Path) -> Any:
    clip = ffmpeg.source(footage.path, ss=round(part.start, 6), t=round(part.end - part.start, 6))
    width, height, left, top = _placed(footage.size, shape)
    picture = (
        clip.video.filter("scale", width, height)
        .filter("setsar", 1)
        .filter("pad", shape.width, shape.height, left, top, color="black")
    )
    if part.boxes:
        script = Script.empty(shape.width, shape.height)
        seconds = part.end - part.start
        every = 0.02 if seconds <= _FINE_BOXES else 0.04
        script.follow(_seen(part, footage, (width, height, left, top)), part.name, seconds, every)
        picture = _burned(picture, script, target)
    if part.speed != 1:
        picture = picture.filter("setpts", f"PTS/{part.speed}")
    sound = _slowed(clip.audio, part.speed) if footage.has_audio else ffmpeg.silence(part.length + 1).audio
    return _output(picture, sound, part.length, shape, target)


def _placed(size: tuple[int, int], shape: Shape) -> tuple[int, int, int, int]:
    """Width, height, left and top of a picture in the film: as large as it fits, its shape kept."""
    scale = min(shape.width / size[0], shape.height / size[1])
    width, height = (max(2, round(side * scale / 2) * 2) for side in size)
    width, height = min(width, shape.width), min(height, shape.height)
    return width, height, (shape.width - width) // 2, (shape.height - height) // 2


def _seen(part: Clip, footage: Footage, place: tuple[int, int, int, int]) -> Callable[[float], Corners | None]:
    """The box at a second of the clip, in pixels of the film."""
    trail = Trail(part.boxes, part.step)
    width, height, left, top = place
    across, down = width / footage.boxes_size[0], height / footage.boxes_size[1]

    def box_at(second: float) -> Corners | None:
        box = trail.at(part.start + second)
        if box is None:
            return None
        x1, y1, x2, y2 = box
        return left + x1 * across, top + y1 * down, left + x2 * across, top + y2 * down

    return box_at


def _slowed(sound: Any, speed: float) -> Any:
    """At the clip's speed without changing pitch, from the clip's first moment on."""
    sound = sound.filter("aresample", _SAMPLES, **{"async": 1, "first_pts": 0})
    while speed < 1:  # the filter's range ends at a half
        sound = sound.filter("atempo", max(speed, 0.5))
        speed /= 0.5
    return sound


def _burned(picture: Any, script: Script, target: Path) -> Any:
    file = target.with_suffix(".ass")
    file.write_text(script.text(), encoding="utf-8")
    return picture.filter("ass", filename=str(file), fontsdir=str(target.parent))


def _output(picture: Any, sound: Any, seconds: float, shape: Shape, target: Path) -> Any:
    frames = shape.frames(seconds)
    samples = round(frames * _SAMPLES / shape.rate)
    pictures = (
        picture.filter("fps", fps=shape.rate, start_time=0)
        # The last picture stands in for what is missing: the video may have become shorter.
        .filter("tpad", stop_mode="clone", stop_duration=round(seconds + 1, 3))
        .filter("trim", end_frame=frames)
        .filter("format", "yuv420p")
    )
    heard = (
        sound.filter("aformat", sample_fmts="s16", sample_rates=_SAMPLES, channel_layouts="stereo")
        .filter("apad")
        .filter("atrim", end_sample=samples)
    )
    return ffmpeg.output([pictures, heard], target, acodec="pcm_s16le", f="mov", **_PICTURE)


def join(parts: Sequence[Path], target: Path, seconds: float, on_progress: OnProgress) -> None:
    """The parts as one MP4 that begins to play before it is loaded."""
    film = ffmpeg.joined(parts, target.parent / "parts.txt")
    node = ffmpeg.output(
        [film.video, film.audio],
        target,
        vcodec="copy",
        acodec="aac",
        audio_bitrate="160k",
        movflags="+faststart",
        f="mp4",
    )
    ffmpeg.run(node, timeout=300 + seconds, on_progress=on_progress)


def verify(film: Path, frames: int, shape: Shape, on_progress: OnProgress) -> None:
    """Play the film to its end before anybody is told that it is done. Raises CutError."""
    expected = frames / shape.rate
    try:
        found = ffmpeg.measure(film, timeout=300 + expected, on_progress=on_progress)
    except ffmpeg.FfmpegError as error:
        raise CutError("The film was made but does not play to its end; it was thrown away. Try again.") from error
    if found.frames != frames or abs(found.seconds - expected) > 1.5 / shape.rate:
        said = f"{found.frames} pictures in {found.seconds:.2f} s instead of {frames} in {expected:.2f} s"
        raise CutError(f"The film was made but is not complete ({said}); it was thrown away. Try again.")
    if not ffmpeg.is_faststart(film):
        raise CutError("The film was made but would not begin to play before it is loaded; it was thrown away.")


def poster(film: Path, seconds: float, target: Path) -> None:
    """A picture out of the first third, for those who are shown the film before it plays."""
    picture = ffmpeg.source(film, ss=round(0.3 * seconds, 3)).video
    ffmpeg.run(ffmpeg.output([picture], target, **{"frames:v": 1, "q:v": 4, "update": 1}), timeout=60)


def bring_font(folder: Path) -> None:
    """libass reads every file of the folder it is given: it gets one with the font alone beside the parts."""
    from django.conf import settings

    (folder / FONT_FILE).write_bytes((settings.BASE_DIR / "static" / "vendor" / FONT_FILE).read_bytes())
