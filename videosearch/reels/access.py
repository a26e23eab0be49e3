"""The only way to a bookmark: it is its maker's, and only while they are a member of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404

from videosearch.library.models import Library
from videosearch.reels.models import Bookmark

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from videosearch.accounts.models import User


def bookmarks_of(user: User | AnonymousUser) -> QuerySet[Bookmark]:
    return Bookmark.objects.filter(user__in=[user.pk], library__in=Library.objects.for_user(user))


def get_bookmark(user: User | AnonymousUser, bookmark_id: UUID | str) -> Bookmark:
    row = bookmarks_of(user).select_related("video", "library").filter(pk=bookmark_id).first()
    if row is None:
        raise Http404("No such bookmark.")
    return row
