"""Each export is read back by somebody else's reader, with names that break careless writers."""

from __future__ import annotations

import configparser
import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pycmx
import pytest
import webvtt
from kloppy import sportscode
from kloppy.domain import Code
from kloppy.infra.serializers.code.sportscode import parse_value

from tests.web.reels.made import NASTY, make_tube
from videosearch.indexing.tubes import boxes_between
from videosearch.reels.exports import FORMATS, Card, Document, Moment, Source, package
from videosearch.reels.exports.document import file_name, one_line

CONTROL = "bad\x00\x0b\x1b\u2028name\ud800\ufffe\r\nsecond\tline"
NAMES = [
    *NASTY,
    CONTROL,
    "x" * 300,
    "-->",
    "* FROM CLIP NAME: other",
    "WEBVTT",
    "%d %s {{7*7}}",
    "e\u0301\u202egnp.exe",
]


def source(title: str = "Cup final", number: int = 1, fps: float = 25.0) -> Source:
    return Source(f"video-{number}", title, f"{title}.mp4", 1280, 720, fps, 120.0)


def moment(start: float = 10, end: float = 14, name: str = "Number 10", **fields: Any) -> Moment:
    tube = make_tube(start - 1, end + 1, left=96)
    values: dict[str, Any] = {
        "source": source(),
        "track_id": 4,
        "boxes": [[float(t), *map(float, box)] for t, box in zip(tube.times, tube.boxes, strict=True)],
    }
    return Moment(start=start, end=end, label=name, **(values | fields))


def named(name: str) -> Document:
    """A document in which everything that people can name is named so."""
    one = moment(name=name, source=source(name), player=name, note=name, query=name, tags=((name, name),), mark="red")
    return Document(name, (one,))


def only(key: str, document: Document) -> bytes:
    file, _ = package(FORMATS[key], document)
    return file.data


def archive(data: bytes) -> zipfile.ZipFile:
    opened = zipfile.ZipFile(io.BytesIO(data))
    assert opened.testzip() is None
    for name in opened.namelist():
        assert not re.search(r'[\\:*?"<>|\x00-\x1f]|\.\.|^/', name), name
    return opened


# CSV


def rows_of(data: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_csv(name: str) -> None:
    head, row = rows_of(only("csv", named(name)))
    cells = dict(zip(head, row, strict=True))
    line = one_line(name)
    expected = f"'{line}" if line[:1] in set("=+-@") else line
    assert {cells[one] for one in ("video", "label", "player", "tags", "note", "query")} == {expected}
    assert (cells["start_s"], cells["end_s"], cells["start"]) == ("10.000", "14.000", "0:00:10.000")
    assert not any(cell[:1] in set("=+-@\t\r") for cell in row)


# JSON


@pytest.mark.parametrize("name", NAMES)
def test_json(name: str) -> None:
    document = named(name.replace("\ud800", ""))  # half a character cannot be UTF-8, and cannot come from the database
    content = json.loads(only("json", document))
    [entry] = content["entries"]
    assert entry["label"] == entry["note"] == name.replace("\ud800", "")
    assert entry["boxes"][0] == [10.0, 100.0, 200.0, 140.0, 300.0]
    assert len(entry["boxes"]) == 20
    assert content["videos"][0]["id"] == entry["video"]


# Sportscode


@pytest.mark.parametrize("name", NAMES)
def test_sportscode(name: str, tmp_path: Path) -> None:
    data = only("sportscode", named(name))
    data.decode("ascii")
    path = tmp_path / "list.xml"
    path.write_bytes(data)
    [code] = sportscode.load(str(path)).codes
    assert isinstance(code, Code)
    line = one_line(name)
    # kloppy takes a text that looks like a number for one.
    assert code.code == str(parse_value(line))
    assert (code.start_timestamp.total_seconds(), code.end_timestamp.total_seconds()) == (10.0, 14.0)
    labels = {str(group): str(text) for group, text in code.labels.items()}
    number = str(parse_value(line))
    assert {labels[group] for group in ("Note", "Seen", "Player", "Query", number)} == {number}


def test_sportscode_rows_have_colours_of_sixteen_bits() -> None:
    data = only("sportscode", Document("x", (moment(tags=(("Attack", "Shot"),), tag_colour="red"),)))
    assert b"<R>58853</R>" in data  # 229 of 255
    assert data.count(b"<row>") == 1


# LongoMatch


@pytest.mark.parametrize("name", NAMES)
def test_longomatch(name: str) -> None:
    rows = rows_of(only("longomatch", named(name)), ";")
    line = one_line(name)
    cell = f"'{line}" if line[:1] in set("=+-@") else line
    assert rows == [
        [f"CATEGORY: {cell}"],
        ["Name", "Start", "Stop", "Team", cell],
        [cell, "0:10,000", "0:14,000", "", "1"],
        [],
    ]


def test_longomatch_puts_events_under_their_category() -> None:
    shot, run = (("Attack", "Shot"),), (("Attack", "Run"), ("Side", "Left"))
    events = (moment(10, 12, tags=shot), moment(3700, 3702.5, tags=run), moment(20, 22, tags=(*shot, *run)))
    rows = rows_of(only("longomatch", Document("x", events)), ";")
    assert [row[0] for row in rows if row and row[0].startswith("CATEGORY")] == ["CATEGORY: Shot", "CATEGORY: Run"]
    assert ["Number 10", "1:01:40,000", "1:01:42,500", "", "1", "1"] in rows
    assert ["Name", "Start", "Stop", "Team", "Shot", "Run", "Left"] in rows
    assert ["Number 10", "0:10,000", "0:12,000", "", "1", "0", "0"] in rows


# EDL


def edits_of(data: bytes) -> list[Any]:
    read = pycmx.parse_cmx3600(io.StringIO(data.decode()))
    assert read.format == "3600"
    # This reader does not know the line that tells a change of speed.
    assert all(statement.content.startswith("M2   ") for statement in read.unrecognized_statements)
    return [edit for event in read.events for edit in event.edits]


@pytest.mark.parametrize("name", NAMES)
def test_edl(name: str) -> None:
    data = only("edl", named(name))
    [edit] = edits_of(data)
    assert (edit.source_in, edit.source_out) == ("00:00:10:00", "00:00:14:00")
    assert (edit.record_in, edit.record_out) == ("00:00:00:00", "00:00:04:00")
    assert re.fullmatch(r"[A-Z0-9]{1,8}", edit.source)
    assert edit.clip_name == f"{one_line(name)}.mp4" or edit.clip_name == one_line(f"{name}.mp4")
    assert edit.channels.video
    assert not edit.channels.audio


def test_edl_of_a_reel() -> None:
    """A title of two seconds, four seconds of one video at half speed, and two of another at another rate."""
    second = source("City – Rovers", 2, fps=29.97)
    entries = (Card("First half", 2.0), moment(10, 14, speed=0.5), moment(61, 63, source=second, name="Other"))
    data = only("edl", Document("Reel", entries, sequence=True, fps=25))
    title, slow, other = edits_of(data)
    assert (title.black, title.record_out) == (True, "00:00:02:00")
    assert (slow.record_in, slow.record_out) == ("00:00:02:00", "00:00:10:00")
    assert (slow.source_in, slow.source_out) == ("00:00:10:00", "00:00:14:00")
    assert b"M2   " + slow.source.encode().ljust(8) + b" 012.5" in data
    assert (other.source_in, other.source_out) == ("00:01:00:28", "00:01:02:28")  # frame 1828 of 29.97, counted by 30
    assert (other.record_in, other.record_out) == ("00:00:10:00", "00:00:12:00")
    assert slow.source != other.source


def test_edl_of_more_than_the_format_can_count() -> None:
    file, content_type = package(FORMATS["edl"], Document("Many", tuple(moment(i, i + 1) for i in range(1200))))
    assert content_type == "application/zip"
    opened = archive(file.data)
    assert [len(edits_of(opened.read(name))) for name in opened.namelist()] == [999, 201]


# WebVTT


def cues_of(data: bytes) -> list[Any]:
    read: Any = webvtt.from_string(data.decode())
    return list(read)


@pytest.mark.parametrize("name", NAMES)
def test_webvtt(name: str) -> None:
    data = only("vtt", named(name))
    [cue] = cues_of(data)
    assert (cue.start, cue.end) == ("00:00:10.000", "00:00:14.000")
    raw = cue.raw_text.split("\n")
    line = one_line(name)
    read = [part.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for part in raw]
    assert read == [f"{line} · {line}", line]
    assert data.count(b"-->") == 1


def test_webvtt_of_a_reel_runs_by_its_film() -> None:
    document = Document("Reel", (Card("First half", 2.0), moment(10, 14, speed=0.5, note="slow")), sequence=True)
    cues = cues_of(only("vtt", document))
    assert [(cue.start, cue.end) for cue in cues] == [
        ("00:00:00.000", "00:00:02.000"),
        ("00:00:02.000", "00:00:10.000"),
    ]
    assert cues[0].text == "First half"


# MOT


def tracks_of(data: bytes) -> dict[str, dict[tuple[int, int], list[float]]]:
    """By the rules of the challenge: nine columns, frames and targets from 1, each pair once, boxes with a size."""
    opened = archive(data)
    found: dict[str, dict[tuple[int, int], list[float]]] = {}
    for name in opened.namelist():
        folder, _, rest = name.partition("/")
        if rest == "seqinfo.ini":
            about = configparser.ConfigParser()
            about.read_string(opened.read(name).decode())
            assert about["Sequence"]["name"] == folder
            assert float(about["Sequence"]["frameRate"]) > 0
            assert int(about["Sequence"]["seqLength"]) > 0
            continue
        assert rest == "gt/gt.txt"
        rows = found.setdefault(folder, {})
        for line in opened.read(name).decode("ascii").splitlines():
            columns = line.split(",")
            assert len(columns) == 9
            frame, target = int(columns[0]), int(columns[1])
            box = [float(one) for one in columns[2:6]]
            assert frame >= 1
            assert target >= 1
            assert (frame, target) not in rows
            assert box[2] > 0
            assert box[3] > 0
            assert columns[6:] == ["1", "1", "1"]
            rows[frame, target] = box
        assert list(rows) == sorted(rows)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_mot(name: str) -> None:
    [rows] = tracks_of(only("mot", named(name))).values()
    assert set(rows) == {(frame, 5) for frame in range(251, 351)}  # 10 s to 14 s at 25 a second
    assert rows[251, 5] == [100.0, 200.0, 40.0, 100.0]
    assert rows[276, 5] == pytest.approx([104.0, 200.0, 40.0, 100.0], abs=0.06)  # a second later, 4 pixels on


def test_mot_has_no_boxes_in_a_gap_and_none_twice() -> None:
    early, late = make_tube(10, 11), make_tube(13, 14)
    boxes = [[float(t), *map(float, b)] for tube in (early, late) for t, b in zip(tube.times, tube.boxes, strict=True)]
    both = (moment(10, 14, boxes=boxes), moment(10.5, 13.5, boxes=boxes))
    [rows] = tracks_of(only("mot", Document("x", both))).values()
    frames = {frame for frame, _ in rows}
    assert frames & set(range(281, 323)) == set()
    assert {251, 273, 326} <= frames


def test_boxes_by_frame_are_those_of_the_player() -> None:
    """`Trail` against the stored boxes themselves, at their times and between."""
    from videosearch.indexing.tubes import pack
    from videosearch.reels.boxes import Trail

    rows = boxes_between(pack(make_tube(10, 14)))
    trail = Trail(rows, 0.2)
    assert trail.at(10.0) == tuple(rows[0][1:])
    assert trail.at(10.1) == pytest.approx((100.4, 200, 140.4, 300))
    assert trail.at(9.85) is None
    assert trail.at(13.95) is None
    assert Trail([], 0.2).at(1) is None


# Files


def test_several_videos_are_a_zip_with_a_file_each() -> None:
    titles = ["Cup/final", "cup:FINAL", "../../etc/passwd", "", "⚽"]
    moments = tuple(moment(source=source(title, number)) for number, title in enumerate(titles))
    for key in ("sportscode", "longomatch", "edl", "vtt", "mot"):
        file, content_type = package(FORMATS[key], Document("All", moments))
        assert content_type == "application/zip", key
        names = {name.partition("/")[0].casefold() for name in archive(file.data).namelist()}
        assert len(names) == len(titles), key


@pytest.mark.parametrize("key", list(FORMATS))
def test_nothing_is_a_file_too(key: str) -> None:
    file, _ = package(FORMATS[key], Document("Nothing", ()))
    assert file.name


@pytest.mark.parametrize(
    ("title", "name"), [("a/b\\c:d", "a-b-c-d"), ("..", "moments"), ("\x00", "moments"), ("⚽ 1", "⚽ 1")]
)
def test_file_names(title: str, name: str) -> None:
    assert file_name(title) == name
