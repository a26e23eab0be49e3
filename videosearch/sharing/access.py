"""The only ways to a link: for those who manage it, and for those who hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q
from django.http import Http404

from videosearch.library.access import get_library
from videosearch.library.models import Library, Role
from videosearch.sharing.models import Share

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from videosearch.accounts.models import User


def shares_of(user: User | AnonymousUser) -> QuerySet[Share]:
    """One's own links, and all those of libraries one administers: who answers for a library sees what leaves it."""
    mine = Library.objects.for_user(user)
    managed = Library.objects.filter(membership__user_id=user.pk or 0, membership__role=Role.ADMIN)
    return Share.objects.filter(Q(user__in=[user.pk]) | Q(library__in=managed), library__in=mine)


def get_share(user: User | AnonymousUser, share_id: UUID | str) -> Share:
    row = Share.objects.filter(pk=share_id, user__in=[user.pk], library__in=Library.objects.for_user(user)).first()
    if row is None:
        raise Http404("No such link.")
    return row


def get_managed_share(user: User | AnonymousUser, share_id: UUID | str) -> Share:
    """A link of a library that the caller administers, whoever made it: 404 for strangers, 403 for other members."""
    row = Share.objects.filter(pk=share_id).first()
    if row is None:
        raise Http404("No such link.")
    get_library(user, row.library_id, Role.ADMIN)
    return row


def get_open(share_id: UUID, key: str) -> Share:
    """The link as its holder has it. Revoked, expired, never made, wrong key: all the same."""
    row = Share.objects.open().select_related("film", "library", "user").filter(pk=share_id).first()
    if row is None or not row.is_key(key):
        raise Http404("This link leads nowhere.")
    return row
