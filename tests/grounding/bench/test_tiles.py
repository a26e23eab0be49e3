"""The comparison of ways to look counts what it says it counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.bench.tiles import BINS, Everywhere, Row, _scored, compare
from grounding.cli import main
from grounding.geometry import iou_matrix
from grounding.pipeline import Settings
from grounding.synth import generate, load_truth
from grounding.types import Detections
from tests.grounding.detect.people import Figures, boxes, picture


def people(*rows: tuple[float, float, float, float]) -> Detections:
    n = len(rows)
    array = np.asarray(rows, np.float32).reshape(-1, 4)
    return Detections(array, np.full(n, 0.5, np.float32), np.zeros(n, np.int16))


def test_found_and_true_boxes_are_counted_by_height() -> None:
    small, tall = (10.0, 10.0, 20.0, 35.0), (50.0, 10.0, 70.0, 60.0)
    true = {
        0: (np.asarray([small, tall], np.float32), np.asarray([1, 1], np.float32)),
        5: (np.asarray([small, tall], np.float32), np.asarray([0.1, 1], np.float32)),
    }
    found = [people(small, (200, 10, 210, 30)), people(tall, tall), people(small)]
    by_height, right, detected = _scored([0.0, 1.0, 2.0], found, 0, true)
    # In the second picture the small one is hidden, and of two boxes on the tall one only one is right.
    assert by_height == ((0, 0), (1, 1), (0, 0), (1, 2), (0, 0), (0, 0))
    assert (right, detected) == (2, 5)
    row = Row("m", "w", by_height, right, detected, 0.5, 0.1, 0.2)
    assert row.recall == pytest.approx(2 / 3)
    assert row.precision == pytest.approx(2 / 5)


def test_weak_boxes_and_other_things_do_not_count() -> None:
    weak = Detections(
        np.asarray([[1, 1, 9, 30]] * 2, np.float32), np.asarray([0.19, 0.9], np.float32), np.asarray([0, 1], np.int16)
    )
    assert _scored([0.0], [weak], 0, {})[1:] == (0, 0)


def test_tiles_everywhere_find_everybody_once() -> None:
    crowd = [(60 + 118 * (k % 11), 90 + 70 * (k // 2), 40) for k in range(18)]
    (found,) = Everywhere(Figures()).detect([picture(crowd)])
    assert len(found) == len(crowd)
    assert (iou_matrix(boxes(crowd), found.boxes).max(axis=1) > 0.9).all()


@pytest.mark.slow
def test_every_way_is_run_on_a_match(tmp_path: Path) -> None:
    made: Any = list(generate("football", 7, 2, tmp_path, camera="wide"))[-1]
    *_, rows = compare(made.video, load_truth(made.truth), "seven", Settings(), seconds=2)
    assert isinstance(rows, list)
    assert [row.way for row in rows] == ["640", "960", "1280", "tiles everywhere", "chosen by shot"]
    for row in rows:
        assert len(row.by_height) == len(BINS) - 1
        assert 0 < row.right <= row.detected
        assert 0 < row.tracks < 1
        assert row.cpu > 0
    assert [row.pixels for row in rows[:3]] == pytest.approx([0.2458, 0.5222, 0.9421], abs=0.001)
    assert rows[0].pixels < rows[-1].pixels < 3.5 * rows[0].pixels
    assert rows[-1].recall > rows[0].recall
    assert rows[-1].tracks > rows[0].tracks


@pytest.mark.slow
def test_the_table_is_printed_and_comes_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["bench", "tiles", "--wide", "7", "--broadcast", "", "--seconds", "2", "--work", str(tmp_path)]
    assert main(command) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].split("  ")[0] == "match"
    assert len(table) == 6
    assert main([*command, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["tiles"]
    assert rows[0]["looked_at"] == "640"
    assert {"recall", "precision", "tracker_recall", "cpu_ms", "by_height"} <= set(rows[0])


def test_too_short_a_match_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "tiles", "--seconds", "1"]) == 2
    assert "--seconds must be 2 or more" in capsys.readouterr().err
