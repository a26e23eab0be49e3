"""From an uploaded file to something that plays: probe → proxy → poster and storyboard, each a job.

Indexing starts beside the proxy (`signals.video_probed`) and reports back with `settle`.
"""

from __future__ import annotations

import hashlib
import math
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from grounding.errors import BadVideoError
from grounding.types import VideoInfo
from videosearch import jobs
from videosearch.jobs.models import Job
from videosearch.jobs.run import JobRun
from videosearch.lib import engine, ffmpeg
from videosearch.library import services, signals
from videosearch.library.models import Library, Rendition, Video

log = structlog.get_logger(__name__)

Kind = Rendition.Kind

LONGEST_SECONDS = 12 * 3600
LEAST_SIDE = 16
MOST_PICTURES_A_SECOND = 480
PROXY_SIDE = 1280
POSTER_SIDE = 640
TILE_WIDTH = 160
TILE_COLUMNS = 10
MAX_TILES = 100
SPARE_BYTES = 256 * 1024**2
_BLOCK = 4 * 1024 * 1024
_ENDS_EARLY = "The file ends early"
_NO_SPACE = "No space left on device"


def register() -> None:
    jobs.register("probe", probe, queue="media", on_failed=_fail_video)
    jobs.register("proxy", proxy, queue="media", time_limit=12 * 3600, on_failed=_fail_video)
    jobs.register("poster", poster, queue="media")
    jobs.register("storyboard", storyboard, queue="media", time_limit=2 * 3600)


def find_video(run: JobRun) -> Video | None:
    """The job's video; None where it was deleted meanwhile, which ends the job quietly."""
    return Video.objects.filter(id=run.subject).first()


def probe(run: JobRun) -> None:
    """Take the file's fingerprint and its facts."""
    video = find_video(run)
    if video is None:
        return
    Video.objects.filter(id=video.id).update(status=Video.Status.PROCESSING, error="")
    video.sha256 = _fingerprint(video.original, run)
    _mark_duplicates(video)
    try:
        info = engine.probe(video.original)
    except BadVideoError as error:
        raise jobs.PermanentError(_about_the_file(str(error))) from error
    _require_sane(info)
    for name in ("width", "height", "duration", "fps", "rotation", "has_audio", "codec"):
        setattr(video, name, getattr(info, name))
    with run.fenced():
        changed = ["width", "height", "duration", "fps", "rotation", "has_audio", "codec"]
        if Video.objects.filter(id=video.id).update(**{name: getattr(video, name) for name in changed}):
            jobs.enqueue("proxy", video.id, again=True)
            signals.video_probed.send(Video, video=video)


def _require_sane(info: VideoInfo) -> None:
    """Raises: PermanentError for facts that no footage has, and that would cost without end."""
    if info.duration > LONGEST_SECONDS:
        hours = LONGEST_SECONDS // 3600
        said = f"The file says it is {info.duration / 3600:.0f} hours long"
        raise jobs.PermanentError(f"{said}; at most {hours} can be handled.")
    if min(info.width, info.height) < LEAST_SIDE:
        raise jobs.PermanentError(f"The picture is {info.width} × {info.height} pixels; nobody can be seen in it.")
    if info.fps > MOST_PICTURES_A_SECOND:
        said = f"The file has {info.fps:.0f} pictures a second"
        raise jobs.PermanentError(f"{said}; at most {MOST_PICTURES_A_SECOND} can be handled.")


def _mark_duplicates(video: Video) -> None:
    """Link videos of one library with the same bytes to the first; of other libraries not even this much is told."""
    with transaction.atomic():
        Library.objects.select_for_update().get(pk=video.library_id)  # two at once: the second sees the first
        Video.objects.filter(pk=video.pk).update(sha256=video.sha256)
        same = Video.objects.filter(library=video.library_id, sha256=video.sha256).order_by("created_at", "id")
        first = same.first()
        if first is not None:
            same.filter(pk=first.pk).update(duplicate_of=None)
            same.exclude(pk=first.pk).update(duplicate_of=first)


def _fingerprint(path: Path, run: JobRun) -> str:
    digest = hashlib.sha256()
    size = max(path.stat().st_size, 1)
    done = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            run.progress(0.9 * done / size, "Reading the file")
    return digest.hexdigest()


def _about_the_file(sentence: str) -> str:
    """The library's sentences begin with the file's name on our disk, which means nothing to people."""
    name, _, rest = sentence.partition(" ")
    return f"The file {rest}" if name == "original" else sentence


def proxy(run: JobRun) -> None:
    """An MP4 every browser plays and seeks in, whose times are those of the original from its first picture."""
    video = find_video(run)
    if video is None:
        return
    _require_space(video.size_bytes)
    with _target(video, "proxy.mp4") as target:
        try:
            _encode(video, target, run, sound=video.has_audio)
        except ffmpeg.FfmpegError as error:
            if not video.has_audio or isinstance(error, ffmpeg.FfmpegTimeout):
                raise _permanent(error) from error
            log.warning("the sound cannot be kept", video=str(video.id), detail=error.detail)
            _encode_again(video, target, run)
        try:
            info = engine.probe(target)
        except BadVideoError as error:
            raise jobs.PermanentError("The file has no picture that can be decoded.") from error
    with run.fenced():
        if not Video.objects.filter(id=video.id).update(decoded_seconds=info.duration):
            return
        save_rendition(video, Kind.PROXY, "proxy.mp4", size=(info.width, info.height))
        jobs.enqueue("poster", video.id, again=True)
        jobs.enqueue("storyboard", video.id, again=True)
        settle(video.id)


def _require_space(size: int) -> None:
    """Raises: Later while the disk could not take a proxy as large as the original."""
    if shutil.disk_usage(settings.MEDIA_ROOT).free < size + SPARE_BYTES:
        raise jobs.no_space()


def _encode_again(video: Video, target: Path, run: JobRun) -> None:
    try:
        _encode(video, target, run, sound=False)
    except ffmpeg.FfmpegError as error:
        raise _permanent(error) from error


def _encode(video: Video, target: Path, run: JobRun, *, sound: bool) -> None:
    width, height = fitted(video.width, video.height, PROXY_SIDE)
    clip = ffmpeg.source(video.original)
    picture = (
        clip["V:0"]  # capital V: cover art is not the picture
        .filter("bwdif", mode="send_frame", deint="interlaced")
        .filter("scale", width, height)
        .filter("setsar", 1)
        .filter("setpts", "PTS-STARTPTS")
        .filter("format", "yuv420p")
    )
    streams, options = [picture], dict(_PICTURE)
    if sound:
        # The sound follows the clock of the container, so that it stays with the picture where it starts late.
        streams.append(clip["a:0"].filter("aresample", **{"async": 1, "first_pts": 0}))
        options |= {"acodec": "aac", "audio_bitrate": "128k", "ac": 2, "ar": 48000}
    seconds = max(video.duration, 0.1)
    node = ffmpeg.output(streams, target, **options)
    ffmpeg.run(
        node,
        timeout=900 + 20 * seconds,
        on_progress=lambda done: run.progress(min(0.99, done / seconds), "Preparing the video for playing"),
    )


_PICTURE: dict[str, Any] = {
    "vcodec": "libx264",
    "preset": "superfast",
    "crf": 23,
    "profile:v": "high",
    "bf": 0,  # no reordering: the first frame is at 0 without an edit list, and frame stepping is exact
    "force_key_frames": "expr:gte(t,n_forced)",  # a key frame a second: seeking is quick
    "fps_mode": "vfr",
    "enc_time_base": "1:90000",  # with the default, one over the frame rate, variable times would be rounded to it
    "video_track_timescale": 90000,
    "movflags": "+faststart",
    "f": "mp4",
}


def poster(run: JobRun) -> None:
    """One telling picture from the first part of the video."""
    video = find_video(run)
    made_from = video.proxy if video else None
    if video is None or made_from is None:
        return
    start = min(0.1 * video.playable_seconds, 60.0)
    width, height = fitted(made_from.width, made_from.height, POSTER_SIDE)
    with _target(video, "poster.jpg") as target:
        picture = ffmpeg.source(made_from.file, ss=round(start, 3)).video.filter("thumbnail", 25)
        _still(picture.filter("scale", width, height), target)
    with run.fenced():
        save_rendition(video, Kind.POSTER, "poster.jpg", size=(width, height))


def storyboard(run: JobRun) -> None:
    """A sheet of small pictures, at most a hundred, for the preview over the time line."""
    video = find_video(run)
    made_from = video.proxy if video else None
    if video is None or made_from is None:
        return
    seconds = max(video.playable_seconds, 0.1)
    interval = max(1.0, math.ceil(seconds / MAX_TILES * 2) / 2)
    count = max(1, math.ceil(seconds / interval - 1e-6))
    at_end = "pass" if count == 1 else "round"  # of less than half a second nothing would be left
    columns = min(TILE_COLUMNS, count)
    rows = math.ceil(count / columns)
    height = max(2, round(TILE_WIDTH * made_from.height / made_from.width / 2) * 2)
    with _target(video, "storyboard.jpg") as target:
        # Key frames only, one a second: a match is done in seconds instead of being decoded in full.
        pictures = (
            ffmpeg.source(made_from.file, skip_frame="nokey")
            .video.filter("fps", fps=f"1/{interval}", start_time=0, round="near", eof_action=at_end)
            .filter("scale", TILE_WIDTH, height)
            .filter("tile", f"{columns}x{rows}")
        )
        _still(pictures, target, timeout=600 + seconds)
    layout = {"interval": interval, "columns": columns, "count": count, "tile": [TILE_WIDTH, height]}
    with run.fenced():
        size = (TILE_WIDTH * columns, height * rows)
        save_rendition(video, Kind.STORYBOARD, "storyboard.jpg", size=size, layout=layout)


def _still(picture: Any, target: Path, *, timeout: float = 120) -> None:
    options = {"frames:v": 1, "f": "image2", "vcodec": "mjpeg", "q:v": 4, "update": 1}
    ffmpeg.run(ffmpeg.output([picture.filter("format", "yuvj420p")], target, **options), timeout=timeout)


def fitted(width: int, height: int, longest: int) -> tuple[int, int]:
    """The size with the longer side at most `longest`, both sides even and the shape kept to a pixel."""
    scale = min(1.0, longest / max(width, height, 1))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


@contextmanager
def _target(video: Video, name: str) -> Iterator[Path]:
    """A file beside the final one, which takes its place only when the work went well."""
    part = video.folder / f".{name}.{os.getpid()}.part"
    try:
        yield part
        part.replace(video.folder / name)
    finally:
        part.unlink(missing_ok=True)


def save_rendition(
    video: Video, kind: str, name: str, *, size: tuple[int, int], layout: dict[str, Any] | None = None
) -> Rendition:
    file = video.folder / name
    width, height = size
    facts = {"width": width, "height": height, "size_bytes": file.stat().st_size, "layout": layout or {}}
    path = file.relative_to(settings.MEDIA_ROOT).as_posix()
    made, _ = Rendition.objects.update_or_create(video=video, kind=kind, defaults={"path": path, **facts})
    return made


def settle(video_id: UUID | str) -> None:
    """Say how the video stands once it can be played and indexing has come to its end, whichever is later."""
    with transaction.atomic():
        video = Video.objects.select_for_update().filter(id=video_id).first()
        if video is None or video.status == Video.Status.FAILED or video.indexed_at is None or video.proxy is None:
            return
        if video.ends_early and _ENDS_EARLY not in video.error:
            read = f"{_ENDS_EARLY}: {video.playable_seconds:.0f} of {video.duration:.0f} seconds could be read."
            video.error = f"{read} {video.error}".strip()
        video.status = Video.Status.PARTIAL if video.error else Video.Status.READY
        video.save(update_fields=["status", "error"])


def _permanent(error: ffmpeg.FfmpegError) -> Exception:
    """Waiting helps against a full disk, not against a file that cannot be read."""
    log.warning("ffmpeg failed", detail=error.detail)
    return jobs.no_space() if _NO_SPACE in error.detail else jobs.PermanentError(str(error))


def _fail_video(job: Job) -> None:
    services.fail(job.subject, job.error)
