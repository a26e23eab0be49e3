"""One exception to the content policy."""

from collections.abc import Callable

from csp.constants import SELF
from django.http import HttpRequest, HttpResponse


class AdminContentPolicy:
    """Let the admin's bundled scripts evaluate their expressions: Unfold carries the standard build of Alpine.

    Stands inside `CSPMiddleware`, which reads what is put on the response here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith("/admin/"):
            policy = {"script-src": [SELF, "'unsafe-eval'", "'unsafe-inline'"]}
            response._csp_replace = policy  # type: ignore[attr-defined]
        return response
