"""Files nobody should have to worry about, and a worker that dies, through the application as `make run` starts it."""

from __future__ import annotations

import html
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.web.asking import ask_database
from tests.web.library import clips
from videosearch.lib import ffmpeg
from videosearch.local import running
from videosearch.local.running import Running
from videosearch.local.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SECONDS_TO_END = 150
SECONDS_TO_RECOVER = 120


@pytest.fixture(scope="module")
def site() -> Iterator[Running]:
    with running.started() as site:
        yield site


@pytest.fixture(scope="module")
def library(site: Running) -> str:
    return site.visitor().make_library("Files of all kinds")


@pytest.fixture
def visitor(site: Running) -> Visitor:
    return site.visitor()


# Files: each with the state it must end in, and what its page must say.


def nothing(target: Path) -> Path:
    target.touch()
    return target


def text(target: Path) -> Path:
    target.write_text("Dear coach,\nplease find the match attached.\n" * 100, encoding="utf-8")
    return target


def others_footage(target: Path) -> Path:
    """A playlist that names a file of another team by its place on the server's disk."""
    return clips.playlist(target, clips.plain(target.with_suffix(".other.mp4"), seconds=2))


def half(target: Path) -> Path:
    """Of a file with its table of contents in front, as players stream it, the first half."""
    whole = clips.plain(target.with_suffix(".whole.mp4"), seconds=16, sound=False)
    data = whole.read_bytes()
    assert data.find(b"moov") < data.find(b"mdat")
    target.write_bytes(data[: len(data) // 2])
    return target


def changing_rate(target: Path) -> Path:
    """25 pictures a second, then 8, in four seconds."""
    picture = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4")
    drop = "select='if(between(t,1,3),not(mod(n,3)),1)'"
    timing = ("-fps_mode", "vfr", "-enc_time_base", "1:90000", "-video_track_timescale", "90000")
    return clips.make(target, *picture, "-vf", drop, *timing, *clips.H264, "-f", "mp4")


@dataclass(frozen=True)
class Case:
    make: Callable[[Path], Path]
    state: str
    says: str = ""


CASES = {
    "empty": Case(nothing, "failed", r"empty"),
    "text": Case(text, "failed", r"not a video"),
    "playlist": Case(others_footage, "failed", r"not a video"),
    "half": Case(half, "partial", r"The file ends early: \d+ of 16 seconds could be read"),
    "sound only": Case(clips.sound_only, "failed", r"no picture|no video|sound"),
    "rotated": Case(clips.rotated, "ready", r"180 × 320"),
    "odd size": Case(clips.odd, "ready", r"321 × 181"),
    "changing rate": Case(changing_rate, "ready", r"320 × 180"),
}
TRACE = re.compile(r"Traceback|File \"/|site-packages|\.py\b|Error:|Exception|original\b")


@pytest.fixture(scope="module")
def uploaded(site: Running, library: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All of them are given at once, as a careless editor would; video ids by case."""
    folder, visitor = tmp_path_factory.mktemp("files"), site.visitor()
    return {
        name: visitor.upload(library, case.make(folder / f"{name.replace(' ', '-')}.mp4"))
        for name, case in CASES.items()
    }


@pytest.mark.parametrize("name", CASES)
def test_a_file_ends_in_a_state_and_a_sentence(
    uploaded: dict[str, str], visitor: Visitor, library: str, name: str
) -> None:
    case, video = CASES[name], uploaded[name]
    assert visitor.wait_until_over(video, seconds=SECONDS_TO_END) == case.state
    page = words(visitor.get(f"/library/videos/{video}/").text)
    assert re.search(case.says, page), page
    if case.state != "ready":
        card = visitor.get(library).text.partition(f'id="video-{video}"')[2].partition("</li>")[0]
        sentence = words(card)
        assert re.search(case.says, sentence)
        assert re.search(r"[A-Z][^.]{10,150}\.", sentence), "a sentence for people"
        assert not TRACE.search(sentence), sentence
    for address in (f"/library/videos/{video}/", f"/library/videos/{video}/state/", library):
        assert not re.search(r"Traceback|site-packages", visitor.get(address).text)


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def test_what_can_be_watched_is_served_in_full(uploaded: dict[str, str], visitor: Visitor, tmp_path: Path) -> None:
    """The proxies of the strange ones decode, stand upright and last as long as the original."""
    for name, size, seconds in (
        ("rotated", "180x320", 2.0),
        ("odd size", "32[02]x18[02]", 2.0),
        ("half", "320x180", 0),
    ):
        visitor.wait_until_over(uploaded[name], seconds=SECONDS_TO_END)
        source = re.search(
            r'<vs-player[^>]* src="(/media/[^"]+)"', visitor.get(f"/library/videos/{uploaded[name]}/").text
        )
        assert source is not None, name
        answer = visitor.get(source[1])
        assert answer.status == 200
        file = tmp_path / "proxy.mp4"
        file.write_bytes(answer.body)
        said = subprocess.run(
            [ffmpeg.binary(), "-hide_banner", "-i", str(file), "-f", "null", "-"],
            check=True,
            capture_output=True,
            text=True,
        ).stderr
        assert re.search(rf"Video: h264.*, {size}[, ]", said), said
        if seconds:
            assert f"Duration: 00:00:0{seconds:.2f}"[:20] in said


def test_the_playlist_read_nothing(site: Running, uploaded: dict[str, str], visitor: Visitor) -> None:
    visitor.wait_until_over(uploaded["playlist"], seconds=SECONDS_TO_END)
    [[duration, renditions]] = ask_database(
        site,
        "SELECT v.duration, (SELECT count(*) FROM library_rendition r WHERE r.video_id = v.id)"
        " FROM library_video v WHERE v.id = %s",
        uploaded["playlist"],
    )
    assert (duration, renditions) == (0.0, 0)


def test_no_job_is_left_over(site: Running, uploaded: dict[str, str], visitor: Visitor) -> None:
    for video in uploaded.values():
        visitor.wait_until_over(video, seconds=SECONDS_TO_END)
    end = time.monotonic() + 60
    while True:
        states = Counter(state for (state,) in ask_database(site, "SELECT state FROM jobs_job"))
        if not states.keys() & {"waiting", "running"}:
            break
        assert time.monotonic() < end, states
        time.sleep(0.5)


# A worker that dies.


def test_a_killed_worker_costs_a_segment_and_no_row_is_there_twice(
    site: Running, visitor: Visitor, library: str, uploaded: dict[str, str], tmp_path: Path
) -> None:
    """The process group of the worker that looks at pictures is killed in the middle of a segment."""
    for earlier in uploaded.values():
        visitor.wait_until_over(earlier, seconds=SECONDS_TO_END)
    video = visitor.upload(library, walkers(tmp_path / "walk.mp4"))
    killed = wait_until_indexing(site, video)
    os.killpg(killed, signal.SIGKILL)
    began = time.monotonic()
    assert visitor.wait_until_over(video, seconds=SECONDS_TO_RECOVER) == "ready"
    assert time.monotonic() - began < SECONDS_TO_RECOVER
    assert site.pid_of("worker-gpu") != killed
    [[attempts]] = ask_database(
        site, "SELECT max(attempt) FROM jobs_job WHERE subject = %s AND kind = 'index_segment'", video
    )
    assert attempts >= 2
    rows = ask_database(
        site,
        "SELECT t.track_id, o.second, o.version_id FROM indexing_observation o"
        " JOIN indexing_track t ON t.id = o.track_id WHERE o.video_id = %s",
        video,
    )
    assert len(rows) > 10
    assert max(Counter(rows).values()) == 1
    [[tracks, ids]] = ask_database(
        site, "SELECT count(*), count(DISTINCT track_id) FROM indexing_track WHERE video_id = %s", video
    )
    assert tracks == ids


def walkers(target: Path) -> Path:
    """Twelve seconds of a rendered match: long enough to be caught in the middle."""
    from grounding.synth import Written, generate

    for item in generate("football", 5, 12, target.parent, name=target.stem):
        if isinstance(item, Written):
            return item.video
    raise AssertionError("nothing was rendered")


def wait_until_indexing(site: Running, video: str) -> int:
    """Until a segment is being looked at; the process group that does it."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = ask_database(
            site,
            "SELECT progress FROM jobs_job WHERE subject = %s AND kind = 'index_segment' AND state = 'running'",
            video,
        )
        if found and 0.1 < found[0][0] < 0.9:
            return site.pid_of("worker-gpu")
        time.sleep(0.05)
    raise AssertionError("no segment was begun")
