"""Why a moment was found: what was asked of it, second by second. The same values for the page and the API."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from grounding.types import Span
from grounding.verify.explain import Held, explain
from videosearch.lib.scopes import maker
from videosearch.library.models import Role
from videosearch.search import cards, convert
from videosearch.search.access import get_candidate
from videosearch.search.http import SignedIn
from videosearch.search.models import Candidate


class Step(NamedTuple):
    """Seconds in a row in which something was as true as makes no difference; `x` and `width` in seconds of the hit."""

    x: int
    width: int
    start: int
    end: int
    degree: float


class Row(NamedTuple):
    """One thing that was asked, with its steps."""

    held: Held
    steps: list[Step]
    length: int


def held(row: Candidate) -> tuple[Held, ...]:
    """What was asked of the candidate's video, over the span that is shown."""
    query = convert.query_from(row.query, row.video_id)
    return explain(query, convert.candidate_from(row).evidence, Span(*cards.shown_span(row)))


@maker(Role.VIEWER)
@require_GET
@login_required
def why(request: SignedIn, candidate_id: int) -> HttpResponse:
    """A part of the list of results, or a page of its own without JavaScript."""
    row = get_candidate(request.user, candidate_id)
    context: dict[str, Any] = {"candidate": row, "rows": [_row(one) for one in held(row)]}
    template = "search/why.html#why" if request.htmx else "search/why.html"
    return render(request, template, context)


def _row(one: Held) -> Row:
    first = one.seconds[0][0] if one.seconds else 0
    steps: list[Step] = []
    for second, degree in one.seconds:
        rounded = round(degree, 1)
        last = steps[-1] if steps else None
        if last is not None and last.end == second and last.degree == rounded:
            steps[-1] = last._replace(width=last.width + 1, end=second + 1)
        else:
            steps.append(Step(second - first, 1, second, second + 1, rounded))
    return Row(one, steps, one.seconds[-1][0] + 1 - first if one.seconds else 1)
