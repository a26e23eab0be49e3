"""File names as people sent them: text to show, never a path."""

from __future__ import annotations

import unicodedata

_NAME = 255
_TITLE = 200
_READ = 4 * _NAME  # a name of a million characters is cut before anything costly is done with it


def clean_name(raw: str) -> str:
    """The last part of a file name in one line without control characters, at most 255 characters."""
    text = raw[-_READ:].replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    return unicodedata.normalize("NFC", " ".join(text.split()))[:_NAME]


def title_from(name: str) -> str:
    """A title out of a file name: "2025-10-04_U17 vs City.mp4" → "2025-10-04 U17 vs City"."""
    stem, dot, ending = name.rpartition(".")
    words = stem if dot and stem and ending.isalnum() and len(ending) <= 4 else name
    return " ".join(words.replace("_", " ").split())[:_TITLE] or "Untitled video"
