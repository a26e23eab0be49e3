"""What goes in and out of the API. The OpenAPI document is made of these classes, the responses too."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, description="Seconds from the first picture.")]
BoxRow = Annotated[
    list[float], Field(min_length=5, max_length=5, description="t, x1, y1, x2, y2 in pixels of the picture.")
]
Verdict = Literal["confirmed", "rejected", "unsure", "unchecked"]
PredicateKind = Literal[
    "object", "shirt_colour", "shorts_colour", "number", "name", "place", "motion", "direction", "action", "relation",
    "count", "time",
]  # fmt: skip


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Error(Schema):
    error: str = Field(description="One sentence for people.")


class SearchRequest(Schema):
    query: str = Field(description="What to look for, in plain words; at most 500 characters.")
    libraries: list[UUID] = Field(default=[], max_length=100, description="Library ids; all of yours if empty.")
    wait: float = Field(
        default=5.0, ge=0, le=20, description="Seconds to wait for the verdicts; 0 answers with candidates at once."
    )
    boxes: bool = Field(default=True, description="Whether hits carry their boxes.")


class Predicate(Schema):
    kind: PredicateKind
    value: str


class ParsedQuery(Schema):
    text: str
    predicates: list[Predicate]
    rest: str = Field(description="Words left to the embedding.")


class HitUrls(Schema):
    page: str = Field(description="The moment in the player, for people.")
    video: str
    tracks: str = Field(description="Boxes of the moment as JSON, with a session.")
    still: str = Field(description="A picture of the moment, with a session.")


class Hit(Schema):
    rank: int = Field(ge=1)
    video: str = Field(description="The file's name.")
    video_id: UUID
    title: str
    library_id: UUID
    track_ids: list[int]
    label: str
    start: Seconds
    end: Seconds
    score: float
    verdict: Verdict
    reason: str
    boxes: list[BoxRow]
    urls: HitUrls


class SearchResponse(Schema):
    id: UUID
    query: ParsedQuery
    state: Literal["searching", "verifying", "done", "cancelled"]
    answer: Literal["found", "nothing_good"] | None = Field(description="Null until every verdict is there.")
    embedded: bool = Field(description="False: searched by what was measured only, the language model was not there.")
    elapsed_ms: int
    created_at: datetime
    hits: list[Hit]
    url: str = Field(description="Ask here again for verdicts that were still missing.")


class Library(Schema):
    id: UUID
    name: str
    role: Literal["viewer", "reviewer", "editor", "admin"]
    videos: int = Field(ge=0)
    url: str


class LibraryList(Schema):
    libraries: list[Library]


class Video(Schema):
    id: UUID
    library_id: UUID
    title: str
    name: str = Field(description="The file's name.")
    status: Literal["uploaded", "processing", "ready", "partial", "failed"]
    error: str
    duration: Seconds
    indexed_seconds: Seconds
    width: int
    height: int
    fps: float
    created_at: datetime
    url: str
