"""What goes wrong on real machines, done to the application as `make run` starts it: after each fault every video is
ready, nothing is there twice, and the work was taken up again in less than two minutes.

Workers of simpler jobs are killed in tests/web/jobs/test_processes.py, a whole worker in tests/web/test_end_to_end.py.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import redis

from tests.web.asking import ask_database
from tests.web.library import clips
from tests.web.test_end_to_end import SECONDS_TO_RECOVER, wait_until_indexing, walkers
from videosearch.config import PROJECT
from videosearch.local import running
from videosearch.local.running import Running
from videosearch.local.visitor import VisitError, Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

MIB = 1024**2


@pytest.fixture
def site() -> Iterator[Running]:
    """One for each fault: what one leaves behind is not the next one's."""
    with running.started() as site:
        yield site


@pytest.fixture(scope="module")
def match(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return walkers(tmp_path_factory.mktemp("match") / "walk.mp4")


@pytest.fixture
def visitor(site: Running) -> Visitor:
    try:
        return site.visitor()
    except VisitError:
        for name in ("web", "postgres"):
            log = site.home / "logs" / f"{name}.log"
            print(log.read_text(encoding="utf-8", errors="replace")[-6000:])  # noqa: T201
        raise


@pytest.fixture
def library(visitor: Visitor, request: pytest.FixtureRequest) -> str:
    return visitor.make_library(request.node.name[:60])


def pool_child(site: Running) -> psutil.Process:
    """The process that looks at pictures; its parent only hands it work."""
    children: list[psutil.Process] = psutil.Process(site.pid_of("worker-gpu")).children()
    return max(children, key=lambda child: child.memory_info().rss)


def server(site: Running, name: str) -> psutil.Process:
    """The database's or the broker's first process."""
    return next(one for one in psutil.Process(site.pid).children() if name in one.name())


def is_whole(site: Running, video: str) -> None:
    """Searchable rows are there, each once, and no job of the video is left over."""
    rows = ask_database(
        site,
        "SELECT t.track_id, o.second FROM indexing_observation o JOIN indexing_track t ON t.id = o.track_id"
        " WHERE o.video_id = %s",
        video,
    )
    assert len(rows) > 10
    assert max(Counter(rows).values()) == 1
    end = time.monotonic() + 60
    while left := ask_database(
        site, "SELECT kind, state, error FROM jobs_job WHERE subject = %s AND state <> 'done'", video
    ):
        assert time.monotonic() < end, left
        time.sleep(0.5)


def kill_child(site: Running) -> None:
    pool_child(site).send_signal(signal.SIGKILL)


def kill_broker(site: Running) -> None:
    server(site, "valkey").send_signal(signal.SIGKILL)


def empty_broker(site: Running) -> None:
    import json

    services = json.loads((site.home / "services.json").read_text(encoding="utf-8"))
    redis.Redis.from_url(services["broker_url"]).flushall()
    kill_child(site)  # whoever held the message is gone too


def kill_database(site: Running) -> None:
    server(site, "postgres").send_signal(signal.SIGKILL)


@pytest.mark.parametrize("break_it", [kill_child, kill_broker, empty_broker, kill_database])
def test_in_the_middle_of_a_match(
    site: Running, visitor: Visitor, library: str, match: Path, break_it: Callable[[Running], None]
) -> None:
    video = visitor.upload(library, match)
    wait_until_indexing(site, video)
    break_it(site)
    began = time.monotonic()
    wait_for_answers(visitor)
    assert visitor.wait_until_over(video, seconds=SECONDS_TO_RECOVER) == "ready"
    assert time.monotonic() - began < SECONDS_TO_RECOVER
    is_whole(site, video)


def wait_for_answers(visitor: Visitor) -> None:
    """Until pages come again: without its database the application says 500, and is back within seconds."""
    end = time.monotonic() + 60
    while visitor.get("/").status != 200:
        assert time.monotonic() < end
        time.sleep(0.5)


def test_what_was_asked_for_while_the_broker_was_away(
    site: Running, visitor: Visitor, library: str, match: Path
) -> None:
    """Held still, not killed, so that nobody starts it again: the upload is taken and the work done afterwards."""
    broker = server(site, "valkey")
    broker.suspend()
    try:
        video = visitor.upload(library, match)
        time.sleep(3)
    finally:
        broker.resume()
    assert visitor.wait_until_over(video, seconds=SECONDS_TO_RECOVER) == "ready"
    is_whole(site, video)


def test_two_workers_have_one_match(site: Running, visitor: Visitor, library: str, match: Path, tmp_path: Path) -> None:
    log = (tmp_path / "second.log").open("wb")
    command = [sys.executable, "-m", "celery", "-A", "videosearch", "worker", "-Q", "gpu", "-P", "prefork", "-c", "1"]
    second = subprocess.Popen(
        [*command, "-n", "second@test", "--without-mingle", "--without-gossip"], cwd=PROJECT, stdout=log, stderr=log,
        env={**os.environ, "VIDEOSEARCH_HOME": str(site.home)}, start_new_session=True,
    )  # fmt: skip
    try:
        videos = [visitor.upload(library, match, name=f"{number}.mp4") for number in range(2)]
        for video in videos:
            assert visitor.wait_until_over(video, seconds=2 * SECONDS_TO_RECOVER) == "ready"
            is_whole(site, video)
    finally:
        os.killpg(second.pid, signal.SIGKILL)
        second.wait()
    [[first], [later]] = ask_database(
        site, "SELECT duplicate_of_id::text FROM library_video WHERE id = ANY(%s::uuid[]) ORDER BY created_at", videos
    )
    assert (first, later) == (None, videos[0]), "the same file, linked to the first"


def test_a_line_that_breaks_and_breaks_again(site: Running, visitor: Visitor, library: str, tmp_path: Path) -> None:
    """Bodies that end in the middle of what they promised; after ten of them the file is what was sent."""
    film = clips.plain(tmp_path / "film.mp4", seconds=2)
    data = film.read_bytes()
    headers = {"Upload-Length": str(len(data))}
    place = urlsplit(visitor._send("POST", f"{library}tus/", b"", visitor._tus(headers)).headers["Location"]).path
    for cut in range(10):
        at = int(visitor._send("HEAD", place, None, visitor._tus({})).headers["Upload-Offset"])
        break_off(visitor, place, at, data, data[at : at + len(data) // 23 + cut])
    at = int(settled(visitor, place))
    assert 0 < at < len(data)
    said = {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
    assert visitor._send("PATCH", place, data[at:], visitor._tus(said)).status == 204
    [video] = visitor.videos(library)
    assert visitor.wait_until_over(video, seconds=SECONDS_TO_RECOVER) in {"ready", "partial"}
    [[digest]] = ask_database(site, "SELECT sha256 FROM library_video WHERE id = %s", video)
    assert digest == hashlib.sha256(data).hexdigest()


def break_off(visitor: Visitor, place: str, at: int, data: bytes, piece: bytes) -> None:
    parts = urlsplit(visitor.address)
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    lines = {
        **visitor._tus({"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}),
        "Host": parts.netloc, "Cookie": cookies, "Content-Length": str(len(data) - at),
    }  # fmt: skip
    head = f"PATCH {place} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as line:
        line.sendall(head.encode() + piece)
    settled(visitor, place)


def settled(visitor: Visitor, place: str) -> str:
    """The offset once the broken request has let go of the upload."""
    before = ""
    for _ in range(50):
        time.sleep(0.2)
        now = visitor._send("HEAD", place, None, visitor._tus({})).headers["Upload-Offset"]
        if now == before:
            return str(now)
        before = now
    return before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 640 MiB, in memory."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=640m,mode=755", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if not mounted or mounted.returncode != 0:
        pytest.skip("no disk of its own can be mounted here (not root, or a closed container)")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=False)


def test_a_full_disk(small_disk: Path, match: Path) -> None:
    """Uploads are refused while there is no room; work that had begun waits, says so, and goes on."""
    with running.started(VIDEOSEARCH_MEDIA_ROOT=str(small_disk / "media")) as site:
        visitor = site.visitor()
        library = visitor.make_library("Full")
        media, filler = small_disk / "media", small_disk / "filler"
        media.mkdir(exist_ok=True)
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, 200 * MIB)
        headers = {"Upload-Length": str(match.stat().st_size)}
        refused = visitor._send("POST", f"{library}tus/", b"", visitor._tus(headers))
        assert refused.status == 507
        assert "no room" in refused.text
        filler.unlink()

        worker = psutil.Process(site.pid_of("worker-media"))
        family = [worker, *worker.children(recursive=True)]
        for process in family:
            process.suspend()
        video = visitor.upload(library, match)
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk).free - 2 * MIB)
        for process in family:
            process.resume()
        said = until_told(visitor, video, "Waiting for room on the server")
        assert said
        filler.unlink()
        assert visitor.wait_until_over(video, seconds=SECONDS_TO_RECOVER) == "ready"
        is_whole(site, video)
        assert not [one for one in (media / "videos" / video).iterdir() if one.name.endswith(".part")]


def until_told(visitor: Visitor, video: str, words: str) -> bool:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        if words in visitor.get(f"/library/videos/{video}/state/").text:
            return True
        time.sleep(0.5)
    return False
