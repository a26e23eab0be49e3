"""Text to unit vectors."""

from __future__ import annotations

from grounding.embed.base import TextEmbedder
from grounding.embed.minilm import MiniLmEmbedder

__all__ = ["MiniLmEmbedder", "TextEmbedder"]
