"""What indexing and retrieval need of an embedder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from grounding.types import Floats, Image


class TextEmbedder(Protocol):
    """Turns texts into vectors whose dot product says how alike they mean.

    cosines: between about these run the cosines of queries to what they are compared with.
    """

    @property
    def dimension(self) -> int: ...

    @property
    def cosines(self) -> tuple[float, float]: ...

    def embed(self, texts: Sequence[str]) -> Floats:
        """(len(texts), dimension) float32 unit rows, in the order of `texts`."""
        ...


class ImageEmbedder(Protocol):
    """Turns pictures into vectors whose dot product with those of texts says how well the text fits the picture."""

    @property
    def dimension(self) -> int: ...

    def embed_images(self, images: Sequence[Image]) -> Floats:
        """(len(images), dimension) float32 unit rows, in the order of `images`, which may differ in size."""
        ...
