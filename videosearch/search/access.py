"""The only ways to a query and a candidate: they belong to the one who asked; everybody else's are not found."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404

from videosearch.library.access import get_video
from videosearch.library.models import Role
from videosearch.search.models import Candidate, Query

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from videosearch.accounts.models import User


def get_query(user: User | AnonymousUser, query_id: UUID | str) -> Query:
    query = (
        Query.objects.select_related("user").filter(pk=query_id, user_id=user.pk).first() if user.is_active else None
    )
    if query is None:
        raise Http404("No such query.")
    return query


def get_candidate(user: User | AnonymousUser, candidate_id: int, role: str = Role.VIEWER) -> Candidate:
    """The candidate with its video loaded. The membership is asked anew: it may have ended since the search."""
    row = (
        Candidate.objects.select_related("query", "hit", "verification")
        .defer("evidence")
        .filter(pk=candidate_id, query__user__in=[user.pk])
        .first()
    )
    if row is None:
        raise Http404("No such moment.")
    row.video = get_video(user, row.video_id, role)
    return row
