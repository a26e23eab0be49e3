"""The files: the same from the same seed, playable, with sound, complete or absent."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av
import numpy as np
import pytest

from grounding.errors import BadInputError
from grounding.synth import Truth, Written, generate
from grounding.synth.arena import arena_of
from grounding.synth.match import Match
from grounding.types import Progress


def frame_hashes(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [hashlib.sha256(f.to_ndarray().tobytes()).hexdigest() for f in container.decode(video=0)]


def test_the_same_seed_gives_the_same_video_and_truth(tmp_path: Path) -> None:
    first, second = (list(generate("football", 3, 2, tmp_path / n))[-1] for n in "ab")
    assert isinstance(first, Written)
    assert isinstance(second, Written)
    assert first.truth.read_bytes() == second.truth.read_bytes()
    assert frame_hashes(first.video) == frame_hashes(second.video)


def test_another_seed_gives_another_match() -> None:
    views = []
    for seed in (1, 2):
        match = Match.make(arena_of("football"), seed, 30)
        views.append(match.renderer.draw(10, match.takes[0].views[10], match.takes[0].style))
    assert np.abs(views[0].astype(int) - views[1]).mean() > 5


def test_frames_do_not_depend_on_the_order_they_are_drawn_in(match: Match) -> None:
    take = match.takes[0]
    before = match.renderer.draw(20, take.views[20], take.style)
    match.renderer.draw(40, take.views[40], take.style)
    assert np.array_equal(before, match.renderer.draw(20, take.views[20], take.style))


def test_video_is_h264_720p25_with_sound_of_the_same_length(written: Written, truth: Truth) -> None:
    with av.open(str(written.video)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 1280, 720)
        assert float(video.average_rate or 0) == 25
        times = [float(f.time) for f in container.decode(video)]
        container.seek(0)
        samples = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio)])
        rate = audio.codec_context.sample_rate
    assert len(times) == truth.seconds * 25
    assert np.allclose(np.array(times) - times[0], np.arange(len(times)) / 25, atol=1e-3)
    assert len(samples) / rate == pytest.approx(truth.seconds, abs=0.1)
    assert 0.003 < float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) < 0.5


def test_progress_is_told_and_ends_with_the_files(tmp_path: Path) -> None:
    steps = list(generate("basketball", 1, 2, tmp_path, name="sample"))
    told = [s.done for s in steps if isinstance(s, Progress)]
    assert told == sorted(told)
    assert told[-1] == 2
    assert steps[-1] == Written(tmp_path / "sample.mp4", tmp_path / "sample.json")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sample.json", "sample.mp4"]


def test_an_abandoned_match_leaves_nothing(tmp_path: Path) -> None:
    making = generate("football", 1, 2, tmp_path)
    next(making)
    next(making)
    making.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("sport", "seed", "seconds"), [("curling", 1, 5), ("football", -1, 5), ("football", 1, 1)])
def test_what_cannot_be_generated_is_refused(tmp_path: Path, sport: str, seed: int, seconds: float) -> None:
    with pytest.raises(BadInputError):
        list(generate(sport, seed, seconds, tmp_path))
