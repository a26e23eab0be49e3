"""The command line as other programs see it: JSON on stdout, one sentence on stderr, exit status 2 for bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.store import save_index
from grounding.types import Observation, Shot, Span, Track, Tube, VideoIndex, VideoInfo


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "grounding", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def answer(*arguments: object) -> Any:
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refusal(*arguments: object) -> str:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    return lines[-1]


def track(track_id: int, colour: str, number: str) -> Track:
    times = np.arange(20, dtype=np.float64) * 0.2
    terms = {"object:person": 1.0, f"shirt_colour:{colour}": 0.9, f"number:{number}": 1.0}
    seen = tuple(Observation(s, (1.0, 2.0, 30.0, 80.0), terms, f"person in a {colour} shirt") for s in range(4))
    boxes = np.tile(np.array([1, 2, 30, 80], np.float32), (20, 1))
    vectors = np.zeros((4, 384), np.float32)
    vectors[:, track_id] = 1.0
    return Track(track_id, "person", 0.8, Tube(times, boxes), seen, {"shirt_colour": colour, "number": number}, vectors)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    info = VideoInfo("match.mp4", 640, 360, 4.0, 25.0, 0, has_audio=False, codec="h264")
    tracks = (track(0, "red", "10"), track(1, "blue", "7"))
    save_index(tmp_path / "index", VideoIndex(info, Span(0, 4), (Shot(0, Span(0, 4)),), tracks, "v"))
    return tmp_path / "index"


def test_parse() -> None:
    assert answer("parse", "number 10 in red sprinting down the left wing", "--json") == {
        "text": "number 10 in red sprinting down the left wing",
        "predicates": [
            {"kind": "number", "value": "10"},
            {"kind": "shirt_colour", "value": "red"},
            {"kind": "motion", "value": "sprinting"},
            {"kind": "place", "value": "left wing"},
        ],
        "rest": "",
    }


def test_tracks(folder: Path) -> None:
    rows = answer("tracks", folder, "--json")["tracks"]
    assert [row["track_id"] for row in rows] == [0, 1]
    first = rows[0]
    assert first.keys() == {"video", "track_id", "label", "score", "start", "end", "attributes", "boxes"}
    assert (first["video"], first["start"], first["end"]) == ("match.mp4", 0.0, 4.0)
    assert first["attributes"] == {"shirt_colour": "red", "number": "10"}
    assert first["boxes"][1] == [0.2, 1.0, 2.0, 30.0, 80.0]
    assert "match.mp4" in run("tracks", folder).stdout


def test_search(folder: Path) -> None:
    found = answer("search", folder, "number 10 in red", "--json", "--top", 1)
    assert found.keys() == {"query", "answer", "probability", "elapsed_ms", "hits"}
    assert found["answer"] == "found"
    (hit,) = found["hits"]
    assert hit.keys() == {"rank", "video", "track_ids", "start", "end", "score", "verdict", "reason", "boxes"}
    assert (hit["rank"], hit["track_ids"], hit["verdict"]) == (1, [0], "confirmed")
    assert (hit["start"], hit["end"], len(hit["boxes"])) == (0.0, 4.0, 20)


def test_search_says_when_nothing_fits(folder: Path) -> None:
    found = answer("search", folder, "number 99 in green", "--json")
    assert found["answer"] == "nothing_good"
    assert {hit["verdict"] for hit in found["hits"]} == {"rejected"}


@pytest.mark.parametrize("query", ["", "   ", "x" * 5000])
def test_queries_that_cannot_be_asked(folder: Path, query: str) -> None:
    assert refusal("search", folder, query, "--json")
    assert refusal("parse", query, "--json")


def test_folders_that_hold_no_index(tmp_path: Path) -> None:
    assert "holds no index" in refusal("tracks", tmp_path, "--json")
    assert "not a folder" in refusal("search", tmp_path / "nowhere", "red", "--json")


def test_bad_videos_leave_the_folder_as_it_was(folder: Path, tmp_path: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    text, empty = tmp_path / "text.mp4", tmp_path / "empty.mp4"
    text.write_text("this is not a video\n" * 50)
    empty.touch()
    assert "text.mp4" in refusal("index", text, "--out", folder)
    assert "empty" in refusal("index", empty, "--out", folder)
    assert "missing.mp4" in refusal("index", tmp_path / "missing.mp4", "--out", folder)
    assert "two videos are named text.mp4" in refusal("index", text, text, "--out", folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_video_cut_short_is_refused_unless_wanted(tmp_path: Path, write_video: Callable[..., Path]) -> None:
    rng = np.random.default_rng(1)
    noise = [rng.integers(0, 255, (96, 128, 3), dtype=np.uint8) for _ in range(80)]
    whole = write_video("whole.mp4", images=noise, fps=10, options={"movflags": "faststart"})
    half = tmp_path / "half.mp4"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    out = tmp_path / "out"
    assert "half.mp4 ends early" in refusal("index", half, "--out", out)
    assert not out.exists()
    (summary,) = answer("index", half, "--out", out, "--partial")["videos"]
    assert summary["partial"]
    assert 1 < summary["seconds"] < 7


def test_synth_index_tracks_search_in_a_row(tmp_path: Path) -> None:
    made = answer("synth", "--sport", "football", "--seed", 5, "--seconds", 4, "--out", tmp_path)
    (summary,) = answer("index", made["video"], "--out", tmp_path / "index")["videos"]
    assert summary["tracks"] > 5
    found = answer("search", tmp_path / "index", "a player", "--json", "--top", 3)
    assert found["answer"] == "found"
    assert len(found["hits"]) == 3
