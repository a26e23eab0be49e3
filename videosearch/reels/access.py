"""The only ways to a bookmark, a tag, a reel or a film. A bookmark is its maker's, and only while they are a member."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404

from videosearch.library.access import get_library
from videosearch.library.models import Library, Role
from videosearch.reels.models import Bookmark, Film, Reel, ReelItem, Tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from videosearch.accounts.models import User


def bookmarks_of(user: User | AnonymousUser) -> QuerySet[Bookmark]:
    return Bookmark.objects.filter(user__in=[user.pk], library__in=Library.objects.for_user(user))


def get_bookmark(user: User | AnonymousUser, bookmark_id: UUID | str) -> Bookmark:
    row = bookmarks_of(user).select_related("video__match_time", "library").filter(pk=bookmark_id).first()
    if row is None:
        raise Http404("No such bookmark.")
    return row


def get_bookmarks(user: User | AnonymousUser, ids: Sequence[str]) -> list[Bookmark]:
    """Those of the caller's bookmarks in the order of the ids, with video, library and tags. 404 if one is missing."""
    rows = bookmarks_of(user).filter(pk__in=ids).select_related("video__match_time", "library").prefetch_related("tags")
    by_id = {str(row.pk): row for row in rows}
    if len(by_id) != len(ids):
        raise Http404("No such bookmark.")
    return [by_id[one] for one in ids]


def get_tag(user: User | AnonymousUser, tag_id: int) -> Tag:
    """A tag to change: 404 for strangers, 403 below editor."""
    tag = Tag.objects.filter(pk=tag_id).first()
    if tag is None:
        raise Http404("No such tag.")
    tag.library = get_library(user, tag.library_id, Role.EDITOR)
    return tag


def get_reel(user: User | AnonymousUser, reel_id: UUID | str, *, to_watch: bool = False) -> Reel:
    """The maker's reel, while they are a reviewer of its library. To watch: also one that is for the team."""
    seen = Reel.objects.select_related("library", "film", "user").filter(library__in=Library.objects.for_user(user))
    row = seen.filter(pk=reel_id).first()
    if row is None or (row.user_id != user.pk and not (to_watch and row.for_team)):
        raise Http404("No such reel.")
    if not to_watch:
        get_library(user, row.library_id, Role.REVIEWER)
    return row


def get_item(user: User | AnonymousUser, item_id: int, *, to_watch: bool = False) -> ReelItem:
    item = ReelItem.objects.select_related("video__match_time").filter(pk=item_id).first()
    if item is None:
        raise Http404("No such part.")
    item.reel = get_reel(user, item.reel_id, to_watch=to_watch)
    return item


def get_film(user: User | AnonymousUser, film_id: UUID | str, *, to_watch: bool = False) -> Film:
    """The film of the one who ordered it, while a member. To watch: also that of a reel that is for the team."""
    film = Film.objects.filter(pk=film_id, library__in=Library.objects.for_user(user)).first()
    if film is None or (film.user_id != user.pk and not (to_watch and film.reels.filter(for_team=True).exists())):
        raise Http404("No such film.")
    return film
