"""Wrong passwords are counted for each link, over all web processes: guessing ends after a few."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import F
from django.utils import timezone

from videosearch.sharing.models import Share, ShareTry

MOST: Final = 10
WINDOW: Final = timedelta(minutes=15)


def seconds_to_wait(share: Share) -> int:
    """0 while there are tries left."""
    row = ShareTry.objects.filter(share=share, count__gte=MOST).first()
    left = row.began + WINDOW - timezone.now() if row else timedelta()
    return max(0, int(left.total_seconds()))


def count_wrong(share: Share) -> None:
    now = timezone.now()
    row, made = ShareTry.objects.get_or_create(share=share, defaults={"began": now, "count": 1})
    if made:
        return
    mine = ShareTry.objects.filter(share=share)
    if row.began + WINDOW <= now:
        mine.update(began=now, count=1)
    else:
        mine.update(count=F("count") + 1)


def forget(share: Share) -> None:
    ShareTry.objects.filter(share=share).delete()
