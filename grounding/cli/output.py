"""Tables, JSON and a progress line."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from grounding.types import Progress

T = TypeVar("T")


def write_json(data: Any) -> None:
    """One JSON document on stdout; NaN and infinity are refused, as JSON has no words for them."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n")


def write_note(text: str) -> None:
    """One line on stderr, for people who wait."""
    sys.stderr.write(f"{text}\n")


def write_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """An aligned table on stdout; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
    numeric = [bool(cells) and all(_is_number(row[i]) for row in cells) for i in range(len(header))]
    for row in [list(header), *cells]:
        line = "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        )
        sys.stdout.write(line.rstrip() + "\n")


def follow(steps: Iterable[Progress | T], what: str, unit: str = "s") -> T:
    """Runs a long pass to its end, shows where it is on stderr and returns its result, the last item."""
    started = shown = time.monotonic()
    result: T | None = None
    for step in steps:
        if not isinstance(step, Progress):
            result = step
        elif time.monotonic() - shown > 1:
            shown = time.monotonic()
            write_note(f"{what}: {step.stage} {step.done:.0f} of {step.total:.0f} {unit}")
    assert result is not None, "a pass ends with its result"
    write_note(f"{what}: done in {time.monotonic() - started:.1f} s")
    return result


def clock(seconds: float) -> str:
    """Seconds as m:ss.d, e.g. 75.04 as 1:15.0."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).replace("%", "", 1).strip().isdigit() or text in {"", "-"}
