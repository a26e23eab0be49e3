"""The contest of trackers, on scenes where it is known who is where."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grounding.bench.peers import peers
from grounding.bench.public import BOXES, SEQUENCES, public_contest
from grounding.bench.remembered import RememberingDetector
from grounding.bench.track import OURS, Run, StudyRun, contest, mean_best_viou, study
from grounding.cli import main
from grounding.metrics import viou
from grounding.types import Progress, Tube

from ..pipeline.test_indexing import Scripted, WriteVideo, football, models
from ..pipeline.test_rates import true_tube

NAMES = ["ByteTrack", "OC-SORT", "BoT-SORT", "C-BIoU"]


def walkers(rate: float) -> dict[str, list[Tube]]:
    """What each public tracker makes of two people who walk towards each other's side in different rows."""
    found = peers(rate)
    for k in range(round(4 * rate)):
        t = k / rate
        boxes = np.array([[100 + 20 * t, 50, 140 + 20 * t, 150], [400 - 20 * t, 250, 440 - 20 * t, 350]], np.float32)
        for peer in found:
            peer.update(t, boxes, np.full(2, 0.8, np.float32))
    return {peer.name: peer.tubes(0.2) for peer in found}


def test_the_public_trackers_follow_walkers() -> None:
    found = walkers(5.0)
    assert list(found) == NAMES
    for tubes in found.values():
        assert len(tubes) == 2
        for tube in tubes:
            assert tube.span.length == pytest.approx(4.0, abs=0.21)


def test_the_public_trackers_begin_anew_at_a_cut() -> None:
    for peer in peers(5.0):
        for k in range(20):
            if k == 10:
                peer.cut()
            peer.update(k / 5, np.array([[100, 50, 140, 150]], np.float32), np.full(1, 0.8, np.float32))
        assert len(peer.tubes(0.2)) == 2


def test_all_see_the_same_and_each_picture_is_detected_once(write_video: WriteVideo, tmp_path: Path) -> None:
    scripted = Scripted()
    detector = RememberingDetector(scripted, tmp_path / "seen.npz")
    path = write_video("match.mp4", images=football(6), fps=10)
    *progress, runs = contest(path, replace(models(), detector=detector), 5.0)
    assert all(isinstance(step, Progress) for step in progress)
    assert isinstance(runs, list)
    assert [run.contestant for run in runs] == [OURS, *NAMES]
    assert scripted.seen <= 33  # 30 pictures, and parts of one or two that are looked at closer
    assert detector.asked >= 2 * 29
    true = [true_tube(runner, 6.0) for runner in range(2)]
    assert mean_best_viou([(runs[0].tubes, true)]) > 0.7
    assert all(isinstance(run, Run) and run.seconds > 0 for run in runs)


def test_what_was_remembered_is_read_again(write_video: WriteVideo, tmp_path: Path) -> None:
    images = football(0.5)
    first = RememberingDetector(Scripted(), tmp_path / "seen.npz")
    before = first.detect(images)
    first.save()
    scripted = Scripted()
    again = RememberingDetector(scripted, tmp_path / "seen.npz").detect(images)
    assert scripted.seen == 0
    for a, b in zip(before, again, strict=True):
        np.testing.assert_array_equal(a.boxes, b.boxes)
        np.testing.assert_array_equal(a.scores, b.scores)
        np.testing.assert_array_equal(a.labels, b.labels)


def test_the_study_draws_each_rate_in_each_way(write_video: WriteVideo, tmp_path: Path) -> None:
    detector = RememberingDetector(Scripted(), tmp_path / "seen.npz")
    path = write_video("match.mp4", images=football(6, runners=1), fps=10)
    *_, rows = study(path, replace(models(), detector=detector), detector, (1.0, 5.0))
    assert isinstance(rows, list)
    assert [(row.rate, row.smoothing) for row in rows if isinstance(row, StudyRun)] == [
        (rate, smoothing) for rate in (1.0, 5.0) for smoothing in ("hold", "linear", "pchip", "akima")
    ]
    true = true_tube(0, 6.0)
    best = {(row.rate, row.smoothing): max(viou(tube, true) for tube in row.tubes) for row in rows}
    assert best[1.0, "pchip"] > best[1.0, "hold"]
    assert rows[0].looked < rows[-1].looked


def test_public_ground_truth_is_found_and_followed() -> None:
    runs = list(public_contest(5.0))
    assert len(runs) == len(SEQUENCES) * len(BOXES) * (1 + len(NAMES))
    annotated = [
        mean_best_viou([(found.run.tubes, found.true)])
        for found in runs
        if found.boxes == "annotated" and found.run.contestant == OURS
    ]
    assert min(annotated) > 0.8


def test_the_command_prints_its_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "track", "public", "--rates", "1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["public"]
    assert {row["tracker"] for row in rows} == {OURS, *NAMES}
    assert all(0 <= row["mean best vIoU"] <= 1 for row in rows)


def test_an_unknown_part_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "track", "contests"]) == 2
    assert "there is no part contests" in capsys.readouterr().err
