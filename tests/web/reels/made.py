"""Bookmarks without a search."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.test import Client

from grounding.types import Tube
from videosearch.accounts.models import User
from videosearch.indexing.tubes import pack
from videosearch.library.models import Video
from videosearch.reels.models import Bookmark

HTMX = {"HX-Request": "true"}

# What people really call things, and what a careless exporter breaks on.
NASTY = ["=HYPERLINK(1)", "+1", "-2", "@home", 'He said "go"', "a ]]> b", "⚽ João & Ünal <b>", "one;two,three", "''"]


def signed_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def make_tube(start: float, end: float, *, left: float = 100) -> Tube:
    """A player who goes right by 4 pixels a second."""
    times = np.round(np.arange(start, end, 0.2), 3)
    x = left + 4 * (times - start)
    return Tube(times, np.stack([x, x * 0 + 200, x + 40, x * 0 + 300], 1).astype(np.float32))


def make_bookmark(user: User, video: Video, start: float = 10, end: float = 16, **fields: Any) -> Bookmark:
    values: dict[str, Any] = {
        "label": "Number 10, red shirt",
        "colour": "red",
        "track_ids": [1],
        "tube": pack(make_tube(max(0, start - 2), end + 2)),
        "query_text": "number 10 in red",
    }
    return Bookmark.objects.create(
        user=user, library_id=video.library_id, video=video, start=start, end=end, **(values | fields)
    )
