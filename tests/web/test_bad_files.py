"""Files that nobody should have to fear: rows 14 to 20 of the bad inputs (see test_bad_inputs.py), on the way in.

Through the whole application they are tests/web/library/test_ingest.py and tests/web/test_end_to_end.py; there is also
row 20, half a file, which is "partial".
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grounding.errors import BadVideoError
from tests.web.library import clips
from videosearch.lib import engine, ffmpeg

TRACE = re.compile(r"Traceback|File \"/|site-packages|Exception|DETAIL:")


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.plain(tmp_path_factory.mktemp("film") / "film.mp4", seconds=2, sound=False)


def refused(path: Path) -> str:
    began = time.monotonic()
    with pytest.raises(BadVideoError) as error:
        engine.probe(path.resolve())
    assert time.monotonic() - began < 20, "it takes seconds, also on a busy machine"
    assert not TRACE.search(str(error.value))
    return str(error.value)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", bytes(range(256)) * 40, b"Dear coach, " * 500, SVG, b"<html><script>alert(1)</script>" * 50,
     b"%PDF-1.7\n%\xe2\xe3\n" + b"1 0 obj\n" * 200],
    ids=["empty", "one byte", "noise", "text", "svg", "html", "pdf"],
)  # fmt: skip
def test_14_17_what_is_no_video(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(data)
    refused(path)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[int]]]:
    """A port of this machine and a list that grows with every connection to it."""
    hits: list[int] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                server.accept()[0].close()
                hits.append(1)
            except OSError:
                continue

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1], hits
    stop.set()
    thread.join()
    server.close()


def hls(target: str) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n"


def dash(target: str) -> str:
    return (
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S">'
        f'<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{target}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    )


def concat(target: str) -> str:
    return f"ffconcat version 1.0\nfile '{target}'\n"


@pytest.mark.parametrize("ending", ["mp4", "avi", "mov"])
@pytest.mark.parametrize("kind", [hls, dash, concat])
@pytest.mark.parametrize("where", ["file", "http", "subfile"])
def test_15_playlists_open_nothing(
    tmp_path: Path, film: Path, listener: tuple[int, list[int]], kind: Any, where: str, ending: str
) -> None:
    port, hits = listener
    target = {
        "file": str(film),
        "http": f"http://127.0.0.1:{port}/x.mp4",
        "subfile": f"subfile,,start,0,end,0,,:{film}",
    }
    path = tmp_path / f"x.{ending}"
    path.write_text(kind(target[where]))
    refused(path)
    with pytest.raises(ffmpeg.FfmpegError):
        ffmpeg.run(ffmpeg.output([ffmpeg.source(path).video], tmp_path / "out.mp4", vcodec="libx264"), timeout=30)
    assert hits == []


def test_16_a_playlist_hidden_in_the_subtitles_of_an_avi(tmp_path: Path, listener: tuple[int, list[int]]) -> None:
    port, hits = listener
    path = avi_with_playlist(tmp_path / "x.avi", f"http://127.0.0.1:{port}/x.ts")
    refused(path)
    with pytest.raises(ffmpeg.FfmpegError):
        ffmpeg.run(ffmpeg.output([ffmpeg.source(path)], tmp_path / "out.mp4"), timeout=30)
    assert hits == []


def avi_with_playlist(target: Path, url: str) -> Path:
    """A text stream whose GAB2 packet carries a playlist, as old players follow it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    def listed(name: bytes, data: bytes) -> bytes:
        return chunk(b"LIST", name + data)

    main = struct.pack("<14I", 40000, 0, 0, 0x10, 1, 0, 1, 0, 320, 180, 0, 0, 0, 0)
    stream = b"txts" + bytes(4) + struct.pack("<I2H8I4H", 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0)
    header = chunk(b"avih", main) + listed(b"strl", chunk(b"strh", stream) + chunk(b"strf", bytes(40)))
    name, text = "x".encode("utf-16-le") + b"\0\0", hls(url).encode()
    packet = b"GAB2\0" + struct.pack("<HI", 2, len(name)) + name + struct.pack("<HI", 4, len(text)) + text
    body = b"AVI " + listed(b"hdrl", header) + listed(b"movi", chunk(b"00tx", packet))
    target.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return target


def test_18_absurd_sizes_are_refused_without_paying_for_them(tmp_path: Path) -> None:
    refused(clips.huge_picture(tmp_path / "huge.mov"))
    refused(mkv_of_many_streams(tmp_path / "many.mkv", 65_535))
    assert engine._PROBE_LIMITS.memory_bytes <= 2 * 1024**3
    # 8x8 pixels and 10,000 pictures a second: tests/web/library/test_quota.py, through the whole of ingest.


def mkv_of_many_streams(target: Path, count: int) -> Path:
    def element(name: str, data: bytes) -> bytes:
        return bytes.fromhex(name) + (len(data) | 1 << 56).to_bytes(8, "big") + data

    size = element("E0", element("B0", b"\x01\x40") + element("BA", b"\xb4"))
    tracks = b"".join(
        element(
            "AE",
            element("D7", struct.pack(">I", n)) + element("83", b"\x01") + element("86", b"V_MPEG4/ISO/AVC") + size,
        )
        for n in range(1, count + 1)
    )
    head = element("1A45DFA3", element("4282", b"matroska") + element("4287", b"\x04") + element("4285", b"\x02"))
    info = element("1549A966", element("2AD7B1", (1_000_000).to_bytes(4, "big")))
    cluster = element("1F43B675", element("E7", b"\0") + element("A3", b"\x81\0\0\x80" + bytes(50)))
    target.write_bytes(head + element("18538067", info + element("1654AE6B", tracks) + cluster))
    return target


def test_19_a_declared_length_is_not_believed(tmp_path: Path) -> None:
    film = clips.plain(tmp_path / "film.mp4", seconds=2, sound=False)
    data = bytearray(film.read_bytes())
    for box, offset in ((b"mvhd", 16), (b"tkhd", 20), (b"mdhd", 16)):
        at = data.find(box) + 4 + offset
        data[at : at + 4] = b"\xff\xff\xff\xf0"
    long = tmp_path / "long.mp4"
    long.write_bytes(data)
    assert engine.probe(long).duration == pytest.approx(2, abs=0.2)
    picture = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25:duration=2", *clips.H264)
    early = clips.make(tmp_path / "early.ts", *picture, "-output_ts_offset", "-5", "-f", "mpegts")
    endless = clips.make(tmp_path / "endless.mkv", *picture, "-live", "1", "-f", "matroska")
    for path in (early, endless):
        assert engine.probe(path).duration == pytest.approx(2, abs=0.2)
