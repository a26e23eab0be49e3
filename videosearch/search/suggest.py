"""What may follow while somebody types a filter: keys, and values that there are in the caller's libraries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypedDict

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.views.decorators.http import require_GET

from videosearch.indexing.models import Track
from videosearch.lib.scopes import signed_in
from videosearch.library.models import Library, Video
from videosearch.search import wearing
from videosearch.search.filters import KEYS, SHIRTS, Filter
from videosearch.search.http import SignedIn
from videosearch.search.models import Verdict

MOST: Final = 8
SCORES: Final = ("30", "50", "70", "90")
STANDINGS: Final = ("0-0", "1-0", "0-1", "1-1")
MINUTES: Final = ("0-15", "30-45", "45-60", "75-90")
TIMES: Final = ("0:00", "10:00", "45:00", "60:00")


class Suggestion(TypedDict):
    """value: what is put in; a key ends with a colon and is not whole yet."""

    value: str
    label: str
    hint: str


@signed_in
@require_GET
@login_required
def suggest(request: SignedIn) -> JsonResponse:
    """`token`: the word the cursor stands in."""
    key, colon, start = request.GET.get("token", "")[:100].lower().replace("\0", "").partition(":")
    start = start.strip('"')
    if not colon:
        found = [Suggestion(value=f"{name}:", label=f"{name}:", hint=hint) for name, hint in KEYS.items()]
        return JsonResponse({"suggestions": [one for one in found if key and one["label"].startswith(key)]})
    values = _values(key, start, list(Library.objects.for_user(request.user))) if key in KEYS else []
    made = [Suggestion(value=Filter(key, value).typed, label=value, hint=key) for value in values[:MOST]]
    return JsonResponse({"suggestions": made})


def _values(key: str, start: str, libraries: Sequence[Library]) -> list[str]:
    if key == "library":
        return [one.name for one in libraries if start in one.name.lower()]
    if key == "video":
        titles = Video.objects.filter(library__in=libraries, title__icontains=start).order_by("-created_at")
        return list(dict.fromkeys(titles.values_list("title", flat=True)[: 4 * MOST]))
    if key == "number":
        seen = Track.objects.filter(
            video__library__in=libraries, version__active=True, attributes__number__startswith=start
        )
        numbers = set(seen.values_list("attributes__number", flat=True).distinct())
        return sorted(numbers, key=lambda number: (len(number), number))
    if key == "ignore":
        return []
    if key == "team":
        return list(dict.fromkeys([*wearing.teams_called(start, libraries), *(one for one in SHIRTS if start in one)]))
    if key == "player":
        return wearing.players_called(start, libraries)
    fixed: dict[str, Sequence[str]] = {
        "shirt": SHIRTS,
        "verdict": Verdict.values,
        "score": (*SCORES, *STANDINGS),
        "from": TIMES,
        "to": TIMES,
        "clock": MINUTES,
        "half": ("1", "2"),
    }
    return [one for one in fixed[key] if one.startswith(start)]
