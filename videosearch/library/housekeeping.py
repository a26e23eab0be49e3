"""What nobody asks for any more: uploads that were left, and files without a row."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from videosearch.library.models import UPLOAD_LIFETIME, Upload, Video

log = structlog.get_logger(__name__)


def tidy() -> int:
    """Remove expired uploads and orphaned files; how many. A row is made before its file is a day old."""
    gone = purge_expired(limit=10_000) + _orphans("uploads", Upload) + _orphans("videos", Video)
    if gone:
        log.info("tidied", removed=gone)
    return gone


def purge_expired(*, limit: int = 100) -> int:
    """Remove uploads nobody finished in time, with their bytes; how many."""
    count = 0
    for upload in Upload.objects.filter(expires_at__lte=timezone.now())[:limit]:
        upload.delete()
        count += 1
    return count


def _orphans(folder: str, model: type[Model]) -> int:
    """Files and folders named by an id that no row has, and that are older than any row could still be missing."""
    place = Path(settings.MEDIA_ROOT) / folder
    if not place.is_dir():
        return 0
    oldest = time.time() - UPLOAD_LIFETIME.total_seconds()
    found = {one.name: one for one in place.iterdir() if _is_id(one.name) and one.stat().st_mtime < oldest}
    kept = {str(pk) for pk in model._default_manager.filter(pk__in=list(found)).values_list("pk", flat=True)}
    for name, path in found.items():
        if name not in kept:
            log.warning("removing files without a row", path=str(path))
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return len(found) - len(kept & set(found))


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
