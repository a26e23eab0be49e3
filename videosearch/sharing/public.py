"""What the holder of a link gets: a page with one film, and that film's bytes. Nothing else is reachable from it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_http_methods, require_safe

from videosearch.lib.files import ranged_file_response
from videosearch.lib.scopes import share_link
from videosearch.reels.exports.document import file_name
from videosearch.sharing import tries
from videosearch.sharing.access import get_open
from videosearch.sharing.models import Share

if TYPE_CHECKING:
    from collections.abc import Callable

_COOKIE: Final = "opened"
_HOURS: Final = 12
_WRONG: Final = "That is not the password."


def _unlisted(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Not for search engines. (That the address, which holds the key, is told to no other site, all pages see to.)"""

    @wraps(view)
    def call(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return call


@share_link
@require_http_methods(["GET", "HEAD", "POST"])
@_unlisted
def shared(request: HttpRequest, share_id: UUID, key: str) -> HttpResponseBase:
    """The page. POST: the password, which is never part of an address."""
    share = get_open(share_id, key)
    if not share.film.is_made:
        return _page(request, share, "sharing/waiting.html")
    if request.method == "POST":
        return _password(request, share)
    if not _may_watch(request, share):
        return _page(request, share, "sharing/password.html")
    if request.method == "GET":
        share.note_opening(timezone.now())
    return _page(request, share, "sharing/shared.html")


@share_link
@require_safe
@_unlisted
def film(request: HttpRequest, share_id: UUID, key: str) -> HttpResponseBase:
    """The MP4, in parts where the player asks for parts; the right to it is asked for with each."""
    share = get_open(share_id, key)
    if not share.film.is_made or not _may_watch(request, share):
        raise Http404("This link leads nowhere.")
    download = share.may_download and "download" in request.GET
    name = f"{file_name(share.film.title)}.mp4"
    return ranged_file_response(request, share.film.file, "video/mp4", filename=name, download=download)


@share_link
@require_safe
@_unlisted
def poster(request: HttpRequest, share_id: UUID, key: str) -> HttpResponseBase:
    """A picture of the film, for the page and for those who show what a link leads to."""
    share = get_open(share_id, key)
    if not share.film.is_made or not _may_watch(request, share):
        raise Http404("This link leads nowhere.")
    return ranged_file_response(request, share.film.poster, "image/jpeg")


def _page(request: HttpRequest, share: Share, template: str, status: int = 200, **more: object) -> HttpResponse:
    context = {"share": share, "link": share.link(request), **more}
    if template == "sharing/shared.html":
        context["poster"] = request.build_absolute_uri(_address(share, "poster.jpg"))
    response = render(request, template, context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _address(share: Share, name: str) -> str:
    return f"{share.get_absolute_url()}{name}"


def _password(request: HttpRequest, share: Share) -> HttpResponse:
    if not share.password:
        return redirect(share)
    wait = tries.seconds_to_wait(share)
    if wait:
        said = f"Too many wrong passwords. Try again in {max(1, round(wait / 60))} minutes."
        response = _page(request, share, "sharing/password.html", 429, problem=said)
        response.headers["Retry-After"] = str(wait)
        return response
    if not share.is_password(request.POST.get("password", "")[:128]):
        tries.count_wrong(share)
        return _page(request, share, "sharing/password.html", 403, problem=_WRONG)
    tries.forget(share)
    response = redirect(share)
    response.set_cookie(
        _COOKIE,
        signing.dumps(_proof(share), salt=_COOKIE),
        max_age=_HOURS * 3600,
        path=share.get_absolute_url(),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _may_watch(request: HttpRequest, share: Share) -> bool:
    """Without a password everybody who holds the link; else who gave it in the last hours, in this browser."""
    if not share.password:
        return True
    try:
        given = signing.loads(request.COOKIES.get(_COOKIE, ""), salt=_COOKIE, max_age=_HOURS * 3600)
    except signing.BadSignature:
        return False
    return bool(given == _proof(share))


def _proof(share: Share) -> str:
    """Changes with the password, so that one that is changed must be given anew."""
    return salted_hmac(_COOKIE, f"{share.pk}{share.password}", algorithm="sha256").hexdigest()
