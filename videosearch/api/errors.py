"""Errors of the API: a status and one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse

_SECONDS_TO_WAIT = "60"


class ApiError(Exception):
    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = dict(headers or {})
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"
        if status == 429:
            self.headers["Retry-After"] = _SECONDS_TO_WAIT

    @property
    def response(self) -> JsonResponse:
        return JsonResponse({"error": str(self)}, status=self.status, headers=self.headers)

    @staticmethod
    def answering(call: Callable[..., HttpResponse], *args: Any, **kwargs: Any) -> HttpResponse:
        """What `call` returns, or the error it raises as JSON."""
        try:
            return call(*args, **kwargs)
        except ApiError as error:
            return error.response
        except Http404 as error:
            return ApiError(404, str(error) or "There is no such thing.").response
        except PermissionDenied as error:
            return ApiError(403, str(error) or "You may not do that.").response
