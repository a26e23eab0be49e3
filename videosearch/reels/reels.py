"""What can be done to reels. Views call these; every change is made under the reel's row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Max

from grounding.types import Span
from videosearch.indexing.tubes import boxes_between, step_of
from videosearch.library.models import Library
from videosearch.library.shown import put_sheets
from videosearch.reels.models import Bookmark, Reel, ReelItem
from videosearch.reels.plan import MOST_PARTS, Clip, Part, Plan, PlanError, Title
from videosearch.search import cards

if TYPE_CHECKING:
    from videosearch.accounts.models import User

MOST_REELS: Final = 200


def create(user: User, library: Library, title: str) -> Reel:
    """Raises PlanError."""
    if user.reels.count() >= MOST_REELS:
        raise PlanError(f"You have {MOST_REELS} reels; delete one first.")
    return Reel.objects.create(user=user, library=library, title=title)


def add_bookmarks(reel: Reel, bookmarks: Sequence[Bookmark]) -> int:
    """The moments at the reel's end, in their order; how many. Raises PlanError."""
    return append(reel, [item_of_bookmark(one) for one in bookmarks])


def item_of_bookmark(one: Bookmark) -> ReelItem:
    return ReelItem(
        video=one.video,
        video_title=one.video.title,
        track_ids=one.track_ids,
        label=one.label,
        colour=one.colour,
        tube=bytes(one.tube) if one.track_ids else None,
        start=one.start,
        end=one.end,
        highlight=bool(one.track_ids),
        name=one.player or (one.label if one.track_ids else ""),
        note=one.note,
    )


def item_of_hit(card: cards.Card) -> ReelItem:
    """A hit with the span it is shown with, without the seconds before and after."""
    row = card.candidate
    return ReelItem(
        video=card.video,
        video_title=card.video.title,
        track_ids=row.track_ids,
        label=row.label,
        colour=row.colour,
        tube=bytes(row.tube),
        start=card.start,
        end=card.end,
        name=row.label,
    )


def add_title(reel: Reel, text: str, seconds: float) -> int:
    """Raises PlanError."""
    return append(reel, [ReelItem(kind=ReelItem.Kind.TITLE, text=text, seconds=seconds)])


def append(reel: Reel, items: Sequence[ReelItem]) -> int:
    """The parts at the reel's end; how many. Raises PlanError, also for a moment of another library."""
    if any(item.video and item.video.library_id != reel.library_id for item in items):
        raise PlanError(f"A reel holds the moments of one library; this one is of {reel.library.name}.")
    with transaction.atomic():
        Reel.objects.select_for_update().get(pk=reel.pk)
        there = reel.items.count()
        if there + len(items) > MOST_PARTS:
            raise PlanError(f"A reel may have {MOST_PARTS} parts; with these it would have {there + len(items)}.")
        last = reel.items.aggregate(last=Max("position"))["last"]
        for place, item in enumerate(items, 0 if last is None else last + 1):
            item.reel, item.position = reel, place
        ReelItem.objects.bulk_create(items)
        reel.save(update_fields=["changed_at"])
    return len(items)


def move(reel: Reel, item: ReelItem, by: int) -> None:
    with transaction.atomic():
        order = _order(reel)
        at = order.index(item.pk)
        order.insert(min(max(at + by, 0), len(order) - 1), order.pop(at))
        _put(reel, order)


def arrange(reel: Reel, wanted: Sequence[int]) -> None:
    """In the order of the ids. What is not named, because it came meanwhile, stays behind those that are."""
    with transaction.atomic():
        order = _order(reel)
        named = [one for one in dict.fromkeys(wanted) if one in set(order)]
        _put(reel, [*named, *(one for one in order if one not in set(named))])


def _order(reel: Reel) -> list[int]:
    Reel.objects.select_for_update().get(pk=reel.pk)
    return list(reel.items.values_list("pk", flat=True))


def _put(reel: Reel, order: Iterable[int]) -> None:
    rows = [ReelItem(pk=pk, position=place) for place, pk in enumerate(order)]
    ReelItem.objects.bulk_update(rows, ["position"])
    reel.save(update_fields=["changed_at"])


def plan_of(items: Iterable[ReelItem]) -> Plan:
    """What is shown: all but the moments whose video is gone."""
    rows = [item for item in items if not item.is_gone]
    put_sheets(rows)
    return Plan(parts=[_part(item) for item in rows])


def _part(item: ReelItem) -> Part:
    if item.kind == ReelItem.Kind.TITLE:
        return Title(text=item.text, seconds=item.seconds)
    assert item.video_id is not None
    boxes: list[list[float]] = []
    if item.highlight and item.tube:
        boxes = boxes_between(item.tube, Span(item.start, item.end))
    return Clip(
        video=item.video_id,
        start=item.start,
        end=item.end,
        speed=item.speed,
        name=item.called if boxes else "",
        step=step_of(item.tube) if boxes and item.tube else 0.2,
        boxes=boxes,
    )


def plan_of_bookmarks(bookmarks: Sequence[Bookmark]) -> Plan:
    """The moments one after the other, each with its player followed."""
    put_sheets(bookmarks)
    parts: list[Part] = []
    for one in bookmarks:
        boxes = boxes_between(one.tube, Span(one.start, one.end)) if one.track_ids else []
        name = one.player or one.shown if boxes else ""
        step = step_of(one.tube)
        parts.append(Clip(video=one.video_id, start=one.start, end=one.end, name=name, step=step, boxes=boxes))
    return Plan(parts=parts)


def plan_of_hits(shown: Iterable[cards.Card]) -> Plan:
    """Hits of a search in their order, each with its player followed."""
    parts: list[Part] = []
    for card in shown:
        tube = card.candidate.tube
        boxes = boxes_between(tube, Span(card.start, card.end))
        name, step = card.label[:80], step_of(tube)
        parts.append(Clip(video=card.video.pk, start=card.start, end=card.end, name=name, step=step, boxes=boxes))
    return Plan(parts=parts)
