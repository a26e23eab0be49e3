"""For supervisors: is this process alive? Whether it can do its work is `/readyz`, of videosearch.operations."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from videosearch.lib.scopes import public


@public
@require_safe
def alive(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse("ok", content_type="text/plain")
