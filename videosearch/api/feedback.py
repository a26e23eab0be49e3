"""Feedback on a moment, for programs."""

from __future__ import annotations

from django.http import HttpResponse

from videosearch.api import bodies, schemas
from videosearch.api.auth import ApiRequest, endpoint
from videosearch.api.errors import ApiError
from videosearch.lib.scopes import By, maker
from videosearch.library.models import Role
from videosearch.search import feedback as service
from videosearch.search.access import get_candidate
from videosearch.search.models import Feedback


@maker(Role.REVIEWER, by=By.TOKEN)
@endpoint("POST", "DELETE")
def feedback(request: ApiRequest, moment_id: int) -> HttpResponse:
    row = get_candidate(request.user, moment_id, Role.REVIEWER)
    if request.method == "DELETE":
        service.withdraw(request.user, row)
        empty = schemas.Feedback(moment=row.pk, judgement=None, start=None, end=None, box=None, created_at=None)
        return bodies.answer(empty)
    asked = bodies.validated(schemas.FeedbackRequest, bodies.read_json(request))
    box = (asked.box[0], asked.box[1], asked.box[2], asked.box[3], asked.box[4]) if asked.box else None
    try:
        said = service.say(request.user, row, asked.judgement, service.Correction(asked.start, asked.end, box))
    except service.BadFeedbackError as error:
        raise ApiError(422, str(error)) from error
    return bodies.answer(_shape(row.pk, said))


def _shape(moment: int, said: Feedback) -> schemas.Feedback:
    return schemas.Feedback(
        moment=moment,
        judgement=said.judgement,
        start=said.corrected_start,
        end=said.corrected_end,
        box=said.corrected_boxes[0] if said.corrected_boxes else None,
        created_at=said.created_at,
    )
