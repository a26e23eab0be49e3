"""JSON in and out, checked against the schemas."""

from __future__ import annotations

import json
from typing import Any, Final, TypeVar

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, ValidationError

from videosearch.api import schemas
from videosearch.api.errors import ApiError
from videosearch.indexing.matchtime import match_facts
from videosearch.library.models import Video

MAX_BODY: Final = 64 * 1024

Model = TypeVar("Model", bound=BaseModel)


def read_json(request: HttpRequest) -> Any:
    """Raises ApiError 413 or 422."""
    if int(request.headers.get("Content-Length") or 0) > MAX_BODY:
        raise ApiError(413, f"The request is larger than {MAX_BODY // 1024} kB.")
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise ApiError(422, "The body is not JSON.") from None


def validated(model: type[Model], given: Any) -> Model:
    """Raises ApiError 422 with what is wrong first."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise ApiError(422, _sentence(error)) from None


def answer(model: BaseModel) -> HttpResponse:
    return HttpResponse(model.model_dump_json(), content_type="application/json")


def match_moment(video: Video | None, t: float) -> schemas.MatchMoment:
    """What clock and score say at a time of a video."""
    facts = match_facts(video, t)
    return schemas.MatchMoment(clock=facts["match_clock"], time=facts["match_time"], score=facts["match_score"])


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}." if place else f"{first['msg']}."
