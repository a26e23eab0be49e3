"""What sampling needs of the networks that look at one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grounding.types import Floats, Image


class Pose(Protocol):
    """Finds body points."""

    def estimate(self, image: Image | Sequence[Image], boxes: Floats) -> Floats:
        """(N, 17, 3): x, y in picture pixels and score for each of `boxes` (N, 4), of one picture or of one each."""
        ...


class Appearance(Protocol):
    """Turns what a person looks like into a vector."""

    def embed(self, image: Image | Sequence[Image], boxes: Floats) -> Floats:
        """(N, D) unit rows for `boxes` (N, 4), of one picture or each of its own."""
        ...


class Numbers(Protocol):
    """Reads shirt numbers."""

    def read(self, crops: Sequence[Image]) -> list[tuple[str, float] | None]:
        """(number, confidence) or None for each crop of one person's box."""
        ...
