"""`bench gpu` on the CPU and with small models: that it measures what it says. No figure of speed is held."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from grounding.bench.gpu import builds, sizes
from grounding.bench.gpu.asking import EquallyLong, look, pictures_for, repeated, shown_on, windows_of
from grounding.bench.gpu.finds import Finds, Remembering, Reminded, key_of
from grounding.bench.gpu.watching import GpuWatch
from grounding.cli import main
from grounding.types import Detections, Image, Observation, Span, Track, Tube, VideoIndex, VideoInfo
from grounding.verify.looking import Film, FilmFiles, Patience, Reply
from grounding.verify.looking.groups import MOST_SECONDS
from grounding.weights.open_models import find_model
from tests.grounding.conftest import WriteVideo

MODELS = ("d-fine-s", "rt-detr-v2-r50", "pe-core-b-16")
SAID = "There is no GPU that torch can use here; --device cpu measures without one, with --small in short time.\n"


class TestRefusals:
    def test_no_gpu(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("torch.cuda.is_available", lambda: False)
        monkeypatch.delenv("GROUNDING_DEVICE", raising=False)
        assert main(["bench", "gpu"]) == 2
        assert capsys.readouterr().err == SAID

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--what", "network"], "--what is some of prepare, networks, index, query, beside"),
            (["--verifier", "d-fine-s"], "--verifier is one of smolvlm2-256m"),
            (["--models", "smolvlm2-500m"], "--models is one of d-fine-s"),
            (["--workers", "none"], "--workers must be numbers such as 1,4,8"),
            (["--candidates", "0"], "must be 1 or more"),
        ],
    )
    def test_what_cannot_be_measured(
        self,
        arguments: list[str],
        message: str,
        write_video: WriteVideo,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("GROUNDING_DEVICE", "cpu")
        video = write_video("match.mp4", frames=10)
        here = ["--device", "cpu", "--video", str(video), "--work", str(video.parent)]
        assert main(["bench", "gpu", *here, *arguments]) == 2
        assert message in capsys.readouterr().err


def test_the_sizes_are_those_of_the_registry() -> None:
    """Numbers of weights as the repositories say: built without memory for them."""
    builds.prepare()
    import torch

    for name in (*builds.DETECTORS, *builds.EMBEDDERS, *builds.LOOKERS):
        with torch.device("meta"):
            model = builds.plain_model(name)
        count = sum(one.numel() for one in model.parameters())
        kept = 2 if name in builds.LOOKERS else 4
        assert count == pytest.approx(find_model(name).size / kept, rel=0.04), name
    assert {*sizes.D_FINE, *sizes.RT_DETR_V2} == set(builds.DETECTORS)


class _Finder:
    labels = ("person",)

    def __init__(self) -> None:
        self.seen = 0

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        self.seen += len(images)
        box = np.array([[1, 2, 30, 40]], np.float32)
        return [Detections(box, np.array([0.5], np.float32), np.array([0], np.int16)) for _ in images]


class TestFinds:
    def test_are_given_out_by_picture_once_the_network_has_looked(self) -> None:
        rng = np.random.default_rng(1)
        first, second, other = (rng.integers(0, 255, (36, 64, 3), np.uint8) for _ in range(3))
        remembering = Remembering(_Finder())
        remembering.detect([first, second])
        looking = _Finder()
        reminded = Reminded(looking, Finds(remembering.labels, remembering.finds))
        found = reminded.detect([second, other])
        assert (looking.seen, reminded.pictures, reminded.unknown) == (2, 2, 1)
        assert found[0].boxes.tolist() == [[1, 2, 30, 40]]
        assert len(found[1].boxes) == 0

    def test_a_part_of_a_picture_is_another_picture(self) -> None:
        image = np.zeros((40, 60, 3), np.uint8)
        assert key_of(image) == key_of(image.copy())
        assert key_of(image) != key_of(image[:20])


class _Chat:
    """Answers as long as it may, in words that mean nothing."""

    name = "chat"

    def ask(self, pictures: Sequence[Image], text: str, *, max_tokens: int, patience: Patience) -> Reply:
        return Reply("x" * max_tokens, ({"yes": -0.1, "no": -2.3},) * max_tokens)


def _runner(track_id: int) -> Track:
    """Runs in seconds 3, 4 and 5."""
    times = np.arange(3.0, 6.0, 0.2)
    boxes = np.tile(np.array([40, 100, 70, 180], np.float32) + 50 * track_id, (len(times), 1))
    terms = {"object:person": 1.0, "motion:running": 0.95}
    seen = tuple(Observation(second, (40.0, 100.0, 70.0, 180.0), terms, "running") for second in (3, 4, 5))
    return Track(track_id, "person", 0.9, Tube(times, boxes), seen, {}, np.zeros((3, 8), np.float32))


class TestAsking:
    def test_every_second_is_in_one_window(self) -> None:
        windows = windows_of("match.mp4", (1280, 720), 125.5)
        assert [one.span.start for one in windows] == [0, 22, 44, 66, 88, 110]
        assert all(a.span.end == b.span.start for a, b in pairwise(windows))
        assert windows[-1].span.end == 125.5
        assert shown_on(windows, 125.5) == 23 + 4 * MOST_SECONDS + 17  # margins of 1 as far as there are pictures

    def test_what_is_counted(self, write_video: WriteVideo) -> None:
        video = write_video("match.mp4", frames=50 * 25, size=(160, 90))
        films = FilmFiles(lambda _: Film(video, 160, 90))
        from grounding.retrieve.parse import parse

        looked = look(_Chat(), films, parse("red"), windows_of("match.mp4", (160, 90), 50.0))
        # 22 seconds with margins of 1 as far as there are any; each window is asked about twice.
        assert looked.shown == 23 + MOST_SECONDS + 7
        assert (looked.pictures, looked.asked, looked.tokens) == (2 * looked.shown, 6, 3 * 24 + 3 * 4)

    def test_candidates_of_a_longer_match_share_fewer_pictures(self) -> None:
        tracks = tuple(_runner(k) for k in range(4))
        info = VideoInfo("match.mp4", 640, 360, 12.0, 25.0, 0, has_audio=False, codec="h264")
        index = VideoIndex(info, Span(0, 12), (), tracks, "v")
        longer = repeated(index, 5)
        assert longer.decoded == Span(0, 60)
        assert [track.track_id for track in longer.tracks] == list(range(20))
        assert longer.tracks[-1].tube.span.start == tracks[-1].tube.span.start + 48
        assert [one.second for one in longer.tracks[4].observations] == [15, 16, 17]
        assert pictures_for(index, "running", 4) == 5  # all four on the same pictures: 3 s and a margin of 1 each way
        assert pictures_for(longer, "running", 20) == 5 * 5

    def test_an_answer_names_the_first_number(self) -> None:
        model = EquallyLong(_Chat())
        pictures = [np.zeros((9, 16, 3), np.uint8)] * 5
        text = "The red numbers 2, 3 and 4 drawn above the head"
        patience = Patience(9)
        assert json.loads(model.ask(pictures, text, max_tokens=96, patience=patience).text)["id"] == 2
        assert model.ask(pictures, text, max_tokens=4, patience=patience).text == "xxxx"


class TestWatch:
    def test_mean_and_most(self) -> None:
        readings = iter([(100.0, 500.0), (50.0, 900.0)])
        with GpuWatch(lambda: next(readings)) as watch:
            time.sleep(0.3)
        assert watch.busy == pytest.approx(0.75)
        assert watch.memory_mb == 900

    def test_a_driver_that_tells_nothing(self) -> None:
        def fails() -> tuple[float, float]:
            raise OSError("no driver")

        with GpuWatch(fails) as watch:
            pass
        assert watch.busy is None


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_path_in_small(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDING_DEVICE", "cpu")
    assert main(["synth", "--sport", "football", "--seed", "9", "--seconds", "6", "--out", str(tmp_path)]) == 0
    video = json.loads(capsys.readouterr().out)["video"]
    out = tmp_path / "figures.json"
    small = ["--device", "cpu", "--small", "--work", str(tmp_path / "work"), "--video", video, "--out", str(out)]
    few = ["--workers", "2", "--windows", "0", "--minutes", "0", "--items", "2", "--candidates", "3"]
    few += ["--models", ",".join(MODELS)]
    assert main(["bench", "gpu", *small, *few, "--what", "prepare,networks,index,query,beside"]) == 0
    told = capsys.readouterr().out
    assert "Small models: these figures say nothing of speed." in told
    found = json.loads(out.read_text())
    assert {row["model"] for row in found["prepare"]} == {*MODELS, "smolvlm2-500m", "finds"}
    assert {row["model"] for row in found["networks"]} == set(MODELS)
    assert all(row["per_second"] > 0 for row in found["networks"])
    (index,) = found["index"]
    assert index["unknown"] == 0
    assert index["looked"] >= 25
    assert index["tracks"] > 5
    assert index["stages_s"]["detect"] > 0
    assert index["video_s"] == pytest.approx(6, abs=0.3)
    (query,) = found["query"]
    assert query["candidates"] == 3
    assert query["windows"] == query["windows_sampled"] == 1
    assert query["windows_tokens"] == 24 + 4
    assert query["spread_pictures"] >= query["ours_pictures"]  # seconds past the end count here
    assert {row["model"] for row in found["beside"]} == set(MODELS)
    assert all(float(row["differ"].split()[-1]) > 0.99 for row in found["beside"] if row["job"] == "embed")
