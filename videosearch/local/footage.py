"""Puts footage in: on the first run a rendered sample match, and whatever file is named. Run as a process.

    python -m videosearch.local.footage [--sample] [--video PATH]

It tells the progress until every video has come to its end.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from videosearch.library.models import Library, Video

LIBRARY = "Demo"
SAMPLE_MARK = "sample.done"
"""A file in the data folder: the sample comes once, a library that was emptied on purpose stays empty."""
SAMPLE_SEED = 7
SAMPLE_SECONDS = 60.0
_EVERY = 2.0


def main() -> None:
    arguments = _arguments()
    django.setup()
    from videosearch.config import Config

    library = _library()
    videos: list[Video] = []
    if arguments.sample:
        videos.append(_add(library, _render_sample(), "Sample match (rendered)"))
        (Config().home / SAMPLE_MARK).touch()
    if arguments.video is not None:
        videos.append(_add(library, arguments.video, None))
    _follow(videos)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Put footage into the demo library.")
    parser.add_argument("--sample", action="store_true", help="a rendered match")
    parser.add_argument("--video", type=Path, help="a file of one's own")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _library() -> Library:
    from videosearch.accounts.models import User
    from videosearch.library.models import Library
    from videosearch.library.services import create_library

    admin = User.objects.filter(is_superuser=True).order_by("id").first()
    if admin is None:
        raise SystemExit("There is no administrator; start with `make run` on an empty data folder.")
    found = Library.objects.filter(name=LIBRARY, membership__user=admin).first()
    return found or create_library(LIBRARY, admin)


def _render_sample() -> Path:
    from grounding.synth import Written, generate
    from videosearch.config import Config

    _say(f"Rendering a sample match of {SAMPLE_SECONDS:.0f} s ...")
    folder = Config().home / "sample"
    folder.mkdir(exist_ok=True)
    told = 0.0
    for item in generate("football", SAMPLE_SEED, SAMPLE_SECONDS, folder):
        if isinstance(item, Written):
            return item.video
        if item.done >= told + SAMPLE_SECONDS / 4:
            told = item.done
            _say(f"Rendering: {item.done:.0f} of {item.total:.0f} s")
    raise RuntimeError("the sample match was not written")


def _add(library: Library, path: Path, title: str | None) -> Video:
    from videosearch.library.services import add_video

    owner = library.membership_set.order_by("id").first()
    return add_video(library, path.resolve(), owner.user if owner else None, title=title)


def _follow(videos: list[Video]) -> None:
    """Print a line whenever something moved."""
    from videosearch.jobs.models import Job

    waiting, last = list(videos), ""
    while waiting:
        video = waiting[0]
        video.refresh_from_db()
        jobs = Job.objects.filter(subject=str(video.id)).order_by("created_at")
        parts = [f"{job.kind} {job.progress:.0%}" for job in jobs if job.state == Job.State.RUNNING]
        line = f"{video.title}: {video.get_status_display()}" + (f" ({', '.join(parts)})" if parts else "")
        if video.error:
            line += f" - {video.error}"
        if line != last:
            _say(line)
            last = line
        if video.status in {"ready", "partial", "failed"} and not parts:
            waiting.pop(0)
        else:
            time.sleep(_EVERY)


if __name__ == "__main__":
    main()
