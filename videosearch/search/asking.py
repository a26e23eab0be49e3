"""Out of an address what is asked, and back: words, filters as chips, an example, seconds around the moments."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.urls import reverse

from grounding.errors import BadQueryError
from grounding.retrieve.parts import LABELS
from videosearch.accounts.models import User
from videosearch.library.access import get_video
from videosearch.library.models import Library
from videosearch.search import cards, filters, reading, stills
from videosearch.search.access import get_candidate
from videosearch.search.likeness import Example, example_at
from videosearch.search.models import Query
from videosearch.search.service import Asked

AROUND: Final = 60.0
"""The most seconds that are played before or after a moment."""

_PLACE: Final = re.compile(r"([0-9a-f-]{36})@(\d{1,6}(?:\.\d+)?):(-?[\d.]+),(-?[\d.]+),(-?[\d.]+),(-?[\d.]+)")
_ASKING: Final = ("q", "f", "like")


class Chip(NamedTuple):
    """One thing beside the words: a field of the form, what is said of it, and the address without it."""

    name: str
    value: str
    key: str
    label: str
    without: str


def asks(given: QueryDict) -> bool:
    return any(name in given for name in _ASKING)


def read(user: User, given: QueryDict, libraries: Sequence[Library]) -> tuple[Asked, Sequence[Library]]:
    """What is asked, and of which of `libraries`.

    Raises: BadQueryError; Http404 for an example that is not the user's to see.
    """
    words, typed = filters.take(given.get("q", ""))
    found = filters.read([*given.getlist("f"), *typed], libraries)
    like = _example(user, given.get("like", ""))
    asked = Asked(words, found, like, seconds(given.get("lead", "")), seconds(given.get("lag", "")))
    return asked, found.libraries or libraries


def seconds(text: str) -> float:
    """Seconds before or after, as near to what was said as is allowed."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return min(AROUND, max(0.0, value)) if math.isfinite(value) else 0.0


def address(pairs: Sequence[tuple[str, str]]) -> str:
    return f"{reverse('search:page')}?{urlencode(pairs)}"


def pairs_of(query: Query, chosen: Sequence[Library]) -> list[tuple[str, str]]:
    """The fields that ask the same again."""
    pairs = [("q", query.text)] if query.text or not (query.filters or query.like) else []
    pairs += [("library", str(library.pk)) for library in chosen]
    pairs += [("f", one) for one in query.filters]
    pairs += [("like", query.like["ask"])] if query.like else []
    return pairs + [(name, f"{value:g}") for name, value in (("lead", query.lead), ("lag", query.lag)) if value]


def chips(query: Query, pairs: Sequence[tuple[str, str]]) -> list[Chip]:
    return [
        _chip(name, value, query, address([pair for pair in pairs if pair != (name, value)]))
        for name, value in pairs
        if name in ("f", "like")
    ]


def parts(query: Query, pairs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The parts of the reading, each with the address that asks without it; the last one's leads back to the start.

    Times from the filters have none: those are taken away where they were given.
    """
    shown = reading.understood(query)
    given = any(one.startswith(("from:", "to:")) for one in query.filters)
    for place, part in enumerate(shown, 1):
        filtered = given and part["label"] == LABELS["time"] and place == sum("rest" not in one for one in shown)
        ignoring = [*pairs, ("f", f"ignore:{part['part']}")]
        part["without"] = "" if filtered else address(ignoring) if len(shown) > 1 else reverse("search:page")
    return shown


def _chip(name: str, value: str, query: Query, without: str) -> Chip:
    if name == "like":
        return Chip(name, value, "like", query.like["name"], without)
    key, _, label = value.partition(":")
    return Chip(name, value, key, label, without)


def _example(user: User, text: str) -> Example | None:
    """A moment by its id, or a box at a time of a video: `<video>@<seconds>:<x1>,<y1>,<x2>,<y2>`."""
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 19:
        row = get_candidate(user, int(text))
        time, around = stills.moment(row.get_tube(), *cards.shown_span(row))
        return example_at(row.video, time, around)
    place = _PLACE.fullmatch(text)
    if place is None:
        raise Http404("No such example.")
    try:
        x1, y1, x2, y2 = (float(side) for side in place.groups()[2:])
    except ValueError:
        raise BadQueryError("The box is given in pixels of the picture.") from None
    return example_at(get_video(user, place[1]), float(place[2]), (x1, y1, x2, y2))
