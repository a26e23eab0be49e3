"""CMX 3600, the edit list that every video editor reads.

Times are counted in frames: of the source at its own rate, of the record side at the film's. The time code is non-drop,
begins at zero with the first picture of the video, and is that of the copy that is played here, not of the camera.
"""

from __future__ import annotations

import re
from typing import Final

from videosearch.reels.exports.document import Card, Document, File, Moment, Source, one_line

_MOST_EVENTS: Final = 999
_NOT_IN_REELS: Final = re.compile(r"[^A-Z0-9]")
_BLACK: Final = "BL"


def write(document: Document) -> list[File]:
    if document.sequence:
        return _lists(document.file_name, document.title, list(document.entries), document.fps)
    files: list[File] = []
    for name, source, moments in document.by_video():
        files += _lists(name, source.title, list(moments), source.fps or 25.0)
    return files or _lists(document.file_name, document.title, [], document.fps)


def _lists(name: str, title: str, entries: list[Moment | Card], fps: float) -> list[File]:
    """The format counts events with three digits: a longer list is cut into several files."""
    parts = [entries[at : at + _MOST_EVENTS] for at in range(0, max(len(entries), 1), _MOST_EVENTS)]
    many = len(parts) > 1
    return [
        File(f"{name} {number}.edl" if many else f"{name}.edl", _list(title, part, fps))
        for number, part in enumerate(parts, 1)
    ]


def _list(title: str, entries: list[Moment | Card], fps: float) -> bytes:
    lines = [f"TITLE: {_ascii(title)[:70]}", "FCM: NON-DROP FRAME"]
    reels: dict[str, str] = {}
    at = 0
    for number, entry in enumerate(entries, 1):
        length = max(1, round(entry.seconds * fps))
        record = f"{_timecode(at, fps)} {_timecode(at + length, fps)}"
        if isinstance(entry, Card):
            lines.append(_event(number, _BLACK, f"{_timecode(0, fps)} {_timecode(length, fps)}", record))
            lines.append(f"* COMMENT: {_comment(entry.text)}")
        else:
            lines += _clip(number, entry, _reel(entry.source, reels), record)
        at += length
    return ("\r\n".join(lines) + "\r\n").encode()


def _clip(number: int, moment: Moment, reel: str, record: str) -> list[str]:
    rate = moment.source.fps or 25.0
    first = round(moment.start * rate)
    last = max(first + 1, round(moment.end * rate))
    lines = [_event(number, reel, f"{_timecode(first, rate)} {_timecode(last, rate)}", record)]
    if moment.speed != 1:
        lines.append(f"M2   {reel:<8} {rate * moment.speed:05.1f}                {_timecode(first, rate)}")
    lines.append(f"* FROM CLIP NAME: {_comment(moment.source.name or moment.source.title)}")
    said = " - ".join(filter(None, (moment.code, moment.player, moment.note)))
    return [*lines, f"* COMMENT: {_comment(said)}"]


def _event(number: int, reel: str, source: str, record: str) -> str:
    return f"{number:03}  {reel:<8} V     C        {source} {record}"


def _reel(source: Source, reels: dict[str, str]) -> str:
    """A tape name of at most eight capitals and digits, one a video."""
    if source.id not in reels:
        number = len(reels) + 1
        front = _NOT_IN_REELS.sub("", _ascii(source.title).upper())[: 8 - len(str(number))] or "V"
        reels[source.id] = f"{front}{number}"
    return reels[source.id]


def _timecode(frame: int, fps: float) -> str:
    rate = max(1, round(fps))
    seconds, frames = divmod(frame, rate)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}"


def _ascii(text: str) -> str:
    return one_line(text).encode("ascii", "replace").decode()


def _comment(text: str) -> str:
    return one_line(text) or "-"
