"""How far the work on videos is, in one fraction and one sentence each, from their jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from videosearch.jobs.models import Job
from videosearch.library.models import Video

# Share of the whole work by kind of job; jobs that do not exist yet count as not begun.
_WEIGHTS = {"probe": 0.05, "proxy": 0.2, "index_segment": 0.65, "stitch": 0.1}
_OVER = {Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED}


@dataclass(frozen=True, slots=True)
class Work:
    """fraction: 0..1 of all that has to be done; sentence: what is being done now."""

    fraction: float
    sentence: str

    @property
    def percent(self) -> int:
        return int(100 * self.fraction)


def work_on(videos: Iterable[Video]) -> dict[Video, Work]:
    """The work on those of the videos that are in progress. One statement, however many."""
    busy = [video for video in videos if video.in_progress]
    found: dict[str, list[Job]] = defaultdict(list)
    if busy:
        wanted = Job.objects.filter(subject__in=[str(video.id) for video in busy], kind__in=_WEIGHTS)
        for job in wanted.only("kind", "subject", "ordinal", "state", "progress", "message", "attempt"):
            found[job.subject].append(job)
    return {video: _summary(video, found[str(video.id)]) for video in busy}


def _summary(video: Video, found: list[Job]) -> Work:
    by_kind: dict[str, list[Job]] = defaultdict(list)
    for job in found:
        by_kind[job.kind].append(job)
    fraction = sum(weight * _share(by_kind[kind]) for kind, weight in _WEIGHTS.items() if by_kind[kind])
    return Work(min(fraction, 0.99), _sentence(video, by_kind))


def _share(of_kind: list[Job]) -> float:
    return sum(1.0 if job.state in _OVER else job.progress for job in of_kind) / len(of_kind)


def _sentence(video: Video, by_kind: dict[str, list[Job]]) -> str:
    running = [job for jobs in by_kind.values() for job in jobs if job.state == Job.State.RUNNING]
    segments = by_kind["index_segment"]
    if any(job.kind == "index_segment" for job in running):
        read = _share(segments) * video.duration
        return f"Finding players: {clock(read)} of {clock(video.duration)}"
    if any(job.kind == "stitch" for job in running):
        return "Joining what was found"
    if running:
        return (
            running[0].message
            or {"probe": "Reading the file", "proxy": "Preparing the video for playing"}[running[0].kind]
        )
    if put_off := next(
        (job.message for jobs in by_kind.values() for job in jobs if job.message and not job.is_over), ""
    ):
        return put_off
    if any(job.state == Job.State.WAITING and job.attempt for jobs in by_kind.values() for job in jobs):
        return "Something went wrong; it will be tried again in a moment"
    return "Waiting for its turn"


def clock(seconds: float) -> str:
    """75 → "1:15", 3700 → "1:01:40"."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
