"""What the benchmark measures with: its questions, its visitors and its look at processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from grounding.retrieve import parse
from videosearch.local import bench, running
from videosearch.local.running import Running
from videosearch.local.usage import watching
from videosearch.local.visitor import VisitError, Visitor


def test_questions_differ_and_say_something() -> None:
    asked = bench.questions(600)
    assert len(set(asked)) == 600
    assert all(parse(text).predicates for text in asked)
    kinds = {predicate.kind for text in asked for predicate in parse(text).predicates}
    assert {"shirt_colour", "number", "place", "motion", "direction", "action", "relation"} <= kinds


class Site(BaseHTTPRequestHandler):
    """Answers after 20 ms; every tenth request of all with an error."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    asked = 0
    lines: set[object] = set()  # noqa: RUF012 - of the class on purpose: a handler is made for each connection

    def do_GET(self) -> None:
        with self.lock:
            Site.asked += 1
            Site.lines.add(self.client_address)
            status = 500 if Site.asked % 10 == 0 else 200
        time.sleep(0.02)
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.send_header("Set-Cookie", "seen=1; Path=/")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET  # noqa: N815 - the name is the server's

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    Site.asked, Site.lines = 0, set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_errors_are_counted_and_connections_kept(address: str) -> None:
    timings = bench.drive(Visitor(address), [("/", {"q": "a b"})] * 60, 6)
    figures = timings.figures()
    assert (len(timings.ms), timings.errors) == (54, 6)
    assert 20 <= figures["p50_ms"] <= figures["p95_ms"]
    assert len(Site.lines) == 6
    assert timings.seconds < 60 * 0.02, "six at once"


def test_percentiles() -> None:
    timings = bench.Timings(ms=[float(ms) for ms in range(1, 201)], errors=2, seconds=10.0)
    assert timings.figures() == {"p50_ms": 100.5, "p95_ms": 191.0, "per_second": 20.2, "errors": 2}


def test_a_visitor_keeps_cookies_and_says_what_went_wrong(address: str) -> None:
    visitor = Visitor(address)
    visitor.get("/")
    assert visitor.again().cookies == {"seen": "1"}
    with pytest.raises(VisitError, match="alice could not sign in"):
        visitor.sign_in("alice", "wrong")


BUSY = """
import time
block = bytearray(60_000_000)
while time.process_time() < 0.6:
    pass
time.sleep(60)
"""


def test_memory_and_processor_time_of_a_family(tmp_path: Path) -> None:
    """A process whose child holds 60 MB and works for half a second."""
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
    with subprocess.Popen([sys.executable, "-c", parent]) as process:
        with watching(Running(tmp_path, process.pid, "http://127.0.0.1/")) as usage:
            end = time.monotonic() + 60
            while time.monotonic() < end and sum(worked(process.pid)) < 0.5:
                time.sleep(0.1)
        for one in psutil.Process(process.pid).children():
            one.kill()
    assert 60 <= usage.peak_mb <= 150
    assert sum(usage.at_peak_mb.values()) == usage.peak_mb
    assert len(usage.cpu_s) == 2
    assert 0.4 <= sum(spent for role, spent in usage.cpu_s.items() if role != "measuring") <= 3


def worked(pid: int) -> list[float]:
    return [sum(one.cpu_times()[:2]) for one in psutil.Process(pid).children(recursive=True)]


def test_nothing_runs_on_an_empty_folder(tmp_path: Path) -> None:
    assert running.find(tmp_path) is None
    (tmp_path / "lock").write_text(f"pid {os.getpid()} at http://127.0.0.1:1/")
    assert running.find(tmp_path) is None, "it has not started yet, or has stopped"
    (tmp_path / "services.json").write_text("{}")
    assert running.find(tmp_path) == Running(tmp_path, os.getpid(), "http://127.0.0.1:1/")


def test_without_an_application_it_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "videosearch.local", "bench", "--home", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == f"Nothing runs on {tmp_path}; start it with `make run`, or leave --home out.\n"
