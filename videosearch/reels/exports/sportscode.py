"""Sportscode's XML edit list, which Nacsport, LongoMatch and others read too: an instance a moment, on rows by code.

Some of its readers want ASCII, so that other characters are written as references.
"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from videosearch.reels.exports.document import Document, File, Moment, one_line

_COLOURS: Final = {
    "red": (229, 56, 59), "orange": (243, 114, 44), "yellow": (249, 212, 35), "green": (47, 158, 68),
    "blue": (43, 108, 223), "purple": (142, 68, 201), "": (138, 146, 156),
}  # fmt: skip
_SIXTEEN_BITS: Final = 257


def write(document: Document) -> list[File]:
    return [File(f"{name}.xml", _edit_list(moments)) for name, _, moments in document.by_video()] or [
        File(f"{document.file_name}.xml", _edit_list([]))
    ]


def _edit_list(moments: list[Moment]) -> bytes:
    root = ET.Element("file")
    instances = ET.SubElement(root, "ALL_INSTANCES")
    for number, moment in enumerate(moments, 1):
        _instance(instances, number, moment)
    rows = ET.SubElement(root, "ROWS")
    for code, colour in {_code(one): one.tag_colour or one.mark for one in reversed(moments)}.items():
        row = ET.SubElement(rows, "row")
        _say(row, "code", code)
        for channel, value in zip("RGB", _COLOURS.get(colour, _COLOURS[""]), strict=True):
            _say(row, channel, str(value * _SIXTEEN_BITS))
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return data


def _instance(parent: ET.Element, number: int, moment: Moment) -> None:
    instance = ET.SubElement(parent, "instance")
    _say(instance, "ID", str(number))
    _say(instance, "start", f"{moment.start:.3f}")
    _say(instance, "end", f"{moment.end:.3f}")
    _say(instance, "code", _code(moment))
    labels = [*moment.tags, ("Player", moment.player), ("Seen", moment.label), ("Colour", moment.mark)]
    labels += [("Note", moment.note), ("Query", moment.query), ("Verdict", moment.verdict)]
    for group, text in labels:
        if not one_line(text):
            continue
        label = ET.SubElement(instance, "label")
        if group:
            _say(label, "group", group)
        _say(label, "text", text)


def _code(moment: Moment) -> str:
    return one_line(moment.code) or "Moment"


def _say(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = one_line(text)
