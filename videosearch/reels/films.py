"""Films: ordered as a plan, made by a worker, told how far they are, stopped, thrown away."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from videosearch import jobs
from videosearch.jobs.models import Job
from videosearch.jobs.run import JobRun
from videosearch.lib import engine, ffmpeg
from videosearch.library.models import Library, Video
from videosearch.reels import cutting, plan
from videosearch.reels.models import Film
from videosearch.reels.plan import Clip, Plan, PlanError

if TYPE_CHECKING:
    from videosearch.accounts.models import User

log = structlog.get_logger(__name__)

KIND: Final = "film"
MOST_UNFINISHED: Final = 3
"""Films of one user that are waiting or being made: the others of the team want theirs too."""

_LEAST_FREE: Final = 2 * 1024**3
_GONE: Final = "A video of this film was deleted. Take its moments out, then make the film again."
_FULL: Final = "The server's disk is full. Somebody who runs it must make room; then try again."
_BROKEN: Final = "A moment of the film could not be read from its video. Take it out, then make the film again."

# Shares of the whole work: the parts are encoded, joined, and played once to see that all is there.
_CUTTING, _JOINING = 0.85, 0.9


def register() -> None:
    jobs.register(KIND, make, queue="films", time_limit=6 * 3600, max_attempts=2)


def order(user: User, library: Library, title: str, wanted: Plan) -> Film:
    """Let a film be made. One of the same plan that is there or being made is taken instead. Raises PlanError."""
    plan.check(wanted)
    same = Film.objects.filter(user=user, library=library, digest=wanted.digest, title=title).first()
    if same is not None and _is_alive(same):
        return same
    unfinished = _unfinished(user)
    if unfinished >= MOST_UNFINISHED:
        raise PlanError(f"{unfinished} of your films are still being made. Wait for one of them, or cancel it.")
    with transaction.atomic():
        film = Film.objects.create(
            user=user,
            library=library,
            title=title,
            plan=wanted.model_dump(mode="json"),
            digest=wanted.digest,
            seconds=wanted.seconds,
        )
        film.videos.set(Video.objects.filter(id__in=wanted.videos))
        jobs.enqueue(KIND, film.id)
    return film


def _is_alive(film: Film) -> bool:
    job = Job.objects.filter(kind=KIND, subject=str(film.id)).first()
    return film.is_made or (job is not None and not job.is_over)


def _unfinished(user: User) -> int:
    waiting = Film.objects.filter(user=user, path="").values_list("id", flat=True)
    busy = {Job.State.WAITING, Job.State.RUNNING}
    return Job.objects.filter(kind=KIND, subject__in=[str(one) for one in waiting], state__in=busy).count()


def again(film: Film) -> None:
    """Try once more what failed or was cancelled."""
    jobs.enqueue(KIND, film.id, again=True)


def cancel(film: Film) -> bool:
    return bool(jobs.cancel(KIND, film.id))


def remove_files(sender: object, instance: Film, **_: Any) -> None:  # noqa: ARG001  # signals name their sender
    folder = instance.folder
    jobs.cancel(KIND, instance.id)
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def forget_films_of(sender: object, instance: Video, **_: Any) -> None:  # noqa: ARG001
    """Before a video goes: the films that show it go too, and what was shared of them."""
    for film in Film.objects.filter(videos=instance):
        film.delete()


# Telling


@dataclass(frozen=True, slots=True)
class Standing:
    """How a film stands: `state` is the job's, or "done" where it is made; `sentence` is for people."""

    film: Film
    state: str
    percent: int
    sentence: str

    @property
    def is_moving(self) -> bool:
        return self.state in {"waiting", "running"}


def standings(films: Iterable[Film]) -> list[Standing]:
    """One statement, however many."""
    listed = list(films)
    wanted = [str(film.id) for film in listed]
    found = {job.subject: job for job in Job.objects.filter(kind=KIND, subject__in=wanted)} if wanted else {}
    return [_standing(film, found.get(str(film.id))) for film in listed]


def _standing(film: Film, job: Job | None) -> Standing:
    if film.is_made:
        return Standing(film, "done", 100, "Ready")
    if job is None or job.state == Job.State.CANCELLED:
        return Standing(film, "cancelled", 0, "Cancelled. Nothing was made.")
    if job.state == Job.State.FAILED:
        return Standing(film, "failed", 0, job.error)
    if job.state == Job.State.WAITING:
        sentence = "Waiting for its turn" if not job.attempt else "Something went wrong; it is tried again in a moment"
        return Standing(film, "waiting", 0, sentence)
    return Standing(film, "running", int(100 * job.progress), f"{job.message or 'Beginning'}{_left(job)}")


def _left(job: Job) -> str:
    """How long it will still take, as far as it went at the same pace; nothing before that can be said."""
    if job.started_at is None or job.progress < 0.03:
        return ""
    passed = (timezone.now() - job.started_at).total_seconds()
    seconds = passed * (1 - job.progress) / job.progress
    if seconds < 10:
        return ", a few seconds left"
    if seconds < 90:
        return f", about {10 * round(seconds / 10)} s left"
    return f", about {round(seconds / 60)} min left"


# Making


def make(run: JobRun) -> None:
    film = Film.objects.filter(id=run.subject).first()
    if film is None or film.is_made:
        return
    wanted = Plan.model_validate(film.plan)
    footage = _footage(film, wanted)
    if shutil.disk_usage(settings.MEDIA_ROOT).free < _LEAST_FREE:
        raise jobs.PermanentError(_FULL)
    shape = cutting.shape_of(list(footage.values()))
    work = film.folder / "parts"
    work.mkdir(parents=True, exist_ok=True)
    try:
        target = _cut_and_join(run, wanted, footage, shape, work)
        frames = cutting.expected_frames(wanted, shape)
        checked = max(wanted.seconds, 0.1)
        cutting.verify(
            target,
            frames,
            shape,
            lambda done: run.progress(min(0.99, _JOINING + 0.1 * done / checked), "Checking that the film plays"),
        )
        cutting.poster(target, wanted.seconds, work / "poster.jpg")
        with run.fenced():
            (work / "poster.jpg").replace(film.poster)
            final = film.folder / "film.mp4"
            target.replace(final)
            made = {"path": final.relative_to(settings.MEDIA_ROOT).as_posix(), "size_bytes": final.stat().st_size}
            Film.objects.filter(id=film.id).update(width=shape.width, height=shape.height, frames=frames, **made)
    except cutting.CutError as error:
        _sweep_up(film, work)
        raise jobs.PermanentError(str(error)) from error
    except ffmpeg.FfmpegError as error:
        log.warning("a film could not be made", film=str(film.id), detail=error.detail)
        _sweep_up(film, work)
        raise jobs.PermanentError(_FULL if "No space left" in error.detail else _BROKEN) from error
    except jobs.Cancelled:
        _sweep_up(film, work)
        raise
    # Whatever else happens, the parts that are made stay for the next attempt.
    _sweep_up(film, work)


def _sweep_up(film: Film, work: Path) -> None:
    """The parts go; all of it where the film was deleted while it was made."""
    shutil.rmtree(work, ignore_errors=True)
    if not Film.objects.filter(id=film.id).exists():
        shutil.rmtree(film.folder, ignore_errors=True)


def _footage(film: Film, wanted: Plan) -> dict[UUID, cutting.Footage]:
    videos = Video.objects.filter(id__in=wanted.videos, library=film.library).prefetch_related("renditions")
    found: dict[UUID, cutting.Footage] = {}
    for video in videos:
        proxy = video.proxy
        if proxy is None or not proxy.file.is_file():
            raise jobs.PermanentError(f"{video.title} cannot be played yet. Make the film when it is ready.")
        try:
            info = engine.probe(proxy.file)
        except engine.BadVideoError as error:
            raise jobs.PermanentError(
                f"{video.title} cannot be read any more. Its editor can process it anew."
            ) from error
        size, own = (info.width, info.height), (video.width or info.width, video.height or info.height)
        found[video.pk] = cutting.Footage(proxy.file, size, own, info.duration, info.fps, info.has_audio)
    if set(found) != wanted.videos:
        raise jobs.PermanentError(_GONE)
    return found


def _cut_and_join(
    run: JobRun, wanted: Plan, footage: dict[UUID, cutting.Footage], shape: cutting.Shape, work: Path
) -> Path:
    total = max(wanted.seconds, 0.1)
    done = 0.0
    parts: list[Path] = []
    cutting.bring_font(work)
    for number, part in enumerate(wanted.parts, 1):
        said = f"Cutting part {number} of {len(wanted.parts)}"
        before = done

        def tell(seconds: float, said: str = said, before: float = before) -> None:
            run.progress(_CUTTING * min(1.0, (before + seconds) / total), said)

        tell(0)
        target = work / f"{number:04}.mov"
        cutting.cut(part, footage[part.video] if isinstance(part, Clip) else None, shape, target, tell)
        parts.append(target)
        done += part.length
    film = work / "film.mp4"
    share = _JOINING - _CUTTING
    cutting.join(
        parts, film, total, lambda at: run.progress(_CUTTING + share * min(1.0, at / total), "Joining the parts")
    )
    return film
