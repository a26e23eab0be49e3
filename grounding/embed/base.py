"""What retrieval needs of an embedder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from grounding.types import Floats


class TextEmbedder(Protocol):
    """Turns texts into vectors whose dot product says how alike they mean."""

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Floats:
        """(len(texts), dimension) float32 unit rows, in the order of `texts`."""
        ...
