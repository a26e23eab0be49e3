"""For load balancers and supervisors: is this process alive, and can it do its work?"""

from __future__ import annotations

import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from videosearch.lib.broker import knock

_LEAST_FREE_BYTES = 1024**3


@require_safe
def alive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 when pages can be served. A broker that is down is told, but does not take the pages away."""
    facts = {"database": _database(), "broker": _broker(), "disk": _disk()}
    return JsonResponse(facts, status=200 if facts["database"] and facts["disk"] else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    try:
        knock(settings.CELERY_BROKER_URL)
    except OSError:
        return False
    return bool(settings.CELERY_BROKER_URL)


def _disk() -> bool:
    try:
        return shutil.disk_usage(settings.MEDIA_ROOT).free > _LEAST_FREE_BYTES
    except OSError:
        return False
