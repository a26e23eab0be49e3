"""A table, a row a moment."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from videosearch.reels.exports.document import Document, File, Moment, clock, one_line

COLUMNS: Final = (
    "video", "file", "start_s", "end_s", "start", "end", "label", "player", "tags", "colour", "note", "query",
    "verdict", "score", "url", "match_time", "match_score",
)  # fmt: skip

_FORMULA: Final = ("=", "+", "-", "@")


def write(document: Document) -> list[File]:
    rows = [COLUMNS, *(_row(moment) for moment in document.moments)]
    return [File(f"{document.file_name}.csv", table(rows))]


def table(rows: Iterable[Sequence[str]], delimiter: str = ",") -> bytes:
    """The mark at the front tells spreadsheets that it is UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return ("\ufeff" + text.getvalue()).encode("utf-8")


def cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula: an apostrophe before what begins like one."""
    line = one_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line


def _row(moment: Moment) -> tuple[str, ...]:
    texts = (
        moment.label, moment.player, "; ".join(name for _, name in moment.tags), moment.mark, moment.note, moment.query,
        moment.verdict,
    )  # fmt: skip
    return (
        cell(moment.source.title),
        cell(moment.source.name),
        f"{moment.start:.3f}",
        f"{moment.end:.3f}",
        clock(moment.start),
        clock(moment.end),
        *map(cell, texts),
        "" if moment.score is None else f"{moment.score:.4f}",
        cell(moment.url),
        cell(moment.match_time),
        cell(moment.match_score),
    )
