"""The score board on its way from the pictures into the index, over two segments and through files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from grounding.bench.blind import blind_models
from grounding.describe.boardnetworks import BoardNetworks
from grounding.pipeline import Models, Settings, index_segment, load_segment, plan_segments, save_segment, stitch
from grounding.store import load_index, save_index
from grounding.types import SegmentResult, VideoIndex
from grounding.video.probe import probe
from tests.grounding.conftest import WriteVideo
from tests.grounding.describe.boards import drawn, moving_ground
from tests.grounding.describe.test_scoreboard import FONTS, strip

SETTINGS = Settings(segment_seconds=9, overlap=2)

pytestmark = pytest.mark.skipif(not FONTS.is_dir(), reason="fonts-dejavu is not installed")


@pytest.fixture(scope="module")
def using() -> Models:
    found = blind_models()
    return Models(found.detector, found.pose, found.appearance, found.numbers, found.embedder, BoardNetworks())


def segments(path: Path, using: Models) -> list[SegmentResult]:
    results = []
    for segment in plan_segments(probe(path).duration, SETTINGS):
        result = list(index_segment(path, segment, using, SETTINGS))[-1]
        assert isinstance(result, SegmentResult)
        results.append(result)
    return results


def indexed(path: Path, results: list[SegmentResult], using: Models) -> VideoIndex:
    return stitch(probe(path), results, using, SETTINGS)


def test_match_time_and_score_come_into_the_index(write_video: WriteVideo, using: Models, tmp_path: Path) -> None:
    path = write_video(images=[strip(moving_ground(k / 5), k / 5) for k in range(80)], fps=5)
    results = segments(path, using)
    assert len(results) == 2
    for result in results:
        assert result.board
        save_segment(tmp_path / "one.npz", result)
        assert load_segment(tmp_path / "one.npz").board == result.board
    index = indexed(path, results, using)
    assert index.clock.at(12.5) == pytest.approx(2232 + 12.5, abs=1)
    assert [(change.home, change.away) for change in index.clock.scores] == [(1, 0), (2, 0)]
    assert load_index(save_index(tmp_path, index)).clock.scores == index.clock.scores
    assert load_index(save_index(tmp_path, index)).clock.at(12.5) == pytest.approx(index.clock.at(12.5), abs=0.02)


def test_a_film_without_a_board_has_no_clock(write_video: WriteVideo, using: Models) -> None:
    path = write_video(images=[drawn(moving_ground(k / 5), [], "DejaVuSans", 20) for k in range(30)], fps=5)
    results = segments(path, using)
    assert results[0].board == ()
    assert not indexed(path, results, using).clock


def test_files_from_before_there_were_boards_are_read(write_video: WriteVideo, using: Models, tmp_path: Path) -> None:
    path = write_video(images=[moving_ground(k / 5) for k in range(15)], fps=5)
    results = segments(path, using)
    save_segment(tmp_path / "old.npz", results[0])
    index = save_index(tmp_path, indexed(path, results, using))
    for file, name in ((tmp_path / "old.npz", "board"), (index, "clock")):
        with np.load(file) as arrays:
            kept = dict(arrays)
        meta = json.loads(kept["meta"].tobytes())
        del meta[name]
        np.savez_compressed(file, **(kept | {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)}))
    assert load_segment(tmp_path / "old.npz").board == ()
    assert not load_index(index).clock
