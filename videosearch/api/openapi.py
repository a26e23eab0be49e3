"""The OpenAPI 3.1 description, made of the same classes that the views answer with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from videosearch.api import schemas

VERSION: Final = "1.0.0"
_REFERENCE: Final = "#/components/schemas/{model}"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `errors`: the statuses it may answer with beside 200, 401, 405 and 429."""

    name: str
    method: str
    path: str
    summary: str
    response: type[BaseModel]
    request: type[BaseModel] | None = None
    parameters: tuple[dict[str, Any], ...] = ()
    errors: tuple[int, ...] = ()

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        """Name, place, type and meaning of all that can be given, for people."""
        given = [(one["name"], one["in"], _words(one["schema"]), one["description"]) for one in self.parameters]
        fields = self.request.model_json_schema()["properties"] if self.request else {}
        return given + [(name, "body", _words(one), one.get("description", "")) for name, one in fields.items()]


def _words(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:  # what may also be left out
        return _words(next(one for one in schema["anyOf"] if one.get("type") != "null"))
    if "$ref" in schema:
        return "object"
    if schema.get("type") == "array":
        return f"list of {_words(schema['items'])}"
    return str(schema.get("format", schema["type"]))


def _parameter(name: str, place: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema, "description": text}


def _id(name: str, of: str) -> dict[str, Any]:
    return _parameter(name, "path", {"type": "string", "format": "uuid"}, f"Id of the {of}.")


_BOXES: Final = _parameter("boxes", "query", {"type": "boolean", "default": True}, "Whether moments carry their boxes.")

_MOMENT: Final = _parameter("moment_id", "path", {"type": "integer"}, "Id of a hit of one of your searches.")

ROUTES: Final = (
    Route(
        "search", "post", "/api/v1/search", "Search, with the question as JSON",
        schemas.SearchResponse, schemas.SearchRequest, errors=(404, 413, 422),
    ),
    Route(
        "search", "get", "/api/v1/search", "Search, with the question in the address",
        schemas.SearchResponse,
        parameters=(
            {**_parameter("query", "query", {"type": "string"}, "What to look for, in plain words."), "required": True},
            _parameter(
                "library", "query", {"type": "array", "items": {"type": "string", "format": "uuid"}},
                "Library to search, may be repeated; all of yours without it.",
            ),
            _parameter(
                "wait", "query", {"type": "number", "minimum": 0, "maximum": 20, "default": 5},
                "Seconds to wait for the verdicts.",
            ),
            _BOXES,
        ),
        errors=(404, 422),
    ),
    Route(
        "query", "get", "/api/v1/queries/{query_id}", "A search asked before, with the verdicts there are by now",
        schemas.SearchResponse, parameters=(_id("query_id", "query"), _BOXES), errors=(404,),
    ),
    Route(
        "feedback", "post", "/api/v1/moments/{moment_id}/feedback",
        "Say that a moment is right or wrong, or put it right",
        schemas.Feedback, schemas.FeedbackRequest, parameters=(_MOMENT,), errors=(403, 404, 413, 422),
    ),
    Route(
        "feedback", "delete", "/api/v1/moments/{moment_id}/feedback", "Take back what you said of a moment",
        schemas.Feedback, parameters=(_MOMENT,), errors=(403, 404),
    ),
    Route("libraries", "get", "/api/v1/libraries", "The libraries you are a member of", schemas.LibraryList),
    Route(
        "video", "get", "/api/v1/videos/{video_id}", "A video and how far it is indexed",
        schemas.Video, parameters=(_id("video_id", "video"),), errors=(404,),
    ),
    Route(
        "sheet", "get", "/api/v1/videos/{video_id}/sheet", "The team sheet of a video, or the kits seen in it",
        schemas.Sheet, parameters=(_id("video_id", "video"),), errors=(404,),
    ),
    Route(
        "sheet", "put", "/api/v1/videos/{video_id}/sheet", "Write the team sheet of a video; it holds at once",
        schemas.Sheet, schemas.SheetRequest, parameters=(_id("video_id", "video"),), errors=(403, 404, 413, 422),
    ),
    Route(
        "bookmarks", "get", "/api/v1/bookmarks", "Your bookmarks, the newest 200",
        schemas.BookmarkList, parameters=(_BOXES,),
    ),
    Route("reels", "get", "/api/v1/reels", "Your reels, and those made for your teams", schemas.ReelList),
    Route(
        "reel", "get", "/api/v1/reels/{reel_id}", "A reel with its parts, and how its film stands",
        schemas.ReelDetail, parameters=(_id("reel_id", "reel"), _BOXES), errors=(404,),
    ),
)  # fmt: skip

_REQUESTS: Final = {route.request for route in ROUTES if route.request}

_ERRORS: Final = {
    401: "No token, or one that is not known.",
    403: "Your role in the library does not allow it.",
    404: "There is no such thing, or it is not yours.",
    405: "Another method is needed.",
    413: "The request is too large.",
    422: "The question cannot be asked; the sentence says why.",
    429: "Too many requests in this minute.",
}


def document(server: str) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method] = _operation(route)
    used = {model for route in ROUTES for model in (route.response, route.request) if model} | {schemas.Error}
    ordered = sorted(used, key=lambda model: model.__name__)
    _, definitions = models_json_schema(
        [(model, "validation" if model in _REQUESTS else "serialization") for model in ordered],
        ref_template=_REFERENCE,
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Video search",
            "version": VERSION,
            "description": "Ask for moments of your team's matches in plain words and get them with their boxes.",
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    statuses = sorted({401, 405, 429, *route.errors})
    operation: dict[str, Any] = {
        "operationId": f"{route.method}_{route.name}",
        "summary": route.summary,
        "parameters": list(route.parameters),
        "responses": {
            "200": {"description": "Done.", "content": _content(route.response)},
            **{str(one): {"description": _ERRORS[one], "content": _content(schemas.Error)} for one in statuses},
        },
    }
    if route.request is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.request)}
    return operation


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}}}
