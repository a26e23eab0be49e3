"""The request as views behind `login_required` get it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from videosearch.accounts.models import User


class SignedIn(HttpRequest):
    user: User
    htmx: HtmxDetails


def wants_fragment(request: SignedIn) -> bool:
    """Whether htmx swaps in a part; going back in the history needs the whole page."""
    return bool(request.htmx) and not request.htmx.history_restore_request
