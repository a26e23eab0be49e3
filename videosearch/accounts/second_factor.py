"""The admin opens to those who signed in with a second factor only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from videosearch.lib.scopes import Who, scope_of


class StaffSecondFactor:
    """Send operators who have none to where they set it up. Who has one was asked for it when signing in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: Any, kwargs: Any) -> HttpResponse | None:  # noqa: ARG002
        match = request.resolver_match
        scope = scope_of(match) if match is not None else None
        if not settings.STAFF_MFA or scope is None or scope.who is not Who.STAFF or not request.user.is_authenticated:
            return None
        if is_mfa_enabled(request.user):
            return None
        messages.info(request, "The admin needs a second factor. Set it up here, then go back.")
        return redirect("mfa_activate_totp")
