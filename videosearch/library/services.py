"""What can be done to videos and members; views, commands and jobs call these."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.template.defaultfilters import filesizeformat

from videosearch import jobs
from videosearch.jobs.models import Job
from videosearch.library.models import Library, Membership, Role, Upload, Video
from videosearch.library.names import clean_name, title_from

if TYPE_CHECKING:
    from videosearch.accounts.models import User

Place = Callable[[Path], None]


class LastAdminError(Exception):
    """A library must keep somebody who manages it."""


class QuotaError(Exception):
    """The library may not hold that much. `str(error)` is a sentence for people."""


def require_room(library: Library, size: int) -> None:
    """Ask before `size` more bytes go into the library. In a transaction, so that two at once cannot share the room.

    Raises: QuotaError.
    """
    locked = Library.objects.select_for_update().get(pk=library.pk)
    used, quota = locked.used_bytes(), locked.quota
    if quota and used + size > quota:
        free = filesizeformat(max(0, quota - used))
        raise QuotaError(
            f"This library has room for {free} more of its {filesizeformat(quota)}; delete something first."
        )


def create_library(name: str, user: User) -> Library:
    with transaction.atomic():
        library = Library.objects.create(name=name)
        Membership.objects.create(library=library, user=user, role=Role.ADMIN)
    return library


def add_video(library: Library, path: Path | str, user: User | None, title: str | None = None) -> Video:
    """Copy a file of this machine into the library and start its processing. Raises: QuotaError."""
    source = Path(path)
    with transaction.atomic():
        require_room(library, source.stat().st_size)
    return _add(library, lambda target: _copy(source, target), user, name=source.name, title=title)


def add_upload(upload: Upload) -> Video:
    """Turn a finished upload into a video. The upload's file goes once the video is committed."""
    video = _add(upload.library, lambda target: os.link(upload.file, target), upload.user, name=upload.original_name)
    transaction.on_commit(lambda: upload.file.unlink(missing_ok=True))
    return video


def add_stream(library: Library, write: Place, user: User, name: str) -> Video:
    """A video whose bytes `write(path)` puts down; used by the plain form."""
    return _add(library, write, user, name=name)


def _add(library: Library, place: Place, user: User | None, *, name: str, title: str | None = None) -> Video:
    shown = clean_name(name)
    video = Video(library=library, original_name=shown, title=title or title_from(shown), uploaded_by=user)
    video.folder.mkdir(parents=True)
    try:
        place(video.original)
        video.size_bytes = video.original.stat().st_size
        with transaction.atomic():
            video.save(force_insert=True)
            jobs.enqueue("probe", video.id)
    except BaseException:
        shutil.rmtree(video.folder, ignore_errors=True)
        raise
    return video


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def delete_video(video: Video) -> None:
    """The rows at once, the files once that is committed; running jobs find the row gone and end."""
    subject = str(video.id)
    with transaction.atomic():
        for kind in Job.objects.filter(subject=subject).values_list("kind", flat=True).distinct():
            jobs.cancel(kind, subject)
        video.delete()


def remove_files(sender: object, instance: Video, **_: Any) -> None:  # noqa: ARG001  # signals name their sender
    folder = instance.folder
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def remove_upload_file(sender: object, instance: Upload, **_: Any) -> None:  # noqa: ARG001
    file = instance.file
    transaction.on_commit(lambda: file.unlink(missing_ok=True))


def retry(video: Video) -> None:
    """Start over from the file that was uploaded."""
    with transaction.atomic():
        Video.objects.filter(id=video.id).update(
            status=Video.Status.UPLOADED, error="", indexed_at=None, decoded_seconds=None
        )
        jobs.enqueue("probe", video.id, again=True)


def set_role(library: Library, user_id: int, role: Role) -> Membership:
    with transaction.atomic():
        membership = Membership.objects.select_for_update().get(library=library, user_id=user_id)
        membership.role = role
        membership.save(update_fields=["role"])
        _require_admin(library)
    return membership


def remove_member(library: Library, user_id: int) -> None:
    with transaction.atomic():
        Membership.objects.filter(library=library, user_id=user_id).delete()
        _require_admin(library)


def _require_admin(library: Library) -> None:
    # The library's row is the lock: two admins who demote each other at once cannot both succeed.
    Library.objects.select_for_update().get(pk=library.pk)
    if not library.membership_set.filter(role=Role.ADMIN).exists():
        raise LastAdminError


def fail(video_id: UUID | str, sentence: str) -> None:
    Video.objects.filter(id=video_id).update(status=Video.Status.FAILED, error=sentence[:500])
