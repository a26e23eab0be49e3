"""Match time on pages of earlier apps."""

from __future__ import annotations

from typing import Any

from django import template

from grounding.matchtime import MatchClock, minute_text
from videosearch.indexing.clock_form import form_for
from videosearch.indexing.matchtime import clock_from_row
from videosearch.indexing.models import MatchTime
from videosearch.library.models import Video

register = template.Library()


@register.inclusion_tag("indexing/_clock.html", takes_context=True)
def match_clock(context: template.Context, video: Video, may_edit: bool) -> dict[str, Any]:
    """What is known of the match's clock, and the form to put it right."""
    row = MatchTime.objects.filter(video=video).select_related("changed_by").first()
    clock = clock_from_row(row, video.playable_seconds) if row else MatchClock()
    return {
        "video": video,
        "known": clock,
        "row": row,
        "goals": _goals(clock),
        "sentence": _sentence(row, clock),
        "form": form_for(row, clock) if may_edit else None,
        "csrf_token": context.get("csrf_token"),
    }


def _goals(clock: MatchClock) -> list[dict[str, Any]]:
    return [{"t": one.t, "score": one.text, "minute": minute_text(clock, one.t)} for one in clock.goals()]


def _sentence(row: MatchTime | None, clock: MatchClock) -> str:
    if row is not None and row.by_hand:
        return f"Set by {row.changed_by or 'somebody who left'}."
    if not clock:
        return "No score board was read in this video."
    known = sum(piece.end - piece.start for piece in clock.pieces)
    return (
        f"Read from the score board: {round(known / 60)} minutes of match time."
        if known >= 90
        else (f"Read from the score board: {round(known)} seconds of match time.")
    )
