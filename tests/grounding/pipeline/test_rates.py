"""One setting decides how often targets are detected; between, pictures tell how they and the camera move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grounding.metrics import viou
from grounding.pipeline import Settings, index_video
from grounding.types import Smoothing, Tube, VideoIndex

from .test_indexing import SETTINGS, Scripted, WriteVideo, football, models, position


@pytest.mark.parametrize(
    ("rate", "pictures", "follows"),
    [(1, 5, True), (2, 6, False), (3, 6, False), (2.5, 5, False), (5, 5, False), (10, 10, False)],
)
def test_pictures_are_read_often_enough_to_follow(rate: float, pictures: float, *, follows: bool) -> None:
    assert Settings(rate=rate).pictures == pytest.approx(pictures)
    assert Settings(rate=rate).follows is follows


def true_tube(runner: int, length: float) -> Tube:
    times = np.arange(round(length * 5)) / 5
    feet = [position(runner, float(t)) for t in times]
    return Tube(times, np.array([[x - 10, y - 60, x + 10, y] for x, y in feet], np.float32))


@pytest.mark.parametrize("rate", [1.0, 2.0, 3.0, 5.0, 10.0])
def test_runners_are_followed_at_any_rate(write_video: WriteVideo, rate: float) -> None:
    detector = Scripted()
    path = write_video("match.mp4", images=football(6), fps=10)
    *_, index = index_video(path, models(detector), replace(SETTINGS, rate=rate))
    assert isinstance(index, VideoIndex)
    # Two segments of 5 s, of which the first reads on to the end.
    assert detector.seen <= 7 * rate + 2
    people = [track.tube for track in index.tracks if track.label == "person"]
    assert len(people) == 2
    for runner in range(2):
        assert max(viou(tube, true_tube(runner, 6.0)) for tube in people) > (0.7 if rate > 1 else 0.6)


def test_the_first_picture_after_a_cut_is_looked_at(write_video: WriteVideo) -> None:
    detector = Scripted()
    path = write_video("cut.mp4", images=football(4, cut_at=2.4), fps=10)
    *_, index = index_video(path, models(detector), replace(SETTINGS, rate=1.0))
    assert isinstance(index, VideoIndex)
    assert detector.seen == 5
    assert [shot.span.start for shot in index.shots] == pytest.approx([0.0, 2.4])


@pytest.mark.parametrize("smoothing", ["hold", "linear", "pchip", "akima"])
def test_the_smoothing_is_a_setting(write_video: WriteVideo, smoothing: Smoothing) -> None:
    path = write_video("match.mp4", images=football(3, runners=1), fps=10)
    settings = replace(SETTINGS, rate=2.0, smoothing=smoothing)
    *_, index = index_video(path, models(), settings)
    assert isinstance(index, VideoIndex)
    (tube,) = [track.tube for track in index.tracks if track.label == "person"]
    moved = np.diff(tube.boxes[:, 0])
    assert (np.abs(moved[1:-1]) < 0.5).any() == (smoothing == "hold")
    assert settings.version_key() != replace(settings, smoothing="linear").version_key() or smoothing == "linear"


@pytest.mark.parametrize("fps", [10, 12.5, 25, 29.97])
@pytest.mark.parametrize("rate", [1.0, 2.0, 3.0, 5.0, 10.0])
def test_one_picture_in_each_step_is_looked_at(write_video: WriteVideo, rate: float, fps: float) -> None:
    detector = Scripted()
    seconds = 3
    images = football(seconds)
    shown = [images[min(int(k / fps * 10), len(images) - 1)].copy() for k in range(round(seconds * fps))]
    for k, image in enumerate(shown):
        image[:8, :8] = 40 * (k % 6)  # no picture repeats the one before
    *_, index = index_video(
        write_video("match.mp4", images=shown, fps=fps), models(detector), replace(SETTINGS, rate=rate)
    )
    assert isinstance(index, VideoIndex)
    assert detector.seen == pytest.approx(seconds * rate, abs=1)
