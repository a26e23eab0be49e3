"""Subtitles: what is known of a moment while it runs. Of a reel, by the time of its film."""

from __future__ import annotations

from videosearch.reels.exports.document import Card, Document, File, Moment, one_line


def write(document: Document) -> list[File]:
    if document.sequence:
        cues, at = [], 0.0
        for entry in document.entries:
            cues.append((at, at + entry.seconds, [entry.text] if isinstance(entry, Card) else _lines(entry)))
            at += entry.seconds
        return [File(f"{document.file_name}.vtt", _track(cues))]
    return [
        File(f"{name}.vtt", _track([(one.start, one.end, _lines(one)) for one in moments]))
        for name, _, moments in document.by_video()
    ] or [File(f"{document.file_name}.vtt", _track([]))]


def _lines(moment: Moment) -> list[str]:
    head = " · ".join(filter(None, [moment.player or moment.label, *(name for _, name in moment.tags)]))
    return [head, moment.note]


def _track(cues: list[tuple[float, float, list[str]]]) -> bytes:
    blocks = ["WEBVTT"]
    for number, (start, end, lines) in enumerate(cues, 1):
        said = [_escaped(line) for line in lines if one_line(line)] or ["-"]
        blocks.append("\n".join([str(number), f"{_timestamp(start)} --> {_timestamp(max(end, start + 0.001))}", *said]))
    return ("\n\n".join(blocks) + "\n").encode()


def _escaped(line: str) -> str:
    """No tag, and no arrow, which would be read as the time line of a cue."""
    return one_line(line).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _timestamp(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{milliseconds:03}"
