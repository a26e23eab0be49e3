"""From a playable video to searchable rows: segments, each a job, then stitching them into tracks.

A segment's result is a file in the video's folder, so a lost worker costs one segment. Stitching writes all rows of the
video in one transaction that replaces the earlier ones; running it twice leaves the same rows.
"""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from grounding.errors import BadVideoError
from grounding.types import Progress, Segment, SegmentResult, VideoIndex, VideoInfo
from videosearch import jobs
from videosearch.indexing import matchtime, rows, versions
from videosearch.jobs.models import Job
from videosearch.jobs.run import JobRun
from videosearch.lib import engine
from videosearch.library.ingest import find_video, settle
from videosearch.library.models import Video

log = structlog.get_logger(__name__)

SEGMENT = "index_segment"
STITCH = "stitch"
GROWTH = 1.5
_WATCH_ONLY = "This video can be watched but not searched"
_UNREADABLE = "This part could not be read"


def register() -> None:
    jobs.register(SEGMENT, index_segment, queue="gpu", time_limit=2 * 3600, on_failed=_segment_failed)
    jobs.register(STITCH, stitch, queue="gpu", time_limit=6 * 3600, on_failed=_stitch_failed)


def on_probed(sender: object, video: Video, **_: Any) -> None:  # noqa: ARG001  # signals name their sender
    start(video)


def start(video: Video) -> None:
    """Put in the segments of a video whose facts are known."""
    for segment in plan(video):
        jobs.enqueue(SEGMENT, video.id, segment.index, again=True)


def restart(video: Video) -> None:
    """Index again from the pixels. What is there stays searchable until the new rows take its place, or until another
    version has every video: see `versions`."""
    for kind in (SEGMENT, STITCH):
        jobs.cancel(kind, video.id)
    shutil.rmtree(folder(video), ignore_errors=True)
    with transaction.atomic():
        Video.objects.filter(id=video.id).update(status=Video.Status.PROCESSING, error="", indexed_at=None)
        start(video)


def plan(video: Video) -> list[Segment]:
    return engine.plan_segments(video.duration)


def folder(video: Video) -> Path:
    """Where the results of segments are kept; those of other models and settings have a folder of their own."""
    return video.folder / "index" / engine.version_key()


def result_file(video: Video, ordinal: int) -> Path:
    return folder(video) / f"segment-{ordinal:04}.npz"


def stitch_points(count: int) -> set[int]:
    """After how many segments to stitch: 1, 2, 3, 5, 8, 12 … and all.

    Stitching works on everything up to there, so doing it after each segment would cost the square of the length.
    """
    points, at = {count}, 1
    while at < count:
        points.add(at)
        at = max(at + 1, math.ceil(at * GROWTH))
    return points


def index_segment(run: JobRun) -> None:
    """Look at the pixels of one segment and keep what was seen."""
    video = find_video(run)
    if video is None:
        return
    target = result_file(video, run.ordinal)
    if not target.is_file():
        segment = next((one for one in plan(video) if one.index == run.ordinal), None)
        if segment is None:
            return
        _save(target, _look_at(video, segment, run))
    with run.fenced():
        _segment_is_over(video.id)


def _look_at(video: Video, segment: Segment, run: JobRun) -> SegmentResult:
    try:
        for item in engine.index_segment(video.original, segment):
            if isinstance(item, Progress):
                run.progress(min(0.99, item.done / item.total if item.total else 0.0), item.stage)
            else:
                return item
    except BadVideoError as error:
        raise jobs.PermanentError(_UNREADABLE) from error
    raise RuntimeError(f"segment {segment.index} ended without a result")


def _save(target: Path, result: SegmentResult) -> None:
    """Whole or not at all. Only the folders below the video's own are made: a deleted video stays deleted."""
    for parent in (target.parent.parent, target.parent):
        parent.mkdir(exist_ok=True)
    part = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        engine.save_segment(part, result)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _segment_is_over(video_id: UUID | str) -> None:
    """Ask for stitching where enough is there. The video's row is the lock: of two segments that end at once, the
    second sees the first."""
    video = Video.objects.select_for_update().filter(id=video_id).first()
    if video is None:
        return
    segments = plan(video)
    done = sum(result_file(video, segment.index).is_file() for segment in segments)
    failed = Job.objects.filter(kind=SEGMENT, subject=str(video.id), state=Job.State.FAILED).count()
    prefix = _prefix(video, segments)
    if done + failed >= len(segments):
        jobs.enqueue(STITCH, video.id, len(segments), again=True)
    elif prefix in stitch_points(len(segments)):
        jobs.enqueue(STITCH, video.id, prefix, again=True)


def _prefix(video: Video, segments: list[Segment]) -> int:
    """How many segments are done without a gap from the start."""
    for count, segment in enumerate(segments):
        if not result_file(video, segment.index).is_file():
            return count
    return len(segments)


def _segment_failed(job: Job) -> None:
    _segment_is_over(job.subject)


def stitch(run: JobRun) -> None:
    """Turn the first `ordinal` segments into tracks and rows. With all of them it is the last word."""
    video = find_video(run)
    if video is None:
        return
    segments = plan(video)
    final = run.ordinal >= len(segments)
    if not final and video.indexed_at is not None:
        return  # a late provisional one must not undo the last word
    chosen = segments[: run.ordinal]
    results = [engine.load_segment(file) for one in chosen if (file := result_file(video, one.index)).is_file()]
    if not results:
        _end_without_rows(video)
        return
    run.progress(0.05, "Joining what was found")
    index = engine.stitch(_info(video), results)
    run.progress(0.6, "Making it searchable")
    missing = [one for one in chosen if not result_file(video, one.index).is_file()]
    with run.fenced():
        _write(video, index, results, missing, final=final)
        run.progress(0.99)
    if final:
        settle(video.id)
        versions.take_over()


def _info(video: Video) -> VideoInfo:
    return VideoInfo(
        name=video.original_name or video.title,
        width=video.width,
        height=video.height,
        duration=video.duration,
        fps=video.fps,
        rotation=video.rotation,
        has_audio=video.has_audio,
        codec=video.codec,
    )


def _write(
    video: Video, index: VideoIndex, results: list[SegmentResult], missing: list[Segment], *, final: bool
) -> None:
    locked = Video.objects.select_for_update().filter(id=video.id).first()
    if locked is None:
        return
    upto = max((min(one.decoded.end, one.segment.core.end) for one in results), default=0.0)
    if not final and (locked.indexed_at is not None or locked.indexed_seconds > upto):
        return
    rows.replace(locked, versions.version_for(index), index)
    matchtime.keep(locked, index.clock)
    locked.indexed_seconds = upto
    if final:
        locked.indexed_at = timezone.now()
        locked.error = _gap_sentence(missing)
    locked.save(update_fields=["indexed_seconds", "indexed_at", "error"])


def _gap_sentence(missing: list[Segment]) -> str:
    if not missing:
        return ""
    spans = ", ".join(f"{one.core.start:.0f}–{one.core.end:.0f} s" for one in missing[:5])
    more = f" and {len(missing) - 5} more parts" if len(missing) > 5 else ""
    return f"Not searchable: {spans}{more}."


def _end_without_rows(video: Video) -> None:
    with transaction.atomic():
        locked = Video.objects.select_for_update().get(id=video.id)
        kept = versions.tracks_of(locked).exclude(version__key=engine.version_key()).exists()
        if not kept:
            rows.clear(locked)
        locked.indexed_seconds, locked.indexed_at = locked.indexed_seconds if kept else 0.0, timezone.now()
        found = "What was found in it earlier stays" if kept else _WATCH_ONLY
        locked.error = f"{found}: its pictures could not be examined."
        locked.save(update_fields=["indexed_seconds", "indexed_at", "error"])
    settle(video.id)


def _stitch_failed(job: Job) -> None:
    """A provisional one that fails costs nothing. The last one leaves a video to watch, with what is searchable."""
    video = Video.objects.filter(id=job.subject).first()
    if video is None or job.ordinal < len(plan(video)):
        return
    reach = (
        f"Only the first {video.indexed_seconds:.0f} seconds can be searched" if video.indexed_seconds else _WATCH_ONLY
    )
    error = f"{reach}: {job.error}"
    Video.objects.filter(id=video.id).update(indexed_at=timezone.now(), error=error[:500])
    settle(video.id)
