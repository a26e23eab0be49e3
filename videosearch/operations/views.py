"""For supervisors, load balancers and Prometheus. Strangers learn at most whether it works."""

from __future__ import annotations

import secrets
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from videosearch.lib.scopes import public
from videosearch.operations import facts, figures

NEEDED = ("database", "disk")
"""Without these no page can be served. A broker that is down is told, but does not take the pages away."""


@public
@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    found = facts.quick()
    status = 200 if all(fact.ok for fact in found if fact.name in NEEDED) else 503
    if not _is_trusted(request):
        return HttpResponse("ok" if status == 200 else "not ready", status=status, content_type="text/plain")
    return JsonResponse({fact.name: {"ok": fact.ok, "says": fact.sentence} for fact in found}, status=status)


@public
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """404 for strangers: who scrapes sends VIDEOSEARCH_METRICS_TOKEN as a bearer token, or is on this machine."""
    if not _is_trusted(request):
        raise Http404
    return HttpResponse(figures.text(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _is_trusted(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").partition("Bearer ")[2]
        return secrets.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    if "X-Forwarded-For" in request.headers or "X-Forwarded-Host" in request.headers:
        return False  # it came through a proxy, from anywhere
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
