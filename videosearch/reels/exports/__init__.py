"""Moments as files that other tools open: one module a format, each a function from a document to files.

    package(FORMATS["edl"], document)      one file, or a ZIP of several

Formats that know one time line only (`per_video`) get a file for each video.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from videosearch.reels.exports import csv_file, edl, json_file, longomatch, mot, sportscode, webvtt
from videosearch.reels.exports.document import Card, Document, File, Moment, Source

__all__ = ["FORMATS", "Card", "Document", "File", "Format", "Moment", "Source", "package"]


@dataclass(frozen=True, slots=True)
class Format:
    """name and help are for people; `write` makes the files of a document."""

    key: str
    name: str
    help: str
    content_type: str
    write: Callable[[Document], list[File]]


FORMATS: Final[Mapping[str, Format]] = {
    one.key: one
    for one in (
        Format("csv", "CSV", "A table for spreadsheets", "text/csv; charset=utf-8", csv_file.write),
        Format("json", "JSON", "Everything, with the boxes by time", "application/json", json_file.write),
        Format("sportscode", "Sportscode XML", "For Sportscode, Nacsport and others", "text/xml", sportscode.write),
        Format("longomatch", "LongoMatch CSV", "Events by category", "text/csv; charset=utf-8", longomatch.write),
        Format("edl", "EDL", "CMX 3600, for video editors", "text/plain; charset=utf-8", edl.write),
        Format("vtt", "WebVTT", "Notes as subtitles", "text/vtt; charset=utf-8", webvtt.write),
        Format("mot", "MOT", "Boxes by frame, for trackers", "text/plain; charset=utf-8", mot.write),
    )
}


def package(chosen: Format, document: Document) -> tuple[File, str]:
    """The one file to send, and its content type: a ZIP where the format makes several."""
    files = chosen.write(document)
    if len(files) == 1:
        return files[0], chosen.content_type
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            # A fixed time: the same moments give the same bytes.
            archive.writestr(zipfile.ZipInfo(file.name, (1980, 1, 1, 0, 0, 0)), file.data, zipfile.ZIP_DEFLATED)
    return File(f"{document.file_name} {chosen.key}.zip", packed.getvalue()), "application/zip"
