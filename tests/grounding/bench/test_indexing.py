"""Looped files are what they say, and costs are counted of one run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.bench.indexing import Cost, looped
from grounding.cli import main
from grounding.video import probe, read_frames


def test_a_loop_shows_the_video_over_and_over(write_video: Any, tmp_path: Path) -> None:
    path = write_video("short.mp4", frames=50)
    once = [frame.image for frame in read_frames(path)]
    loop = looped(path, 0.1, tmp_path / "work")
    assert loop.name == "short-0.1min.mp4"
    assert probe(loop).duration == pytest.approx(6.0, abs=0.1)
    frames = list(read_frames(loop))
    assert [frame.pts for frame in frames] == pytest.approx([k / 5 for k in range(30)], abs=0.01)
    for frame in frames:
        np.testing.assert_array_equal(frame.image, once[frame.frame_idx % 10])
    before = loop.stat().st_mtime_ns
    assert looped(path, 0.1, tmp_path / "work") == loop
    assert loop.stat().st_mtime_ns == before


def test_shares_add_up() -> None:
    cost = Cost("a.mp4", 60.0, 2.0, 15.0, 28.0, 7, 500, 2, {"detect": 18.0, "sample": 6.0})
    assert (cost.times_real_time, cost.times_decoding) == (4.0, 7.5)
    assert cost.shares() == {"detect": 0.75, "sample": 0.25}


def test_the_curve_is_printed_for_programs_and_people(
    write_video: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_video("short.mp4", frames=50)
    command = ["bench", "index", str(path), "--loop", "0.05,0.1", "--work", str(tmp_path / "work")]
    assert main([*command, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["index"]
    assert [row["seconds"] for row in rows] == [3.0, 6.0]
    for row in rows:
        assert {"decode", "detect", "camera", "track", "stitch"} <= row["stages_s"].keys()
        assert 0 < row["peak_rss_mb"] < 2000
        assert row["index_cpu_s"] > 0


@pytest.mark.parametrize("given", [["--loop", "0"], ["--loop", "5,-1"], ["--rate", "0"]])
def test_wrong_lengths_are_refused(given: list[str], write_video: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_video("short.mp4", frames=5)
    try:
        status = main(["bench", "index", str(path), *given])
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    assert status == 2
    assert "positive" in capsys.readouterr().err
