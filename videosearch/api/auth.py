"""Who calls: a bearer token, so many times a minute."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from videosearch.accounts.models import ApiToken, User
from videosearch.api.errors import ApiError

LIMIT: Final = 120
"""Requests of one user in a minute."""


class ApiRequest(HttpRequest):
    user: User


def authenticated(request: HttpRequest) -> User:
    """The user of the bearer token. Raises ApiError 401 or 429."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise ApiError(401, "Send your token in the header, as Authorization: Bearer vs_...")
    user = ApiToken.user_for(secret.strip())
    if user is None:
        raise ApiError(401, "This token is not known; it may have been revoked.")
    if _count(user) > LIMIT:
        raise ApiError(429, f"More than {LIMIT} requests in a minute; wait a little.")
    return user


def _count(user: User) -> int:
    """Requests of this user in the running minute, this one counted, over all web processes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO api_tokenuse AS use (user_id, minute, count) VALUES (%s, date_trunc('minute', now()), 1)
            ON CONFLICT (user_id) DO UPDATE SET
                count = CASE WHEN use.minute = EXCLUDED.minute THEN use.count + 1 ELSE 1 END,
                minute = EXCLUDED.minute
            RETURNING count
            """,
            [user.pk],
        )
        return int(cursor.fetchone()[0])


def endpoint(*methods: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A JSON view for token holders: every error, ours or Django's, leaves as JSON with one sentence."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @csrf_exempt  # no cookie is looked at, so there is nothing to forge
        @wraps(view)
        def call(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return ApiError.answering(_checked, view, methods, request, *args, **kwargs)

        return call

    return wrap


def _checked(
    view: Callable[..., HttpResponse], methods: tuple[str, ...], request: HttpRequest, *args: Any, **kwargs: Any
) -> HttpResponse:
    if request.method not in methods:
        raise ApiError(405, f"Use {' or '.join(methods)} here.", headers={"Allow": ", ".join(methods)})
    request.user = authenticated(request)
    return view(request, *args, **kwargs)
