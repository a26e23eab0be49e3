"""What the columns of the text recogniser mean."""

from __future__ import annotations

from typing import Final

CHARACTERS: Final = "0123456789" + "".join(chr(code) for code in range(33, 127) if not chr(code).isdigit())
"""Columns 1… of the output of the weight `ppocr-digits`; column 0 is the blank between characters."""
