"""LongoMatch's table of events: per category a heading, then its events with a column for each of its tags."""

from __future__ import annotations

from videosearch.reels.exports.csv_file import cell, table
from videosearch.reels.exports.document import Document, File, Moment


def write(document: Document) -> list[File]:
    return [File(f"{name}.csv", _events(moments)) for name, _, moments in document.by_video()] or [
        File(f"{document.file_name}.csv", table([], ";"))
    ]


def _events(moments: list[Moment]) -> bytes:
    categories: dict[str, list[Moment]] = {}
    for moment in moments:
        categories.setdefault(moment.code, []).append(moment)
    rows: list[list[str]] = []
    for category, events in categories.items():
        tags = list(dict.fromkeys(name for event in events for _, name in event.tags))
        rows.append([f"CATEGORY: {cell(category)}"])
        rows.append(["Name", "Start", "Stop", "Team", *map(cell, tags)])
        for event in events:
            has = {name for _, name in event.tags}
            shown = event.player or event.note or event.label
            span = [_clock(event.start), _clock(event.end)]
            rows.append([cell(shown), *span, cell(event.colour), *("1" if tag in has else "0" for tag in tags)])
        rows.append([])
    return table(rows, ";")


def _clock(seconds: float) -> str:
    """1:02,345 and, past the hour, 1:01:02,345: as that program writes times."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    front = f"{hours}:{minute:02}" if hours else f"{minute}"
    return f"{front}:{second:02},{milliseconds:03}"
