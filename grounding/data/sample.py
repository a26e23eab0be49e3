"""What every reader yields: something to be found in a video, and where it is."""

from __future__ import annotations

from dataclasses import dataclass

from grounding.types import Span, Tube


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A true tube.

    span: when it is true, `[start, end)`; tube: the boxes there are, at most one for each time of the set's own grid
    (`tube.step` apart: a frame, or a fifth of a second in generated matches); identity: its number in the set.
    """

    span: Span
    tube: Tube
    identity: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One question of a data set with its answer, or one identity where a set has no text.

    id: what a prediction names, unique in its set; video: its name in the set; fps: frames a second as published;
    targets: the true tubes, any of which is right (one, but for generated matches, where many moments may answer);
    text: the sentence; kind: the set's own kind of sentence; size: width and height in pixels.

    Times are presentation times in seconds from the first frame. Where a set publishes frame numbers and a rate
    alone, a frame's time is its number, counted from 0, by the rate; the readers say so.
    """

    id: str
    video: str
    fps: float
    targets: tuple[Target, ...]
    text: str | None = None
    kind: str | None = None
    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not self.targets:
            raise ValueError(f"sample {self.id} needs at least one target")
        if self.fps <= 0:
            raise ValueError(f"sample {self.id} needs a positive frame rate, got {self.fps}")
