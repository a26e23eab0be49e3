"""Who may use a route. Every view says it, or it is not served; tests/web/scopes holds each to what it says.

    @member("editor")
    @login_required
    @require_POST
    def rename(request, video_id): ...

The declaration decides nothing inside a library: the view asks `library.access` (or an app's own) for its object, and
the test of all routes asks for each as a stranger, with every role and with the ids of another team.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import ResolverMatch

View = TypeVar("View", bound=Callable[..., Any])


class Who(Enum):
    ANYONE = "anyone"
    ACCOUNT = "anybody with an account"
    MEMBER = "a member of the object's library"
    MAKER = "who made the object, and where it is a library's, only while a member there"
    STAFF = "who administers the site"
    HOLDER = "who holds a link that was shared"


class By(Enum):
    SESSION = "session"
    TOKEN = "token"  # noqa: S105  # a word, not a secret


@dataclass(frozen=True, slots=True)
class Scope:
    """`role` is the least one in the object's library, by its value; `by` is how the caller proves who they are;
    `write`: the role for methods that change the object, where that is another."""

    who: Who
    role: str = ""
    by: By = By.SESSION
    write: str = ""

    def least(self, method: str) -> str:
        """The least role for a method."""
        return self.role if method in ("GET", "HEAD") else self.write or self.role

    def __call__(self, view: View) -> View:
        view.scope = self  # type: ignore[attr-defined]  # what wraps the view with functools.wraps keeps it
        return view


public = Scope(Who.ANYONE)
signed_in = Scope(Who.ACCOUNT)
staff = Scope(Who.STAFF)
share_link = Scope(Who.HOLDER)


def member(role: str = "viewer", *, by: By = By.SESSION, write: str = "") -> Scope:
    return Scope(Who.MEMBER, str(role), by, str(write))


def maker(role: str = "", *, by: By = By.SESSION) -> Scope:
    """Without a role: the object is the maker's own and belongs to no library."""
    return Scope(Who.MAKER, str(role), by)


def token() -> Scope:
    """Any account, by one of its tokens."""
    return Scope(Who.ACCOUNT, by=By.TOKEN)


# Views of packages, which cannot carry a declaration: by namespace, or by the whole name of the route.
_FOREIGN: dict[str, Scope] = {}


def foreign(scope: Scope, *names: str) -> None:
    """Declare routes of packages. A whole name goes before its namespace."""
    _FOREIGN.update(dict.fromkeys(names, scope))


def scope_of(match: ResolverMatch) -> Scope | None:
    """What the route declares; None where it says nothing."""
    declared = getattr(match.func, "scope", None)
    if isinstance(declared, Scope):
        return declared
    return _FOREIGN.get(match.view_name) or _FOREIGN.get(match.namespace or "")


class ScopeMiddleware:
    """Serve no view that does not say for whom it is, and the operator's only to operators."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:  # noqa: ARG002
        match = request.resolver_match
        scope = scope_of(match) if match is not None else None
        if scope is None:
            name = match.view_name if match else view
            raise ImproperlyConfigured(f"The route {name} does not say who may use it; see videosearch/lib/scopes.py.")
        if scope.who is Who.STAFF and request.user.is_authenticated and not request.user.is_staff:
            raise Http404
