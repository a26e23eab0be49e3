"""The only ways to a library or a video: another team's is not found, too low a role is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from videosearch.library.models import Library, Membership, Role, Video

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from videosearch.accounts.models import User


def get_membership(user: User | AnonymousUser, library_id: UUID | str, role: str = Role.VIEWER) -> Membership:
    """The caller's membership with its library loaded. 404 for strangers, 403 below `role`."""
    membership = (
        Membership.objects.select_related("library").filter(library_id=library_id, user_id=user.pk).first()
        if user.is_active
        else None
    )
    if membership is None:
        raise Http404("No such library.")
    if not membership.allows(role):
        raise PermissionDenied(f"This needs the role {Role(role).short.lower()} in {membership.library.name}.")
    return membership


def get_library(user: User | AnonymousUser, library_id: UUID | str, role: str = Role.VIEWER) -> Library:
    return get_membership(user, library_id, role).library


def get_video(user: User | AnonymousUser, video_id: UUID | str, role: str = Role.VIEWER) -> Video:
    video = Video.objects.for_user(user).select_related("library").filter(id=video_id).first()
    if video is None:
        raise Http404("No such video.")
    if role != Role.VIEWER:
        get_membership(user, video.library_id, role)
    return video
