"""What goes in and out of the API. The OpenAPI document is made of these classes, the responses too."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

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
    ignore: list[str] = Field(
        default=[], max_length=20, description='Parts of the reading that were not meant, such as "shirt red".'
    )
    wait: float = Field(
        default=5.0, ge=0, le=20, description="Seconds to wait for the verdicts; 0 answers with candidates at once."
    )
    boxes: bool = Field(default=True, description="Whether hits carry their boxes.")


class Predicate(Schema):
    kind: PredicateKind
    value: str
    negated: bool = Field(default=False, description="It must not hold.")
    choice: int = Field(default=0, ge=0, alias="or", description="The choice it belongs to: one branch is enough.")
    branch: int = Field(default=0, ge=0, description="Which branch of the choice.")
    then: int = Field(default=0, ge=0, description="The step: what changes holds in the order of the steps.")
    said: str = Field(default="", description="The name that stood for it.")
    guessed: bool = Field(default=False, description="Its word was guessed at by its meaning.")

    @model_serializer(mode="wrap")
    def _short(self, handler: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def] # keeps the schema
        """Kind and value, and of the rest what is not as usual."""
        whole = {"or" if name == "choice" else name: value for name, value in handler(self).items()}
        return {name: value for name, value in whole.items() if value or name in ("kind", "value")}


class ParsedQuery(Schema):
    text: str
    predicates: list[Predicate]
    rest: str = Field(description="Words left to the embedding.")


class Held(Schema):
    kind: PredicateKind
    value: str
    negated: bool = False
    words: str
    seconds: list[tuple[int, float]] = Field(description="Second of the video and how true it was in it, 0 to 1.")


class HitUrls(Schema):
    page: str = Field(description="The moment in the player, for people.")
    video: str
    tracks: str = Field(description="Boxes of the moment as JSON, with a session.")
    still: str = Field(description="A picture of the moment, with a session.")


Said = Literal["right", "wrong", "corrected"]


class MatchMoment(Schema):
    clock: float | None = Field(description="Seconds on the match clock at the start; null where it is not known.")
    time: str = Field(description="The same in words, such as 37′ or Q3 4:21.")
    score: str = Field(description="What the score board says then, such as 1-0.")


class Hit(Schema):
    id: int = Field(description="The moment's id, for feedback.")
    rank: int = Field(ge=1)
    video: str = Field(description="The file's name.")
    video_id: UUID
    title: str
    library_id: UUID
    track_ids: list[int]
    label: str
    name: str = Field(description="Number and name by the team sheet; empty where nobody is on it.")
    start: Seconds
    end: Seconds
    score: float = Field(description="Once it was checked, the probability that it is right.")
    verdict: Verdict
    reason: str
    verifier: str = Field(description="What judged it, with model and version of the prompt; empty if nothing did.")
    held: list[Held] = Field(description="What was asked and can be measured, in the seconds of the moment.")
    feedback: Said | None = Field(description="What you said of it.")
    match: MatchMoment
    boxes: list[BoxRow]
    urls: HitUrls


class SearchResponse(Schema):
    id: UUID
    query: ParsedQuery
    state: Literal["searching", "verifying", "done", "cancelled"]
    answer: Literal["found", "nothing_good"] | None = Field(description="Null until every verdict is there.")
    probability: float = Field(description="That one of the hits is right, once they were checked.")
    embedded: bool = Field(description="False: searched by what was measured only, the language model was not there.")
    notes: list[str] = Field(description="Sentences about names: whom they may mean, where they are not known.")
    unseen: str = Field(description="Why a model did not look at all pictures; empty if it did, or if none is set.")
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


Colour = Literal[
    "red", "orange", "yellow", "green", "light blue", "blue", "purple", "pink", "brown", "black", "grey", "white", "",
]  # fmt: skip


class SheetPlayer(Schema):
    number: int = Field(ge=0, le=99)
    name: str = Field(min_length=1, max_length=60)
    nicknames: list[str] = Field(default=[], max_length=5)


class SheetTeam(Schema):
    side: Literal["home", "away"]
    name: str = Field(default="", max_length=60)
    shirt: Colour = Field(default="", description="Empty where it is not known; so the others.")
    shorts: Colour = ""
    keeper: Colour = Field(default="", description="Of the keeper's shirt.")
    attacks: Literal["left", "right", ""] = Field(
        default="", description="The side of the picture it attacks in the first half."
    )
    players: list[SheetPlayer] = Field(default=[], max_length=100)


class SheetRequest(Schema):
    teams: list[SheetTeam] = Field(
        max_length=2, description="Home and away; they take the place of the whole sheet, none empties it."
    )


class SeenKit(Schema):
    name: str = Field(description="By its colours.")
    shirt: str
    shorts: str
    seconds: float = Field(description="Person-seconds seen in it.")


class Sheet(Schema):
    video_id: UUID
    teams: list[SheetTeam]
    seen: list[SeenKit] = Field(description="The two kits found in the video, where it has no team sheet.")


class FeedbackRequest(Schema):
    judgement: Said = Field(description="What the moment is worth.")
    start: float | None = Field(default=None, ge=0, description="The right beginning, in seconds, if corrected.")
    end: float | None = Field(default=None, ge=0, description="The right end, in seconds, if corrected.")
    box: BoxRow | None = Field(default=None, description="The right box at one time, if corrected: t, x1, y1, x2, y2.")


class Feedback(Schema):
    moment: int
    judgement: Said | None = Field(description="Null once it was taken back.")
    start: Seconds | None
    end: Seconds | None
    box: BoxRow | None
    created_at: datetime | None


class Tag(Schema):
    group: str
    name: str


class Bookmark(Schema):
    id: UUID
    video_id: UUID
    library_id: UUID
    title: str = Field(description="The video's.")
    track_ids: list[int]
    label: str
    start: Seconds
    end: Seconds
    player: str
    colour: str
    tags: list[Tag]
    note: str
    query: str = Field(description="What was asked when it was found.")
    match: MatchMoment
    boxes: list[BoxRow]
    created_at: datetime
    url: str


class BookmarkList(Schema):
    bookmarks: list[Bookmark]


class ReelPart(Schema):
    kind: Literal["clip", "title"]
    video_id: UUID | None = Field(description="Null for a title, and where the video was deleted.")
    start: Seconds
    end: Seconds
    speed: float
    name: str
    text: str = Field(description="What a title says.")
    seconds: float = Field(description="How long it takes to watch.")
    boxes: list[BoxRow]


class Film(Schema):
    id: UUID
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    percent: int
    sentence: str = Field(description="How it stands, for people.")
    seconds: float
    url: str = Field(description="The MP4, with a session.")


class Reel(Schema):
    id: UUID
    library_id: UUID
    title: str
    for_team: bool
    parts: int
    url: str


class ReelList(Schema):
    reels: list[Reel]


class ReelDetail(Reel):
    items: list[ReelPart]
    film: Film | None
