"""Small models for tests, and what they are trained and judged on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

VLM: Final = Path(__file__).parent / "vlm"
"""The chat model that looks; how it was made is written beside it."""
