"""Indexing keeps what it found of a segment, and no memory beside."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grounding.memory import give_back
from grounding.pipeline import Models, Settings, index_segment, plan_segments
from grounding.types import Frame, SegmentResult
from tests.grounding.pipeline.test_indexing import SETTINGS, football, models, whole

WriteVideo = Any

_STATUS = Path("/proc/self/status")


def resident() -> float:
    """Megabytes of this process in memory."""
    fields = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


@pytest.mark.skipif(not _STATUS.is_file(), reason="tells memory by /proc")
def test_what_was_freed_between_what_is_kept_goes_back() -> None:
    blocks = [np.ones(60_000, np.uint8) for _ in range(2500)]
    kept = blocks[::50]
    del blocks
    before = resident()
    give_back()
    assert before - resident() > 100
    assert all(block[-1] for block in kept)


def test_no_picture_and_no_thread_outlives_its_segment(write_video: WriteVideo) -> None:
    path = write_video("match.mp4", images=football(6), fps=10)
    list(index_segment(path, whole(path), models(), SETTINGS))  # starts the threads that networks share
    threads = threading.active_count()
    for item in index_segment(path, whole(path), models(), SETTINGS):
        if isinstance(item, SegmentResult):  # already now, while the one who asked still holds on
            gc.collect()
            assert [
                thing for thing in gc.get_objects() if type(thing) is Frame
            ] == []  # no proxy is asked for what it stands for
            assert threading.active_count() == threads
            break
    else:
        pytest.fail("no result")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not _STATUS.is_file(), reason="tells memory by /proc")
def test_memory_is_flat_from_segment_to_segment(tmp_path: Path) -> None:
    """Grew by 14 MB and more a segment while nothing was handed back."""
    from grounding.synth import generate

    *_, made = generate("football", 2, 6, tmp_path)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
        after = child.submit(_segment_by_segment, made.video, 7).result()  # type: ignore[union-attr]
    # The first ones fill what the networks work in.
    assert min(after[5:]) - after[2] < 30, after  # a picture more or less at the moment of looking is 25 MB


def _segment_by_segment(video: Path, times: int) -> list[float]:
    using, settings = Models.load("embedded"), Settings()
    (segment,) = plan_segments(6, settings)
    after = []
    for _ in range(times):
        *_, result = index_segment(video, segment, using, settings)
        assert isinstance(result, SegmentResult)
        assert result.tracklets
        after.append(resident())
    return after
