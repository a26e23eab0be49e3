"""What a film is made of, frozen when it is ordered: what happens to the reel meanwhile changes nothing in it."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

SPEEDS: Final = (1.0, 0.5, 0.25)
SHORTEST: Final = 0.2
LONGEST_CLIP: Final = 600.0
LONGEST_TITLE: Final = 30.0
LONGEST_FILM: Final = 3600.0
MOST_PARTS: Final = 100


class Title(BaseModel):
    """A card between clips."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["title"] = "title"
    text: str = Field(max_length=200)
    note: str = Field(default="", max_length=200)
    seconds: float = Field(ge=SHORTEST, le=LONGEST_TITLE)

    @property
    def length(self) -> float:
        return self.seconds


class Clip(BaseModel):
    """[start, end) of a video, at `speed`, with `name` and a box burned in where `boxes` says the player is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["clip"] = "clip"
    video: UUID
    start: float = Field(ge=0)
    end: float
    speed: float = 1.0
    name: str = Field(default="", max_length=80)
    step: float = 0.2
    boxes: list[list[float]] = []

    @property
    def length(self) -> float:
        return (self.end - self.start) / self.speed


Part = Annotated[Title | Clip, Field(discriminator="kind")]


class Plan(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    parts: list[Part]

    @property
    def seconds(self) -> float:
        return sum(part.length for part in self.parts)

    @property
    def videos(self) -> set[UUID]:
        return {part.video for part in self.parts if isinstance(part, Clip)}

    @property
    def digest(self) -> str:
        """Names the film: two plans of the same digest give the same pictures."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class PlanError(ValueError):
    """It cannot be made into a film; `str(error)` is a sentence for people that says what to do."""


def check(plan: Plan) -> None:
    """Raises PlanError."""
    clips = [part for part in plan.parts if isinstance(part, Clip)]
    if not clips:
        raise PlanError("There is nothing to show yet: add at least one moment.")
    if len(plan.parts) > MOST_PARTS:
        raise PlanError(f"A film may have {MOST_PARTS} parts; this one has {len(plan.parts)}. Make two of it.")
    for clip in clips:
        if clip.end - clip.start < SHORTEST - 1e-6:
            raise PlanError(f"A moment must last at least {SHORTEST} seconds; move its out mark.")
        if clip.end - clip.start > LONGEST_CLIP:
            raise PlanError(f"One moment may last {LONGEST_CLIP / 60:.0f} minutes; cut the longer one into several.")
    if plan.seconds > LONGEST_FILM:
        said = f"{plan.seconds / 60:.0f} minutes, slow motion counted"
        raise PlanError(f"A film may last {LONGEST_FILM / 60:.0f} minutes; this one would last {said}.")
